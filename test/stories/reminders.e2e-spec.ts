import { SeriesUnderTest } from '../support/series';
import { TestApp } from '../support/test-app';
import { World, type ClientWorld, type CoachWorld } from '../support/world';

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
    coach = await world.coach();
    client = await world.client(coach);
  }, 60_000);
  afterAll(() => app.stop());
  afterEach(async () => {
    expect(await app.brokenInvariants()).toEqual([]);
  });

  const reminders = (email: string): { subject: string; text: string; receivedAt: string }[] =>
    app.sandbox.mailbox.to(email).filter(({ subject }) => subject.startsWith('Reminder:'));

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
});
