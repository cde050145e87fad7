import { parsePublicId } from '@app/common';
import { sql } from '@app/database';
import { SeriesUnderTest } from '../support/series';
import { TestApp } from '../support/test-app';
import { World, type ClientWorld, type CoachWorld, type Person } from '../support/world';

const MOVES = [
  '2027-03-26T10:00',
  '2027-03-24T15:00',
  '2027-03-29T09:00',
  '2027-03-25T09:00',
  '2027-03-30T11:00',
];
/** 11:00 in Berlin, summer time since the 28th. */
const FINAL_START = '2027-03-30T09:00:00Z';

describe('reminders', () => {
  let app: TestApp;
  let world: World;
  let coach: CoachWorld;
  let client: ClientWorld;

  beforeAll(async () => {
    app = await TestApp.start({ now: '2027-03-20T08:00:00Z' });
    world = new World(app);
    coach = await world.coach({ payouts: true });
    client = await world.client(coach);
  }, 60_000);
  afterAll(() => app.stop());
  afterEach(async () => {
    expect(await app.brokenInvariants()).toEqual([]);
  });

  const reminders = (email: string): { subject: string; text: string; receivedAt: string }[] =>
    app.sandbox.mailbox.to(email).filter(({ subject }) => subject.startsWith('Reminder:'));

  /** All that Stripe and the ledger know of a session. */
  const moneyOf = async (sessionId: string): Promise<unknown> => {
    const { idempotency, events, refunds, transfers } = app.sandbox.stripe;
    const rows = await app.database.one(sql`
      select (select jsonb_agg(to_jsonb(p) order by p.id) from payments p where p.session_id = ${parsePublicId('session', sessionId)}::uuid) as payments,
        (select jsonb_agg(to_jsonb(l) order by to_jsonb(l)::text) from ledger_entries l where l.coach_id = ${coach.coachId}::uuid) as ledger`);
    return [rows, idempotency.length, events.length, refunds.length, transfers.length];
  };

  it('A153 when they come is a setting of the coach', async () => {
    const before = await coach.http.get('/v1/settings');
    expect(before.body['reminderMinutes']).toEqual([1_440, 60]);
    const changed = await coach.http.patch('/v1/settings', { reminderMinutes: [2_880, 60] });
    expect(changed).toMatchObject({ status: 200, body: { reminderMinutes: [2_880, 60] } });
    for (const bad of [[4], [60, 60], ['60'], 60, [1.5]])
      expect((await coach.http.patch('/v1/settings', { reminderMinutes: bad })).status).toBe(400);
    expect((await coach.http.patch('/v1/settings', { reminderMinutes: [1_440, 60] })).status).toBe(200);
  });

  it('A153 follow a session that is moved five times: none for an old time, two for the last', async () => {
    const offering = await world.offering(coach, { priceMinor: 0 });
    const series = await SeriesUnderTest.make(coach, client, offering.id, {
      localStart: '2027-03-23T10:00',
      rule: 'FREQ=WEEKLY;COUNT=1',
    });
    const [only] = await series.occurrences();
    for (const localStart of MOVES) {
      await series.change('move', { scope: 'this', occurrences: [only?.originalStartsAt], localStart });
      await app.sweep();
    }
    expect((await series.occurrences())[0]).toMatchObject({
      sessionId: only?.sessionId,
      startsAt: new Date(FINAL_START).toISOString(),
    });
    // Past every reminder of every old time.
    for (const day of ['23', '24', '25', '26', '28']) await app.advanceTo(`2027-03-${day}T14:30:00Z`);
    expect([...reminders(coach.email), ...reminders(client.email)]).toEqual([]);
    await app.advanceTo('2027-03-29T09:00:00Z');
    await app.advanceTo('2027-03-30T08:00:00Z');
    await app.advanceTo('2027-03-30T08:30:00Z');
    await app.advanceTo('2027-03-30T12:00:00Z');
    for (const [person, zone, time] of [
      [coach, 'Europe/Berlin', '11:00'],
      [client, 'America/New_York', '5:00'],
    ] as const) {
      const mails = reminders(person.email);
      expect(mails.map(({ text }) => /begins in ([^.]+)\./.exec(text)?.[1])).toEqual(['24 hours', '1 hour']);
      for (const { text } of mails) {
        const when = text.split('\n').find((line) => line.startsWith('When:'));
        expect(when).toContain(time);
        expect(when).toContain(`(${zone})`);
      }
    }
  });

  it('A153 a session that its client cancels between the two has no second one', async () => {
    const offering = await world.offering(coach, { priceMinor: 0 });
    const session = await world.book(client, offering, '2027-04-03T10:00:00Z', { funding: 'free' });
    const before = reminders(client.email).length;
    await app.advanceTo('2027-04-02T10:00:00Z');
    expect(reminders(client.email)).toHaveLength(before + 1);
    expect((await client.http.post(`/v1/sessions/${session.id}/cancel`, {})).status).toBe(200);
    await app.advanceTo('2027-04-03T09:30:00Z');
    await app.advanceTo('2027-04-03T11:30:00Z');
    expect(reminders(client.email)).toHaveLength(before + 1);
    expect(reminders(coach.email)).toHaveLength(before + 1);
  });

  it('A80 A153 follow a paid session through five moves of both sides; Stripe and the ledger are not touched', async () => {
    const offering = await world.offering(coach);
    const session = await world.paidSession(client, offering, '2027-05-20T10:00:00Z');
    const [untouched, earlier] = [await moneyOf(session.id), app.sandbox.mailbox.messages.length];
    const moves: [Person, string][] = [
      [client, '2027-05-24T10:00:00Z'],
      [coach, '2027-05-18T15:00:00Z'],
      [client, '2027-05-26T09:00:00Z'],
      [coach, '2027-05-19T09:00:00Z'],
      [client, '2027-05-28T09:00:00Z'],
    ];
    for (const [by, startsAt] of moves) {
      const moved = await by.http.post(`/v1/sessions/${session.id}/reschedule`, { startsAt });
      expect([moved.status, moved.body]).toMatchObject([200, { id: session.id, payment: session.payment }]);
      await app.sweep();
    }
    const since = (email: string): string[] =>
      app.sandbox.mailbox.messages
        .slice(earlier)
        .filter((mail) => mail.to.includes(email) && mail.subject.startsWith('Reminder:'))
        .map(({ text }) => text);
    for (const instant of ['17T16:00', '18T14:30', '19T08:30', '23T10:30', '25T09:30', '26T08:30'])
      await app.advanceTo(`2027-05-${instant}:00Z`);
    expect([...since(coach.email), ...since(client.email)]).toEqual([]);
    await app.advanceTo('2027-05-27T09:00:00Z');
    await app.advanceTo('2027-05-28T08:00:00Z');
    for (const [email, time] of [
      [coach.email, '11:00'],
      [client.email, '5:00'],
    ] as const) {
      const texts = since(email);
      expect(texts.map((text) => /begins in ([^.]+)\./.exec(text)?.[1])).toEqual(['24 hours', '1 hour']);
      for (const text of texts) expect(text).toMatch(new RegExp(`^When: .*${time}`, 'm'));
    }
    expect(await moneyOf(session.id)).toEqual(untouched);
  });
});
