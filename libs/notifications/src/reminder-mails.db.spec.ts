import { sql } from '@app/database';
import { advanceClock, buildSession } from '@app/notes/testing';
import { Reminders } from '@app/sessions';
import { ReminderMails } from './reminder-mails.service';
import { startNotifications, type NotificationsUnderTest, type Pair } from './notifications.test-module';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

let app: NotificationsUnderTest;
let pair: Pair;

beforeAll(async () => {
  app = await startNotifications();
});
afterAll(() => app.close());
beforeEach(async () => {
  app.sandbox.mailbox.clear();
  pair = await app.pair();
});
afterEach(() => app.assertInvariants());

/** A session so far ahead of now, booked ten days ago. */
async function sessionIn(ms: number, status: 'scheduled' | 'held' = 'scheduled'): Promise<string> {
  const id = await buildSession(app.database, pair.coach.accountId, pair.clientId, {
    startsInMinutes: ms / MINUTE_MS,
    status,
  });
  await app.database.execute(
    sql`update sessions set booked_at = app_now() - interval '10 days' where id = ${id}`,
  );
  return id;
}

/** @returns how many reminders of this pair came due */
async function announce(): Promise<number> {
  const count = async (): Promise<number> => {
    const row = await app.database.one(sql<{ count: number }>`
      select count(*)::int as count from session_reminders where coach_id = ${pair.coach.accountId}`);
    return row.count;
  };
  const before = await count();
  await app.module.get(Reminders, { strict: false }).announceDue(1_000);
  return (await count()) - before;
}

/** What the worker does: sweep, the jobs of what it announced, twice, and the mails. */
async function remind(): Promise<number> {
  const announced = await announce();
  await runJobs();
  await app.sendQueued();
  return announced;
}

async function runJobs(): Promise<void> {
  const due = await app.database.many(sql<{ coachId: string; sessionId: string }>`
    update outbox_messages set published_at = clock_timestamp(), feed_seq = nextval('outbox_feed_seq')
    where type = 'sessions.reminder_due' and published_at is null
    returning coach_id as "coachId", payload ->> 'sessionId' as "sessionId"`);
  for (const { coachId, sessionId } of [...due, ...due])
    await app.module.get(ReminderMails).tell(coachId, sessionId);
}

async function mailsOf(sessionId: string): Promise<[minutes: number, to: string, state: string][]> {
  const rows = await app.rows(pair.coach.accountId);
  return rows
    .filter((row) => row.kind === 'reminder' && row.sessionId === sessionId)
    .map((row) => [row.payload.minutes ?? 0, row.recipientKind, row.state]);
}

async function change(sessionId: string, assignment: ReturnType<typeof sql>): Promise<void> {
  await app.database.execute(sql`
    update sessions set ${assignment}, calendar_sequence = calendar_sequence + 1, version = version + 1, updated_at = app_now()
    where id = ${sessionId}`);
}

const bothSides = (minutes: number, state = 'sent'): [number, string, string][] => [
  [minutes, 'coach', state],
  [minutes, 'client', state],
];

