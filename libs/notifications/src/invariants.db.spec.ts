import { newId } from '@app/common';
import { sql, type RawBuilder } from '@app/database';
import { Notes } from '@app/notes';
import { buildSession } from '@app/notes/testing';
import { Notifications } from './notifications.service';
import { startNotifications, type NotificationsUnderTest, type Pair } from './notifications.test-module';

let app: NotificationsUnderTest;
let pair: Pair;
let sessionId: string;

beforeEach(async () => {
  app = await startNotifications();
  pair = await app.pair();
  sessionId = await buildSession(app.database, pair.coach.accountId, pair.clientId, { startsInMinutes: -10 });
  await app.module.get(Notifications).tellSession(pair.coach.accountId, sessionId);
  await app.module.get(Notes, { strict: false }).create(pair.coach, sessionId, {
    kind: 'session',
    visibility: 'shared',
    content: { body: 'text' },
  });
  await delivered('tell-session', 'sessions.session_scheduled', { sessionId });
});
afterEach(() => app.close());

/** A job that was published and done. */
async function delivered(job: string, type: string, payload: Record<string, string>): Promise<void> {
  const messageId = newId();
  await app.database.execute(sql`
    insert into outbox_messages (coach_id, id, type, payload, published_at)
    values (${pair.coach.accountId}::uuid, ${messageId}::uuid, ${type}, ${JSON.stringify(payload)}::jsonb, clock_timestamp())`);
  await app.database.execute(sql`
    insert into outbox_deliveries (coach_id, id, message_id, job, payload, done_at)
    values (${pair.coach.accountId}::uuid, ${newId()}::uuid, ${messageId}::uuid, ${job}, ${JSON.stringify(payload)}::jsonb, clock_timestamp())`);
}

const withoutHistoryTrigger = async (change: RawBuilder<unknown>): Promise<void> => {
  await app.database.execute(sql`alter table note_versions disable trigger user`);
  await app.database.execute(change);
};

describe('invariants of notifications and notes', () => {
  it('hold after ordinary work', async () => {
    await app.sendQueued();
    expect(await app.brokenInvariants()).toEqual([]);
  });

  it.each<[string, () => Promise<unknown>]>([
    [
      '70-notifications-end',
      () =>
        app.database.execute(sql`
          update outbox_messages set published_at = clock_timestamp() where type = 'notifications.notification_queued'`),
    ],
    [
      '71-scheduled-sessions-were-told',
      () => app.database.execute(sql`delete from notifications where recipient_kind = 'coach'`),
    ],
    [
      '72-no-confirmation-after-cancelling',
      async () => {
        await app.sendQueued();
        await app.database.execute(sql`
          update sessions set status = 'cancelled', outcome = 'late', cancelled_at = app_now() - interval '3 minutes', cancelled_by = 'client'`);
      },
    ],
    [
      '73-notifications-record-their-end',
      async () => {
        await app.sendQueued();
        await app.database.execute(
          sql`update notifications set subject = null where recipient_kind = 'coach'`,
        );
      },
    ],
    ['74-note-history-is-complete', () => app.database.execute(sql`update notes set version = 2`)],
    [
      '74-note-history-is-complete',
      () => withoutHistoryTrigger(sql`update note_versions set content = '{"body": "text"}'`),
    ],
    [
      '75-shared-notes-were-announced',
      () => app.database.execute(sql`delete from outbox_messages where type = 'notes.note_shared'`),
    ],
    [
      '75-shared-notes-were-announced',
      () => app.database.execute(sql`update notes set first_shared_at = null`),
    ],
  ])('%s sees what breaks it', async (name, breakIt) => {
    await breakIt();
    expect(await app.brokenInvariants()).toEqual([name]);
  });
});
