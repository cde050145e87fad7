import ICAL from 'ical.js';
import { Conflict, NotFound, TooMany } from '@app/common';
import { Database, sql } from '@app/database';
import { advanceClock, buildSession } from '@app/notes/testing';
import { MailDelayed } from './notifications.errors';
import { NotificationList } from './notification-list.service';
import { NotificationSender } from './notification-sender.service';
import type { NotificationRecord } from './notification-record';
import { Notifications } from './notifications.service';
import { startNotifications, type NotificationsUnderTest, type Pair } from './notifications.test-module';

let app: NotificationsUnderTest;
let notifications: Notifications;
let sender: NotificationSender;
let list: NotificationList;

beforeAll(async () => {
  app = await startNotifications();
  notifications = app.module.get(Notifications);
  sender = app.module.get(NotificationSender);
  list = app.module.get(NotificationList);
});
afterAll(() => app.close());
beforeEach(() => app.sandbox.mailbox.clear());
afterEach(async () => {
  app.sandbox.faults.clear();
  await app.assertInvariants();
});

async function queuedFor(pair: Pair, who: 'coach' | 'client' = 'client'): Promise<NotificationRecord> {
  const sessionId = await buildSession(app.database, pair.coach.accountId, pair.clientId);
  await notifications.tellSession(pair.coach.accountId, sessionId);
  const row = (await app.rows(pair.coach.accountId)).find(
    (found) => found.sessionId === sessionId && found.recipientKind === who,
  );
  if (row === undefined) throw new Error('nothing was queued');
  return row;
}

async function reread({ coachId, id }: NotificationRecord): Promise<NotificationRecord | undefined> {
  return (await app.rows(coachId)).find((row) => row.id === id);
}

const send = (row: NotificationRecord): Promise<void> => sender.send(row.coachId, row.id);

describe('NotificationSender.send', () => {
  it('A77 sends once however often the job comes', async () => {
    const pair = await app.pair();
    const row = await queuedFor(pair);
    await send(row);
    await send(row);
    expect(app.sandbox.mailbox.to(pair.client.email).map(({ messageId }) => messageId)).toEqual([
      row.messageId,
    ]);
    await expect(reread(row)).resolves.toMatchObject({
      state: 'sent',
      attempts: 1,
      subject: expect.stringContaining('Confirmed'),
    });
  });

  it('A77 a crash after the server took it makes a copy with the same name, UID and SEQUENCE', async () => {
    const pair = await app.pair();
    const row = await queuedFor(pair);
    app.sandbox.faults.inject({
      provider: 'smtp',
      operation: 'DATA',
      kind: 'timeout_after_commit',
      times: 1,
    });
    await expect(send(row)).rejects.toBeInstanceOf(MailDelayed);
    await expect(reread(row)).resolves.toMatchObject({ state: 'queued', attempts: 1 });
    await send(row);
    const mails = app.sandbox.mailbox.to(pair.client.email);
    expect(mails).toHaveLength(2);
    expect(new Set(mails.map(({ messageId }) => messageId))).toEqual(new Set([row.messageId]));
    const names = mails.map(({ icalendar }) => {
      const event = ICAL.Component.fromString(icalendar ?? '').getFirstSubcomponent('vevent');
      return [event?.getFirstPropertyValue('uid'), event?.getFirstPropertyValue('sequence')];
    });
    expect(names[0]).toEqual(names[1]);
    await expect(reread(row)).resolves.toMatchObject({ state: 'sent', attempts: 2 });
  });

  it('A168 a server that is busy is tried again, later each time, and given up after a day', async () => {
    const pair = await app.pair();
    const row = await queuedFor(pair);
    app.sandbox.faults.inject({ provider: 'smtp', operation: 'DATA', kind: 'server_error', times: 3 });
    const pauses: unknown[] = [];
    for (let attempt = 0; attempt < 2; attempt += 1) {
      const error = await send(row).catch((reason: unknown) => reason);
      pauses.push(error instanceof MailDelayed ? error.retryAfterSeconds : error);
    }
    expect(pauses).toEqual([5, 15]);
    await app.database.execute(sql`update notifications set attempts = 29 where id = ${row.id}`);
    await send(row);
    await expect(reread(row)).resolves.toMatchObject({
      state: 'dead',
      attempts: 30,
      lastError: expect.stringContaining('451'),
    });
    await send(row);
    expect(app.sandbox.mailbox.messages).toEqual([]);
  });

  it('A168 goes to the address that the person has now', async () => {
    const pair = await app.pair();
    const row = await queuedFor(pair);
    await app.database.execute(
      sql`update clients set email = 'new.address@example.test' where id = ${pair.clientId}`,
    );
    await send(row);
    expect(app.sandbox.mailbox.to('new.address@example.test')).toHaveLength(1);
    await expect(reread(row)).resolves.toMatchObject({ recipientEmail: 'new.address@example.test' });
  });

  it('A168 a person without an account any more gets nothing', async () => {
    const pair = await app.pair();
    const row = await queuedFor(pair, 'coach');
    await app.database.execute(
      sql`update accounts set disabled_at = app_now() where id = ${pair.coach.accountId}`,
    );
    await send(row);
    await expect(reread(row)).resolves.toMatchObject({ state: 'suppressed' });
  });

  it('A77 never sends inside a transaction', async () => {
    const pair = await app.pair();
    const row = await queuedFor(pair);
    const database = app.module.get(Database);
    await expect(database.transaction(() => send(row))).rejects.toBeInstanceOf(MailDelayed);
    expect(app.sandbox.mailbox.messages).toEqual([]);
  });
});

