import { sql } from '@app/database';
import { NotificationSender } from '@app/notifications';
import { CalendarProgram } from '../support/calendar-program';
import { SeriesUnderTest } from '../support/series';
import { TestApp } from '../support/test-app';
import { World, type ClientWorld, type CoachWorld } from '../support/world';

/** Weekly in Berlin over the change of the clocks on 28 March 2027; the client is in New York. */
describe('the calendars of both sides of a series', () => {
  let app: TestApp;
  let world: World;
  let coach: CoachWorld;
  let client: ClientWorld;
  let offering: { id: string; policyId: string };
  let calendars: [email: string, program: CalendarProgram, read: number][];

  beforeAll(async () => {
    app = await TestApp.start({ now: '2027-03-01T08:00:00Z' });
    world = new World(app);
  }, 60_000);
  afterAll(() => app.stop());
  beforeEach(async () => {
    coach = await world.coach();
    client = await world.client(coach);
    offering = await world.offering(coach, { priceMinor: 0 });
    calendars = [coach, client].map(({ email }) => [email, new CalendarProgram(), 0]);
  });
  afterEach(async () => {
    await app.sweep();
    expect(await app.brokenInvariants()).toEqual([]);
  });

  /** What takes place, or took place, before an instant. */
  async function booked(until: string): Promise<[string, string][]> {
    const rows = await app.database.many(sql<{ startsAt: Date; endsAt: Date }>`
      select starts_at as "startsAt", ends_at as "endsAt" from sessions
      where coach_id = ${coach.coachId} and status <> 'cancelled' and starts_at < ${until}::timestamptz order by starts_at`);
    return rows.map(({ startsAt, endsAt }) => [startsAt.toISOString(), endsAt.toISOString()]);
  }

  /** Both calendars read their new mails; afterwards they show what is booked, and nothing else. */
  async function expectInAgreement(until = '2027-05-15T00:00:00Z'): Promise<number> {
    await app.drain();
    const expected = await booked(until);
    for (const calendar of calendars) {
      const mails = app.sandbox.mailbox.to(calendar[0]);
      for (const mail of mails.slice(calendar[2])) await calendar[1].receive(mail.raw);
      calendar[2] = mails.length;
      expect(calendar[1].shown(until)).toEqual(expected);
    }
    return expected.length;
  }

  const nth = async (series: SeriesUnderTest, index: number): Promise<string> =>
    (await series.occurrences())[index]?.originalStartsAt ?? '';

  it('A81 follow every act: create, move one, skip, unskip, add, move the rest, pause, resume, end, cancel', async () => {
    const series = await SeriesUnderTest.make(coach, client, offering.id, {
      localStart: '2027-03-08T18:00',
      rule: 'FREQ=WEEKLY;COUNT=8',
    });
    expect(await expectInAgreement()).toBe(8);
    await series.change('move', {
      scope: 'this',
      occurrences: [await nth(series, 1)],
      localStart: '2027-03-16T10:00',
    });
    expect(await expectInAgreement()).toBe(8);
    await series.change('skip', { scope: 'this', occurrences: [await nth(series, 2)] });
    expect(await expectInAgreement()).toBe(7);
    await series.change('unskip', { scope: 'this', occurrences: [await nth(series, 2)] });
    expect(await expectInAgreement()).toBe(8);
    await series.change('add', { localStart: '2027-03-25T12:00' });
    expect(await expectInAgreement()).toBe(9);
    expect(calendars[0]?.[1].uids).toHaveLength(1);

    await app.advanceTo('2027-03-09T08:00:00Z');
    await series.change('move', { scope: 'all_future', localStart: '2027-03-17T17:30' });
    expect(await expectInAgreement()).toBe(9);
    expect(calendars[0]?.[1].uids).toHaveLength(2);
    await series.change('pause', { from: '2027-03-30T00:00:00Z', until: '2027-04-10T00:00:00Z' });
    expect(await expectInAgreement()).toBe(7);
    await series.change('resume');
    expect(await expectInAgreement()).toBe(9);
    await series.change('end', { lastDate: '2027-04-22' });
    await expectInAgreement();
    await series.change('cancel', { scope: 'all_future' });
    expect(await expectInAgreement()).toBe(1);
    expect(calendars[0]?.[1].uids).toHaveLength(1);
    for (const [, program] of calendars) {
      expect([...program.organizers]).toHaveLength(1);
      for (const sequences of program.sequences.values())
        expect(sequences).toEqual([...new Set(sequences)].toSorted((a, b) => a - b));
    }
  });

  it('A81 an endless series that is cancelled whole is gone from both, also beyond what was planned', async () => {
    const series = await SeriesUnderTest.make(coach, client, offering.id, {
      localStart: '2027-03-22T18:00',
      rule: 'FREQ=WEEKLY',
    });
    await expectInAgreement();
    await series.change('cancel', { scope: 'all_future' });
    expect(await expectInAgreement('2029-01-01T00:00:00Z')).toBe(0);
    expect(calendars.map(([, program]) => program.uids)).toEqual([[], []]);
  });

  it('A81 A112 one session that its client cancels leaves the series, and no entry of its own', async () => {
    const series = await SeriesUnderTest.make(coach, client, offering.id, { localStart: '2027-03-22T18:00' });
    await expectInAgreement();
    const [, second] = await series.occurrences();
    const cancelled = await client.http.post(`/v1/sessions/${second?.sessionId}/cancel`, {});
    expect(cancelled.status).toBe(200);
    expect(await expectInAgreement()).toBe(5);
    for (const [, program] of calendars) expect([...program.sequences.values()]).toEqual([[0, 1]]);
  });

  it.each([
    ['keep_unscheduled', '2027-04-01', '2027-04-05', '2027-04-19'],
    ['skip', '2027-04-15', '2027-04-20', '2027-05-04'],
  ])(
    'A81 what the worker finds taken (%s) is taken out of both at once, and comes back when it is placed',
    async (onConflict, today, first, taken) => {
      await app.advanceTo(`${today}T08:00:00Z`);
      const series = await SeriesUnderTest.make(coach, client, offering.id, {
        localStart: `${first}T18:00`,
        rule: 'FREQ=WEEKLY',
        horizonDays: 14,
        onConflict,
      });
      await app.drain();
      const start = `${taken}T16:00:00.000Z`;
      const timeOff = { kind: 'time_off', startsAt: start, endsAt: `${taken}T17:00:00Z` };
      expect((await coach.http.post('/v1/availability/time-off', timeOff)).status).toBe(201);
      await app.advance(11 * 86_400);
      const row = (await series.occurrences()).find(({ originalStartsAt }) => originalStartsAt === start);
      expect(row).toMatchObject({ sessionId: null, sessionStatus: null });
      expect(await expectInAgreement(`${taken}T23:00:00Z`)).toBe(2);
      await series.change('unskip', {
        scope: 'this',
        occurrences: [start],
        localStart: `${taken}T20:00`,
      });
      expect(await expectInAgreement(`${taken}T23:00:00Z`)).toBe(3);
      for (const [, program] of calendars)
        for (const sequences of program.sequences.values())
          expect(sequences).toEqual([...new Set(sequences)].toSorted((a, b) => a - b));
    },
  );

  it('A81 follow a split whose mail was on its way when the next act came', async () => {
    const day = (days: number): string =>
      new Date(app.sandbox.now().getTime() + days * 86_400_000).toISOString().slice(0, 10);
    const series = await SeriesUnderTest.make(coach, client, offering.id, {
      localStart: `${day(3)}T18:00`,
      rule: 'FREQ=DAILY;COUNT=8',
    });
    await expectInAgreement(day(30));
    await series.change('move', {
      scope: 'this_and_following',
      occurrences: [await nth(series, 4)],
      localStart: `${day(7)}T10:00`,
    });
    app.sandbox.faults.inject({ provider: 'smtp', operation: 'DATA', kind: 'server_error', times: 2 });
    await expect(app.drain()).rejects.toThrow('does not take the mail');
    await series.change('skip', { scope: 'this', occurrences: [await nth(series, 1)] });
    await app.drain();
    const waiting = await app.database.many(
      sql<{
        id: string;
      }>`select id from notifications where coach_id = ${coach.coachId} and state = 'queued'`,
    );
    expect(waiting).toHaveLength(2);
    for (const { id } of waiting) await app.worker.get(NotificationSender).send(coach.coachId, id);
    expect(await expectInAgreement(day(30))).toBe(7);
  });
});