describe('reminders', () => {
  it('A153 both sides are reminded a day and an hour before, once each, in their own zone and with the link', async () => {
    const sessionId = await sessionIn(25 * HOUR_MS);
    expect(await remind()).toBe(0);
    await advanceClock(app.database, 3_600);
    expect(await remind()).toBe(1);
    expect(await remind()).toBe(0);
    expect(await mailsOf(sessionId)).toEqual(bothSides(1_440));
    await advanceClock(app.database, 23 * 3_600);
    expect(await remind()).toBe(1);
    expect(await mailsOf(sessionId)).toEqual([...bothSides(1_440), ...bothSides(60)]);
    for (const [person, zone] of [
      [pair.coach, 'Europe/Berlin'],
      [pair.client, 'America/New_York'],
    ] as const) {
      const mails = app.sandbox.mailbox.to(person.email);
      expect(mails.map(({ subject }) => subject.split(':')[0])).toEqual(['Reminder', 'Reminder']);
      expect(mails[0]?.text).toContain('begins in 24 hours');
      expect(mails[1]?.text).toContain('begins in 1 hour');
      for (const mail of mails) {
        expect(mail.text).toContain(`(${zone})`);
        expect(mail.text).toMatch(/https:\/\/practice\.example\.test\/j\/[\w-]{24}/);
        expect(mail.icalendar).toBeNull();
      }
    }
  });

  it('A153 the coach decides when: other minutes, or none', async () => {
    const coach = pair.coach.accountId;
    await app.database.execute(sql`update coaches set reminder_minutes = '{30}' where coach_id = ${coach}`);
    const sessionId = await sessionIn(50 * MINUTE_MS);
    expect(await remind()).toBe(0);
    await advanceClock(app.database, 20 * 60);
    expect(await remind()).toBe(1);
    expect(await mailsOf(sessionId)).toEqual(bothSides(30));
    await app.database.execute(sql`update coaches set reminder_minutes = '{}' where coach_id = ${coach}`);
    await sessionIn(10 * MINUTE_MS);
    expect(await remind()).toBe(0);
  });

  it('A153 after downtime only the nearest comes, and none once the session began', async () => {
    const [soon, begun] = [await sessionIn(26 * HOUR_MS), await sessionIn(25 * HOUR_MS)];
    await advanceClock(app.database, 25.5 * 3_600);
    expect(await remind()).toBe(1);
    expect(await mailsOf(soon)).toEqual(bothSides(60));
    expect(await mailsOf(begun)).toEqual([]);
    expect(app.sandbox.mailbox.messages[0]?.text).toContain('begins in 30 minutes');
  });

  it('A153 mails that waited are not sent after the start, nor beside a nearer one', async () => {
    const sessionId = await sessionIn(24 * HOUR_MS - MINUTE_MS);
    expect(await announce()).toBe(1);
    await runJobs();
    await advanceClock(app.database, 23.5 * 3_600);
    expect(await announce()).toBe(1);
    await runJobs();
    await app.sendQueued();
    expect(await mailsOf(sessionId)).toEqual([...bothSides(1_440, 'suppressed'), ...bothSides(60)]);

    const late = await sessionIn(30 * MINUTE_MS);
    expect(await announce()).toBe(1);
    await runJobs();
    await advanceClock(app.database, 3_600);
    await app.sendQueued();
    expect(await mailsOf(late)).toEqual(bothSides(60, 'suppressed'));
  });

  it('A153 a session that is moved is reminded of anew for its new time and never for the old', async () => {
    const sessionId = await sessionIn(24 * HOUR_MS - MINUTE_MS);
    expect(await announce()).toBe(1);
    await runJobs();
    await change(
      sessionId,
      sql`starts_at = starts_at + interval '1 day', ends_at = ends_at + interval '1 day'`,
    );
    await app.sendQueued();
    expect(await mailsOf(sessionId)).toEqual(bothSides(1_440, 'suppressed'));
    expect(app.sandbox.mailbox.messages).toEqual([]);
    expect(await remind()).toBe(0);
    await advanceClock(app.database, 24 * 3_600);
    expect(await remind()).toBe(1);
    expect(await mailsOf(sessionId)).toEqual([...bothSides(1_440, 'suppressed'), ...bothSides(1_440)]);
  });

  it.each(['by_coach', 'in_time', 'skipped', 'paused'])(
    'A153 nothing is sent for a session that was cancelled (%s), before the job, before the mail or earlier',
    async (outcome) => {
      const cancelled = sql`status = 'cancelled', outcome = ${outcome}, cancelled_at = app_now(), cancelled_by = 'coach'`;
      const [beforeSweep, beforeJob, beforeMail] = [
        await sessionIn(59 * MINUTE_MS),
        await sessionIn(2 * HOUR_MS),
        await sessionIn(4 * HOUR_MS),
      ];
      await change(beforeSweep, cancelled);
      expect(await announce()).toBe(2);
      await change(beforeJob, cancelled);
      await runJobs();
      await change(beforeMail, cancelled);
      await app.sendQueued();
      expect(await mailsOf(beforeSweep)).toEqual([]);
      expect(await mailsOf(beforeJob)).toEqual([]);
      expect(await mailsOf(beforeMail)).toEqual(bothSides(1_440, 'suppressed'));
      expect(app.sandbox.mailbox.messages).toEqual([]);
    },
  );

  it('A153 a hold is not reminded of, nor what was booked after its reminder would have come', async () => {
    await sessionIn(30 * MINUTE_MS, 'held');
    const late = await sessionIn(3 * HOUR_MS);
    await app.database.execute(sql`update sessions set booked_at = app_now() where id = ${late}`);
    expect(await remind()).toBe(0);
    await advanceClock(app.database, 2 * 3_600);
    await remind();
    expect(await mailsOf(late)).toEqual(bothSides(60));
  });

  it('A153 two workers at once announce each reminder once', async () => {
    const ids = await Promise.all(
      Array.from({ length: 5 }, (_, index) => sessionIn((index + 1) * 2 * HOUR_MS)),
    );
    const reminders = app.module.get(Reminders, { strict: false });
    await Promise.all([
      reminders.announceDue(1_000),
      reminders.announceDue(1_000),
      reminders.announceDue(1_000),
    ]);
    const announced = await app.database.many(sql<{ id: string }>`
      select payload ->> 'sessionId' as id from outbox_messages
      where type = 'sessions.reminder_due' and coach_id = ${pair.coach.accountId}`);
    expect(announced.map(({ id }) => id).toSorted()).toEqual(ids.toSorted());
    await runJobs();
    await app.sendQueued();
  });
});
