import type { PublicSeriesPlan } from '@app/sessions';
import { sql } from '@app/database';
import { SeriesUnderTest, type OccurrenceBody } from '../support/series';
import { TestApp } from '../support/test-app';
import { World, type ClientWorld, type CoachWorld } from '../support/world';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const RULES = ['fail', 'skip', 'keep_unscheduled'] as const;
type Rule = (typeof RULES)[number];

/** "On conflict when creating, changing or extending: fail, skip, or keep as unscheduled; always reported" (domain.md 10). */
describe('a series that meets what is booked already', () => {
  let app: TestApp;
  let world: World;
  let coach: CoachWorld;
  let client: ClientWorld;
  let free: { id: string; policyId: string };

  beforeAll(async () => {
    app = await TestApp.start({ now: '2027-01-04T08:00:00Z' });
    world = new World(app);
  }, 60_000);
  afterAll(() => app.stop());
  beforeEach(async () => {
    coach = await world.coach();
    client = await world.client(coach);
    free = await world.offering(coach, { priceMinor: 0 });
  });
  afterEach(async () => {
    await app.sweep();
    expect(await app.brokenInvariants()).toEqual([]);
  });

  /** Three Mondays at noon in UTC, beginning in a week or two. */
  const firstDay = async (): Promise<number> => {
    const { now } = await app.database.one(sql<{ now: Date }>`select app_now() as now`);
    const today = Math.floor(now.getTime() / DAY_MS) * DAY_MS;
    return today + (7 + ((8 - new Date(today).getUTCDay()) % 7)) * DAY_MS;
  };
  const wall = (atMs: number): string => new Date(atMs).toISOString().slice(0, 16);
  const made = async (more: Record<string, unknown> = {}): Promise<SeriesUnderTest> =>
    SeriesUnderTest.make(coach, client, free.id, {
      localStart: wall((await firstDay()) + 12 * HOUR_MS),
      timezone: 'UTC',
      rule: 'FREQ=WEEKLY;COUNT=3',
      ...more,
    });
  const take = (atMs: number): Promise<unknown> =>
    world.book(client, free, new Date(atMs).toISOString(), { funding: 'free' });
  const states = (rows: readonly OccurrenceBody[]): string[] => rows.map(({ state }) => state);
  const startOf = (row: OccurrenceBody | undefined): number => Date.parse(String(row?.originalStartsAt));

  /** Plans, is told of the one conflict, and is refused with nothing done, or carries it out. */
  async function planned(
    series: SeriesUnderTest,
    change: string,
    rule: Rule,
    more: Record<string, unknown>,
  ): Promise<PublicSeriesPlan> {
    const before = await series.occurrences();
    const plan = await series.plan(change, { ...more, onConflict: rule });
    expect(plan.status).toBe(201);
    const inConflict = plan.body.occurrences.filter(({ conflicts }) => conflicts.length > 0);
    expect(inConflict.map(({ conflicts }) => conflicts.map(({ code }) => code))).toEqual([['taken']]);
    expect(plan.body.blockedBy).toEqual(rule === 'fail' ? ['conflicts'] : []);
    const applied = await series.apply(plan.body.id);
    if (rule === 'fail') {
      expect(applied).toMatchObject({ status: 409, body: { code: 'series.conflicts' } });
      expect(await series.occurrences()).toEqual(before);
    } else {
      expect(applied.status).toBe(200);
      series.id = applied.body.id;
    }
    return plan.body;
  }
  const left = { fail: 'session', skip: 'skipped', keep_unscheduled: 'unscheduled' } as const;

  it.each(RULES)('is moved, and does "%s" with the one whose new time is taken', async (rule) => {
    const series = await made();
    const rows = await series.occurrences();
    await take(startOf(rows[1]) + 3 * HOUR_MS);
    await planned(series, 'move', rule, { localStart: wall(startOf(rows[0]) + 3 * HOUR_MS) });
    expect(states(await series.occurrences())).toEqual(['session', left[rule], 'session']);
  });

  it.each(RULES)('is resumed, and does "%s" with the one whose time was taken meanwhile', async (rule) => {
    const series = await made();
    const rows = await series.occurrences();
    await series.change('pause');
    await take(startOf(rows[1]));
    await planned(series, 'resume', rule, {});
    const expected = rule === 'fail' ? ['paused', 'paused', 'paused'] : ['session', left[rule], 'session'];
    expect(states(await series.occurrences())).toEqual(expected);
  });

  it.each(RULES)('takes one back, and does "%s" where its time was taken meanwhile', async (rule) => {
    const series = await made();
    const [, second] = await series.occurrences();
    const one = { scope: 'this', occurrences: [second?.originalStartsAt] };
    await series.change('skip', one);
    await take(startOf(second));
    await planned(series, 'unskip', rule, one);
    const after = (await series.occurrences())[1];
    expect(after).toMatchObject({
      state: rule === 'keep_unscheduled' ? 'unscheduled' : 'skipped',
      sessionStatus: 'cancelled',
      sessionId: second?.sessionId,
    });
    // Placed elsewhere, it is the same session.
    await series.change('unskip', { ...one, localStart: wall(startOf(second) + 5 * HOUR_MS) });
    expect((await series.occurrences())[1]).toMatchObject({
      state: 'session',
      sessionStatus: 'scheduled',
      sessionId: second?.sessionId,
      isException: true,
    });
  });

  it.each(RULES)('gets an extra one, and does "%s" where that time is taken', async (rule) => {
    const series = await made();
    const [first] = await series.occurrences();
    const extra = startOf(first) + DAY_MS;
    await take(extra);
    await planned(series, 'add', rule, { localStart: wall(extra) });
    const added = (await series.occurrences()).filter((row) => row.added);
    const expected = rule === 'fail' ? [] : [{ state: left[rule], sessionId: null }];
    expect(added).toMatchObject(expected);
    expect(added).toHaveLength(expected.length);
  });

  it('gets an extra one where it is free, told and claimed like any other, and refuses what makes none', async () => {
    const series = await made();
    const [first] = await series.occurrences();
    const extra = startOf(first) + DAY_MS;
    await series.change('add', { localStart: wall(extra) });
    const row = (await series.occurrences()).find(({ added }) => added);
    expect(row).toMatchObject({ state: 'session', sessionStatus: 'scheduled' });
    expect(await world.read(client, String(row?.sessionId))).toMatchObject({
      seriesId: series.id,
      type: 'recurring',
    });
    await expect(take(extra)).rejects.toThrow(/409/);
    for (const [more, status] of [
      [{ localStart: wall(extra) }, 409],
      [{ localStart: '2026-12-01T10:00' }, 422],
      [{}, 422],
      [{ localStart: wall(extra + DAY_MS), durationMinutes: 30 }, 422],
    ] as const)
      expect((await series.plan('add', more)).status).toBe(status);
  });

  it.each(RULES)(
    'is extended where the next time is taken: "%s" is done without anybody to ask',
    async (rule) => {
      const series = await made({ rule: 'FREQ=DAILY', horizonDays: 14, onConflict: rule });
      const last = (await series.occurrences()).at(-1);
      await take(startOf(last) + 2 * DAY_MS);
      await app.advance((3 * DAY_MS) / 1_000);
      const rows = await series.occurrences();
      const met = rows.find((row) => startOf(row) === startOf(last) + 2 * DAY_MS);
      expect(met).toMatchObject({ state: rule === 'skip' ? 'skipped' : 'unscheduled', sessionId: null });
      expect(met).toMatchObject({ reasons: [{ code: 'taken' }] });
      const told = await app.database.many(sql<{ to: string }>`
        select recipient_kind as to from notifications
        where coach_id = ${coach.coachId} and kind = 'series_unplaced' and state = 'sent' order by recipient_kind desc`);
      expect(told).toEqual([{ to: 'coach' }, { to: 'client' }]);
      const mails = app.sandbox.mailbox.to(coach.email);
      const mail = mails.find(({ subject }) => subject.startsWith('Not placed'));
      expect(mail?.text).toMatch(rule === 'skip' ? /^Left out: /m : /^Not placed: /m);
      await series.change('cancel');
    },
  );
});
