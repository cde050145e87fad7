import { sql } from '@app/database';
import { advanceClock, buildSession } from '@app/notes/testing';
import { Reminders } from '@app/sessions';
import { Notifications } from './notifications.service';
import { ReminderMails } from './reminder-mails.service';
import { startNotifications, type NotificationsUnderTest, type Pair } from './notifications.test-module';

const ZONES = [
  'Europe/Berlin',
  'America/New_York',
  'Asia/Kolkata',
  'Pacific/Kiritimati',
  'Pacific/Pago_Pago',
];
const PAIRS = ZONES.flatMap((coachZone) => ZONES.map((clientZone) => [coachZone, clientZone] as const));

let app: NotificationsUnderTest;

beforeAll(async () => {
  app = await startNotifications();
});
afterAll(() => app.close());
beforeEach(() => app.sandbox.mailbox.clear());

async function pairIn(coachZone: string, clientZone: string): Promise<Pair> {
  const pair = await app.pair();
  const { coach, client, clientId } = pair;
  await app.database.execute(sql`update accounts set timezone = ${coachZone} where id = ${coach.accountId}`);
  await app.database.execute(
    sql`update accounts set timezone = ${clientZone} where id = ${client.accountId}`,
  );
  await app.database.execute(sql`update clients set timezone = ${clientZone} where id = ${clientId}`);
  return pair;
}

/** As `12:05` or `00:05` on a clock of the zone; the mails of these people are in English of their locale. */
function clockIn(zone: string, instant: Date): RegExp {
  const parts = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    hour: '2-digit',
    minute: '2-digit',
    day: 'numeric',
  });
  const part = (type: string): string =>
    parts.formatToParts(instant).find((each) => each.type === type)?.value ?? '';
  const hour = Number(part('hour'));
  return new RegExp(`\\b${Number(part('day'))}\\b.*\\b0?(?:${hour}|${hour % 12 || 12}):${part('minute')}\\b`);
}

async function startOf(sessionId: string): Promise<Date> {
  const row = await app.database.one(
    sql<{ at: Date }>`select starts_at as at from sessions where id = ${sessionId}`,
  );
  return row.at;
}

/** Every mail since the last call: its kind of subject, who reads it, its text. */
async function mails(pair: Pair): Promise<{ subject: string; reader: 'coach' | 'client'; text: string }[]> {
  await app.sendQueued();
  const found = app.sandbox.mailbox.messages.map(({ subject, to, text }) => ({
    subject: subject.split(':')[0] ?? '',
    reader: to.includes(pair.coach.email.toLowerCase()) ? ('coach' as const) : ('client' as const),
    text,
  }));
  app.sandbox.mailbox.clear();
  return found;
}

describe('zones of mails', () => {
  it.each(PAIRS)(
    'C10 coach in %s, client in %s: each reads every mail in the own zone',
    async (coachZone, clientZone) => {
      const pair = await pairIn(coachZone, clientZone);
      const coachId = pair.coach.accountId;
      const notifications = app.module.get(Notifications);
      const zoneOf = { coach: coachZone, client: clientZone };
      const seen: string[] = [];
      const expectZones = async (sessionId: string): Promise<void> => {
        const startsAt = await startOf(sessionId);
        for (const { subject, reader, text } of await mails(pair)) {
          const [own, other] = [zoneOf[reader], zoneOf[reader === 'coach' ? 'client' : 'coach']];
          const when = text
            .split('\n')
            .find((line) => line.startsWith('When:'))
            ?.replaceAll('\u202f', ' ');
          expect(when).toContain(`(${own})`);
          expect(when).toMatch(clockIn(own, startsAt));
          if (own !== other) expect(text).not.toContain(other);
          seen.push(`${subject} ${reader}`);
        }
      };
      const held = await buildSession(app.database, coachId, pair.clientId, {
        status: 'held',
        priceMinor: 9_000,
      });
      await notifications.tellSession(coachId, held);
      await expectZones(held);
      const session = await buildSession(app.database, coachId, pair.clientId, { startsInMinutes: 40 * 60 });
      await notifications.tellSession(coachId, session);
      await expectZones(session);
      const change = (set: ReturnType<typeof sql>): Promise<number> =>
        app.database.execute(
          sql`update sessions set ${set}, calendar_sequence = calendar_sequence + 1, version = version + 1 where id = ${session}`,
        );
      await change(sql`starts_at = starts_at + interval '1 hour', ends_at = ends_at + interval '1 hour'`);
      await notifications.tellSession(coachId, session);
      await expectZones(session);
      await advanceClock(app.database, 20 * 3_600);
      await app.module.get(Reminders, { strict: false }).announceDue(1_000);
      await app.module.get(ReminderMails).tell(coachId, session);
      await expectZones(session);
      await change(
        sql`status = 'cancelled', outcome = 'by_coach', cancelled_at = app_now(), cancelled_by = 'coach'`,
      );
      await notifications.tellSession(coachId, session);
      await expectZones(session);
      expect(seen.toSorted()).toEqual([
        'Awaiting payment client',
        ...['Cancelled', 'Confirmed', 'New time', 'Reminder'].flatMap((kind) => [
          `${kind} client`,
          `${kind} coach`,
        ]),
      ]);
    },
  );
});
