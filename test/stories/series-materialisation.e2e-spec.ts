import { SeriesMaterialisation } from '@app/sessions';
import { sql } from '@app/database';
import { SeriesUnderTest } from '../support/series';
import { TestApp } from '../support/test-app';
import { World, type ClientWorld, type CoachWorld } from '../support/world';

const DAY_SECONDS = 86_400;

describe('series that go on', () => {
  let app: TestApp;
  let world: World;
  let coach: CoachWorld;
  let client: ClientWorld;
  let free: { id: string; policyId: string };

  beforeAll(async () => {
    app = await TestApp.start({ now: '2027-01-04T08:00:00Z' });
    world = new World(app);
    coach = await world.coach();
    client = await world.client(coach);
    free = await world.offering(coach, { priceMinor: 0 });
  }, 60_000);

  afterAll(() => app.stop());

  const noInvariantIsBroken = async (): Promise<void> => expect(await app.brokenInvariants()).toEqual([]);
  const endless = (localStart: string, more: Record<string, unknown> = {}): Promise<SeriesUnderTest> =>
    SeriesUnderTest.make(coach, client, free.id, {
      localStart,
      rule: 'FREQ=DAILY',
      horizonDays: 14,
      ...more,
    });
  const daysOf = async (series: SeriesUnderTest): Promise<(string | undefined)[]> =>
    (await series.occurrences()).map((row) => row.originalStartsAt.slice(0, 10));

  it('have their sessions up to the horizon, and after three days of downtime each of the days that are due, once', async () => {
    const series = await endless('2027-01-05T06:00');
    const [, skipped] = await series.occurrences();
    await series.change('skip', { scope: 'this', occurrences: [skipped?.originalStartsAt] });
    expect(await daysOf(series)).toHaveLength(14);
    await app.sandbox.advanceClock(3 * DAY_SECONDS);
    const materialisation = app.worker.get(SeriesMaterialisation);
    // Two workers wake up at once, and find the same series due.
    await Promise.all([materialisation.extendDue(100), materialisation.extendDue(100)]);
    await app.sweep();
    const days = await daysOf(series);
    expect(days).toHaveLength(17);
    expect(new Set(days).size).toBe(17);
    expect(days.at(-1)).toBe('2027-01-21');
    const rows = await series.occurrences();
    expect(rows[1]).toMatchObject({ state: 'skipped', sessionStatus: 'cancelled' });
    const { doubled } = await app.database.one(sql<{ doubled: number }>`
      select count(*)::int as doubled from (select 1 from sessions where series_id is not null
        group by coach_id, series_id, original_starts_at having count(*) > 1) twice`);
    expect(doubled).toBe(0);
    expect(await materialisation.extendDue(100)).toBe(0);
    await noInvariantIsBroken();
  });

  it('make none of what was skipped ahead of time', async () => {
    const series = await endless('2027-01-08T08:00');
    await series.change('skip', { scope: 'this', occurrences: ['2027-01-22T07:00:00Z'] });
    await app.advance(4 * DAY_SECONDS);
    const row = (await series.occurrences()).find(({ originalStartsAt }) =>
      originalStartsAt.startsWith('2027-01-22'),
    );
    expect(row).toMatchObject({ state: 'skipped', sessionId: null });
    await noInvariantIsBroken();
  });

  it('follow their rule where the next time is taken, and tell the coach what could not be placed', async () => {
    const series = await endless('2027-01-12T10:00', { onConflict: 'keep_unscheduled' });
    await world.book(client, free, '2027-01-28T09:00:00Z', { funding: 'free' });
    await app.advance(5 * DAY_SECONDS);
    const row = (await series.occurrences()).find(({ originalStartsAt }) =>
      originalStartsAt.startsWith('2027-01-28'),
    );
    expect(row).toMatchObject({ state: 'unscheduled', sessionId: null });
    const told = await app.database.many(sql<{ kind: string; to: string; state: string }>`
      select kind, recipient_kind as to, state from notifications where kind = 'series_unplaced'`);
    expect(told.toSorted((a, b) => b.to.localeCompare(a.to))).toEqual([
      { kind: 'series_unplaced', to: 'coach', state: 'sent' },
      { kind: 'series_unplaced', to: 'client', state: 'sent' },
    ]);
    await noInvariantIsBroken();
  });

  it('A109 make nothing while they are paused; a pause with an end ends by itself', async () => {
    const series = await endless('2027-01-17T12:00');
    await series.change('pause', { until: '2027-01-20T00:00:00Z' });
    expect(await series.read()).toMatchObject({ state: 'paused' });
    const paused = (await series.occurrences()).filter(({ state }) => state === 'paused');
    expect(paused.map(({ originalStartsAt }) => originalStartsAt.slice(0, 10))).toEqual([
      '2027-01-17',
      '2027-01-18',
      '2027-01-19',
    ]);
    await app.advanceTo('2027-01-20T00:00:01Z');
    expect(await series.read()).toMatchObject({ state: 'active' });
    await noInvariantIsBroken();
    await series.change('pause');
    await app.advance(3 * DAY_SECONDS);
    const rows = await series.occurrences();
    expect(rows.filter(({ sessionStatus }) => sessionStatus === 'scheduled')).toEqual([]);
    const open = rows.filter(
      ({ state, originalStartsAt }) => state === 'paused' && originalStartsAt > '2027-01-23T00:00:01',
    );
    expect(open.length).toBeGreaterThan(10);
    await series.change('resume');
    expect(
      (await series.occurrences()).filter(({ sessionStatus }) => sessionStatus === 'scheduled'),
    ).toHaveLength(open.length);
    await app.sweep();
    await noInvariantIsBroken();
  });

  it('make nothing for a client who was removed', async () => {
    const other = await world.client(coach, { displayName: 'Rita Removed' });
    const series = await SeriesUnderTest.make(coach, other, free.id, {
      localStart: '2027-01-24T16:00',
      rule: 'FREQ=DAILY',
      horizonDays: 14,
    });
    await series.change('pause');
    expect((await coach.http.delete(`/v1/clients/${other.clientId}`)).status).toBe(204);
    await app.advance(2 * DAY_SECONDS);
    expect(await series.read()).toMatchObject({ state: 'cancelled' });
    expect((await series.occurrences()).filter(({ sessionStatus }) => sessionStatus === 'scheduled')).toEqual(
      [],
    );
    await noInvariantIsBroken();
  });

  it('end when their last session is over', async () => {
    const series = await SeriesUnderTest.make(coach, client, free.id, {
      localStart: '2027-01-26T14:00',
      rule: 'FREQ=DAILY;COUNT=2',
    });
    await app.advance(3 * DAY_SECONDS);
    expect((await series.occurrences()).map(({ sessionStatus }) => sessionStatus)).toEqual([
      'completed',
      'completed',
    ]);
    await app.advance(DAY_SECONDS);
    expect(await series.read()).toMatchObject({ state: 'ended' });
    await noInvariantIsBroken();
  });

  it.each([
    ['known', 30],
    ['beyond the horizon', 7],
  ])('make nothing more once they end before their first session, which is %s', async (name, horizonDays) => {
    const day = (days: number): string =>
      new Date(Date.parse('2027-02-01') + days * DAY_SECONDS * 1_000).toISOString().slice(0, 10);
    const offset = name === 'known' ? 0 : 40;
    const series = await endless(`${day(20 + offset)}T22:00`, { rule: 'FREQ=WEEKLY', horizonDays });
    await series.change('add', { localStart: `${day(15 + offset)}T22:00` });
    await series.change('end', { lastDate: day(16 + offset) });
    expect(await series.read()).toMatchObject({ state: 'active' });
    await noInvariantIsBroken();
    await app.advanceTo(`${day(35 + offset)}T12:00:00Z`);
    const rows = await series.occurrences();
    expect(rows.map(({ sessionStatus }) => sessionStatus).filter((status) => status === 'scheduled')).toEqual(
      [],
    );
    expect(rows.filter(({ sessionStatus }) => sessionStatus === 'completed')).toMatchObject([
      { added: true },
    ]);
    expect(await series.read()).toMatchObject({ state: 'ended' });
    await noInvariantIsBroken();
  });

  it('make nothing more once this and following were cancelled from one that was moved behind others', async () => {
    const series = await endless('2027-06-01T20:00', { rule: 'FREQ=WEEKLY', horizonDays: 200 });
    const [first] = await series.occurrences();
    const occurrences = [first?.originalStartsAt];
    await series.change('move', { scope: 'this', occurrences, localStart: '2027-06-10T20:00' });
    await series.change('cancel', { scope: 'this_and_following', occurrences });
    expect(await series.read()).toMatchObject({ state: 'cancelled' });
    const rows = await series.occurrences();
    expect(rows.filter(({ sessionStatus }) => sessionStatus !== 'cancelled')).toEqual([]);
    await noInvariantIsBroken();
  });

  it('show no time changed by hand where a skipped one stayed behind while the rule moved', async () => {
    const series = await endless('2027-07-05T20:00', { rule: 'FREQ=WEEKLY;COUNT=3', horizonDays: 200 });
    const [, second] = await series.occurrences();
    await series.change('skip', { occurrences: [second?.originalStartsAt] });
    await series.change('move', { localStart: '2027-07-06T20:00' });
    const rows = await series.occurrences();
    expect(rows.map(({ state, isException }) => [state, isException])).toEqual([
      ['session', false],
      ['skipped', false],
      ['session', false],
    ]);
  });
});