describe('NotificationList', () => {
  it('A168 each reader sees their own messages with their delivery state, newest first', async () => {
    const [pair, stranger] = [await app.pair(), await app.pair()];
    const [first, second] = [await queuedFor(pair), await queuedFor(pair)];
    await send(first);
    const mine = await list.list(pair.client, { limit: 10 });
    expect(mine.map(({ id, state }) => [id, state])).toEqual([
      [second.id, 'queued'],
      [first.id, 'sent'],
    ]);
    const page = await list.list(pair.client, { limit: 1 });
    expect(page.map(({ id }) => id)).toEqual([second.id, first.id]);
    await expect(list.list(pair.client, { limit: 1, before: second.id })).resolves.toMatchObject([
      { id: first.id },
    ]);
    await expect(list.list(stranger.client, { limit: 10 })).resolves.toEqual([]);
    await expect(list.list(stranger.coach, { limit: 10 })).resolves.toEqual([]);
  });

  it('A168 a coach sees how the mails of a session to both sides fared, a client only the own', async () => {
    const pair = await app.pair();
    const row = await queuedFor(pair);
    const sessionId = row.sessionId ?? '';
    const kinds = async (who: Pair['coach']): Promise<string[]> =>
      (await list.list(who, { sessionId, limit: 10 })).map(({ recipientKind }) => recipientKind).toSorted();
    expect(await kinds(pair.coach)).toEqual(['client', 'coach']);
    expect(await kinds(pair.client)).toEqual(['client']);
    expect(await kinds(await app.admin())).toEqual(['client', 'coach']);
    expect(await kinds((await app.pair()).coach)).toEqual([]);
  });

  it('A168 a message is marked as read by its reader alone', async () => {
    const pair = await app.pair();
    const row = await queuedFor(pair);
    await expect(list.markRead(pair.coach, row.id, true)).rejects.toBeInstanceOf(NotFound);
    const read = await list.markRead(pair.client, row.id, true);
    expect(read.readAt).toBeInstanceOf(Date);
    await expect(list.markRead(pair.client, row.id, true)).resolves.toMatchObject({
      readAt: read.readAt,
      version: read.version,
    });
    await expect(list.list(pair.client, { limit: 10, unread: true })).resolves.toEqual([]);
    await expect(list.markRead(pair.client, row.id, false)).resolves.toMatchObject({ readAt: null });
  });

  it('A168 a message is sent again on demand, as a mail of its own, not at once and not by strangers', async () => {
    const pair = await app.pair();
    const row = await queuedFor(pair);
    await expect(list.resend(pair.client, row.id)).rejects.toBeInstanceOf(Conflict);
    await app.sendQueued();
    await expect(list.resend(pair.coach, row.id)).rejects.toBeInstanceOf(TooMany);
    await advanceClock(app.database, 61);
    await expect(list.resend((await app.pair()).coach, row.id)).rejects.toBeInstanceOf(NotFound);
    await expect(list.resend(pair.coach, row.id)).resolves.toMatchObject({ state: 'queued' });
    await app.sendQueued();
    const mails = app.sandbox.mailbox.to(pair.client.email);
    expect(mails).toHaveLength(2);
    expect(mails[0]?.messageId).not.toBe(mails[1]?.messageId);
    const events = mails.map(({ icalendar }) =>
      ICAL.Component.fromString(icalendar ?? '').getFirstSubcomponent('vevent'),
    );
    expect(events[0]?.getFirstPropertyValue('uid')).toBe(events[1]?.getFirstPropertyValue('uid'));
    const audited = await app.database.many(sql`
      select 1 from audit_entries where action = 'notification.resend' and object_id = ${row.id}::uuid`);
    expect(audited).toHaveLength(1);
  });

  it('A168 what was replaced is not sent again, and what held a code is not even listed', async () => {
    const pair = await app.pair();
    const row = await queuedFor(pair);
    await app.database.execute(
      sql`update sessions set calendar_sequence = calendar_sequence + 1 where id = ${row.sessionId}::uuid`,
    );
    await app.sendQueued();
    await expect(list.resend(pair.client, row.id)).rejects.toMatchObject({
      code: 'notifications.not_resendable',
    });
    await notifications.tellAccount('password_reset', pair.client.accountId, row.id);
    await notifications.tellClientInvited(pair.coach.accountId, pair.clientId, row.id);
    await app.sendQueued();
    await expect(list.list(pair.client, { limit: 10 })).resolves.toHaveLength(1);
  });
});
