import type { PublicSeriesPlan } from '@app/sessions';
import { sql } from '@app/database';
import { SeriesUnderTest, type OccurrenceBody } from '../support/series';
import { TestApp } from '../support/test-app';
import { World, type ClientWorld, type CoachWorld } from '../support/world';

const WEEK_MS = 7 * 86_400_000;

describe('plans of series', () => {
  let app: TestApp;
  let world: World;
  let coach: CoachWorld;
  let client: ClientWorld;
  let free: { id: string; policyId: string };
  /** Each series has a year of its own, so that none stands in another's way. */
  let year = 2027;

  beforeAll(async () => {
    app = await TestApp.start({ now: '2027-01-04T08:00:00Z' });
    world = new World(app);
    coach = await world.coach({ payouts: true });
    client = await world.client(coach);
    free = await world.offering(coach, { priceMinor: 0 });
  }, 60_000);

  afterAll(() => app.stop());

  afterEach(async () => {
    await app.sweep();
    expect(await app.brokenInvariants()).toEqual([]);
  });

  /** Hours of their own keep the series of the tests apart: 00:00 to 23:00 in turn. */
  let hour = -1;
  const nextTime = (): string => {
    hour += 1;
    return `${String(hour).padStart(2, '0')}:00`;
  };
  const made = (wanted: Record<string, unknown> = {}): Promise<SeriesUnderTest> =>
    SeriesUnderTest.make(coach, client, free.id, { localStart: `${year}-01-11T${nextTime()}`, ...wanted });
  const preview = (wanted: Record<string, unknown>) =>
    coach.http.post<PublicSeriesPlan>('/v1/series/preview', {
      offeringId: free.id,
      clientId: client.clientId,
      timezone: 'Europe/Berlin',
      rule: 'FREQ=WEEKLY;COUNT=4',
      ...wanted,
    });
  const book = (startsAt: string): Promise<unknown> =>
    world.book(client, free, startsAt, { funding: 'free' });
  const count = async (
    table: 'series' | 'sessions' | 'calendar_claims' | 'series_occurrences',
  ): Promise<number> =>
    (await app.database.one(sql<{ count: number }>`select count(*)::int as count from ${sql.table(table)}`))
      .count;
  const states = (rows: readonly OccurrenceBody[]): string[] => rows.map((row) => row.state);

  it('refuse a conflict with nothing made, and answer what has changed meanwhile with a fresh plan', async () => {
    const localStart = `${year}-01-11T${nextTime()}`;
    const plan = await preview({ localStart });
    expect(plan.body.blockedBy).toEqual([]);
    const third = plan.body.occurrences[2]?.after?.startsAt ?? '';
    await book(third);
    const before = [await count('series'), await count('sessions'), await count('calendar_claims')];
    const refused = await coach.http.post('/v1/series', { planId: plan.body.id });
    expect(refused.status).toBe(409);
    expect(refused.body).toMatchObject({ code: 'series.plan_stale', plan: { blockedBy: ['conflicts'] } });
    const fresh = refused.body['plan'] as PublicSeriesPlan;
    expect(fresh.occurrences.map(({ conflicts }) => conflicts.length > 0)).toEqual([
      false,
      false,
      true,
      false,
    ]);
    const blocked = await coach.http.post('/v1/series', { planId: fresh.id });
    expect(blocked.status).toBe(409);
    expect(blocked.body).toMatchObject({ code: 'series.conflicts', occurrences: [{ startsAt: third }] });
    expect([await count('series'), await count('sessions'), await count('calendar_claims')]).toEqual(before);
  });

  it('leave out, or keep for the coach to place, what is in conflict: as the plan says', async () => {
    const time = nextTime();
    await book(new Date(`${year}-01-18T${time}:00+01:00`).toISOString());
    const skipped = await SeriesUnderTest.make(coach, client, free.id, {
      localStart: `${year}-01-11T${time}`,
      rule: 'FREQ=WEEKLY;COUNT=2',
      onConflict: 'skip',
    });
    expect(states(await skipped.occurrences())).toEqual(['session', 'skipped']);
    const kept = await SeriesUnderTest.make(coach, client, free.id, {
      localStart: `${year}-01-11T${time}`,
      rule: 'FREQ=WEEKLY;COUNT=3',
      onConflict: 'keep_unscheduled',
    });
    expect(states(await kept.occurrences())).toEqual(['unscheduled', 'unscheduled', 'session']);
    const [first] = await kept.occurrences();
    await kept.change('unskip', {
      scope: 'this',
      occurrences: [first?.originalStartsAt],
      localStart: `${year}-01-12T${time}`,
    });
    expect((await kept.occurrences())[0]).toMatchObject({
      state: 'session',
      sessionStatus: 'scheduled',
      isException: true,
    });
  });

  it('pause, and bring back, what had lost its time to a move and waits to be placed', async () => {
    const time = nextTime();
    const series = await made({ localStart: `${year}-01-11T${time}`, rule: 'FREQ=WEEKLY;COUNT=3' });
    const taken = nextTime();
    await book(new Date(`${year}-01-18T${taken}:00+01:00`).toISOString());
    const moved = {
      scope: 'all_future',
      localStart: `${year}-01-11T${taken}`,
      onConflict: 'keep_unscheduled',
    };
    await series.change('move', moved);
    expect(states(await series.occurrences())).toEqual(['session', 'unscheduled', 'session']);
    await series.change('pause');
    expect(states(await series.occurrences())).toEqual(['paused', 'paused', 'paused']);
    expect(await app.brokenInvariants()).toEqual([]);
    await series.change('resume', { onConflict: 'keep_unscheduled' });
    expect(states(await series.occurrences())).toEqual(['session', 'unscheduled', 'session']);
  });

  it('bind for ten minutes, once, and only who made them', async () => {
    const plan = await preview({ localStart: `${year}-01-11T${nextTime()}` });
    const other = await world.coach();
    expect((await other.http.post('/v1/series', { planId: plan.body.id })).body).toMatchObject({
      code: 'series.plan_not_found',
    });
    expect((await coach.http.post('/v1/series', { planId: plan.body.id })).status).toBe(201);
    expect((await coach.http.post('/v1/series', { planId: plan.body.id })).body).toMatchObject({
      code: 'series.plan_used',
    });
    const late = await preview({ localStart: `${year}-01-11T${nextTime()}` });
    await app.advance(11 * 60);
    expect((await coach.http.post('/v1/series', { planId: late.body.id })).body).toMatchObject({
      code: 'series.plan_stale',
    });
  });

  it('say how each session is paid, as the offering is sold', async () => {
    const paid = await world.offering(coach);
    const refused = await preview({ offeringId: paid.id, localStart: `${year}-01-11T09:00` });
    expect(refused.status).toBe(422);
    expect(refused.body).toMatchObject({ code: 'series.funding_unavailable' });
  });

  it.each(['1950-01-02T09:00', '0001-01-01T00:00', '9999-12-31T23:00'])(
    'refuse to begin at %s',
    async (localStart) => {
      const refused = await preview({ localStart, rule: 'FREQ=DAILY' });
      expect([400, 422]).toContain(refused.status);
    },
  );

  it('refuse a rule that is none, naming its part', async () => {
    const refused = await preview({ rule: 'FREQ=YEARLY', localStart: `${year}-01-11T09:00` });
    expect(refused.status).toBe(400);
    expect(refused.body).toMatchObject({ code: 'recurrence.unsupported', part: 'FREQ' });
  });

  it('A112 cancels one alone: the others keep status, claims and events', async () => {
    const series = await made();
    const [, second] = await series.occurrences();
    const before = await sideEffects(app, series.id);
    await series.change('cancel', { scope: 'this', occurrences: [second?.originalStartsAt] });
    const after = await sideEffects(app, series.id);
    expect(
      after.filter((row) => !before.some((old) => old.id === row.id && old.facts === row.facts)),
    ).toEqual([
      expect.objectContaining({ id: await uuidOf(app, second), status: 'cancelled', outcome: 'by_coach' }),
    ]);
    expect(await series.read()).toMatchObject({ state: 'active' });
  });

  it('A113 cancels this and all future: exactly those from it on; earlier ones keep every side effect', async () => {
    const series = await made();
    const rows = await series.occurrences();
    const before = await sideEffects(app, series.id);
    const plan = await series.change('cancel', {
      scope: 'this_and_following',
      occurrences: [rows[3]?.originalStartsAt],
    });
    expect(plan.occurrences.map(({ originalStartsAt }) => originalStartsAt)).toEqual(
      rows.slice(3).map((row) => row.originalStartsAt),
    );
    const after = await sideEffects(app, series.id);
    const changed = after.filter(
      (row) => !before.some((old) => old.id === row.id && old.facts === row.facts),
    );
    expect(changed.map(({ startsAt }) => startsAt.toISOString())).toEqual(
      rows.slice(3).map((row) => row.startsAt),
    );
    expect(changed.every(({ status, outcome }) => status === 'cancelled' && outcome === 'by_coach')).toBe(
      true,
    );
    expect(states(await series.occurrences())).toHaveLength(6);
  });

  it('A107 changes the duration from a point on: the series is split, what lies before is as it was', async () => {
    const series = await made();
    const whole = series.id;
    const rows = await series.occurrences();
    await series.change('edit', {
      scope: 'this_and_following',
      occurrences: [rows[4]?.originalStartsAt],
      durationMinutes: 30,
    });
    expect(series.id).not.toBe(whole);
    expect(await series.occurrences(whole)).toEqual(rows.slice(0, 4));
    const split = await series.occurrences();
    expect(split.map((row) => row.sessionId)).toEqual(rows.slice(4).map((row) => row.sessionId));
    for (const row of split) {
      expect(await world.read(coach, String(row.sessionId))).toMatchObject({ scheduledMinutes: 30 });
    }
    expect(await series.read()).toMatchObject({ splitFrom: whole });
  });

  it('add one that the rule does not give, which a later move of the rule leaves alone', async () => {
    const series = await made({ rule: 'FREQ=WEEKLY;COUNT=3' });
    const [first] = await series.occurrences();
    const time = first?.localStart?.slice(11, 16);
    await series.change('add', { localStart: `${year}-01-13T${time}` });
    await series.change('move', { scope: 'all_future', localStart: `${year}-01-12T${time}` });
    const rows = await series.occurrences();
    expect(rows.map((row) => [row.added, row.localStart?.slice(0, 10)])).toEqual([
      [false, `${year}-01-12`],
      [true, `${year}-01-13`],
      [false, `${year}-01-19`],
      [false, `${year}-01-26`],
    ]);
    // Nothing lay before, so it is the same series.
    expect(await series.read()).toMatchObject({ splitFrom: null });
  });

  it('A108 moves a whole series by one period, each into the time of the next: all or nothing', async () => {
    const series = await made();
    const rows = await series.occurrences();
    const time = rows[0]?.localStart?.slice(11, 16);
    await series.change('move', { scope: 'all_future', localStart: `${year}-01-18T${time}` });
    const shifted = await series.occurrences();
    expect(shifted.map((row) => row.sessionId)).toEqual(rows.map((row) => row.sessionId));
    expect(shifted.map((row) => Date.parse(String(row.startsAt)))).toEqual(
      rows.map((row) => Date.parse(String(row.startsAt)) + WEEK_MS),
    );
    await book(new Date(`${year}-01-26T${time}:00+01:00`).toISOString());
    const blocked = await series.plan('move', { scope: 'all_future', localStart: `${year}-01-19T${time}` });
    expect(blocked.body.blockedBy).toEqual(['conflicts']);
    expect((await series.apply(blocked.body.id)).status).toBe(409);
    expect(await series.occurrences()).toEqual(shifted);
  });

  it('meet rival acts with one winner each: no fault, nothing lost', async () => {
    const series = await made({ rule: 'FREQ=WEEKLY;COUNT=20', horizonDays: 200 });
    const rows = await series.occurrences();
    const time = rows[0]?.localStart?.slice(11, 16);
    const plans = await Promise.all([
      series.plan('move', { localStart: `${year}-01-14T${time}` }),
      series.plan('pause', { until: `${year}-03-01T00:00:00Z` }),
      series.plan('skip', { scope: 'this', occurrences: [rows[4]?.originalStartsAt] }),
    ]);
    const [move] = plans;
    const answers = await Promise.all([
      ...plans.flatMap(({ body }) => [series.apply(body.id), series.apply(body.id)]),
      ...rows.slice(0, 6).map((row) => client.http.post(`/v1/sessions/${row.sessionId}/cancel`)),
      ...move.body.occurrences.slice(6, 9).map(({ after }) =>
        client.http.post('/v1/sessions', {
          offeringId: free.id,
          startsAt: after?.startsAt,
          funding: 'free',
          acceptedPolicyId: free.policyId,
        }),
      ),
    ]);
    expect(answers.filter(({ status }) => ![200, 201, 409].includes(status))).toEqual([]);
    const won = answers.slice(0, 6).filter(({ status }) => status === 200);
    expect(won.length).toBeLessThanOrEqual(3);
  });

  it('A114 cancels the entire series, past included: each past session needs its own choice', async () => {
    const series = await made();
    const rows = await series.occurrences();
    await app.advanceTo(new Date(Date.parse(String(rows[1]?.startsAt)) + 3 * 3_600_000));
    const plan = await series.plan('cancel', { scope: 'all_including_past' });
    expect(plan.body.blockedBy).toEqual(['past_unconfirmed']);
    expect(plan.body.occurrences.map(({ action }) => action)).toEqual([
      'void',
      'void',
      'cancel',
      'cancel',
      'cancel',
      'cancel',
    ]);
    expect((await series.apply(plan.body.id)).body).toMatchObject({ code: 'series.past_unconfirmed' });
    const past = plan.body.occurrences
      .filter(({ action }) => action === 'void')
      .map(({ sessionId }, index) => ({ sessionId, refund: index === 0 ? 'full' : 'none' }));
    const confirmed = await series.change('cancel', { scope: 'all_including_past', past });
    expect(confirmed.occurrences.map(({ refund }) => refund?.choice)).toEqual([
      'full',
      'none',
      'full',
      'full',
      'full',
      'full',
    ]);
    for (const row of rows)
      expect(await world.read(coach, String(row.sessionId))).toMatchObject({ status: 'cancelled' });
    expect(await series.read()).toMatchObject({ state: 'cancelled' });
    year += 1;
  });
});

interface SideEffects {
  id: string;
  status: string;
  outcome: string | null;
  startsAt: Date;
  /** Everything that hangs on the session: its row, claim, history and events. */
  facts: string;
}

function sideEffects(app: TestApp, seriesId: string): Promise<SideEffects[]> {
  return app.database.many(sql<SideEffects>`
    select s.id, s.status, s.outcome, s.starts_at as "startsAt", jsonb_build_array(to_jsonb(s),
        (select jsonb_agg(to_jsonb(k)) from calendar_claims k where k.coach_id = s.coach_id and k.session_id = s.id),
        (select jsonb_agg(to_jsonb(t) order by t.seq) from session_timeline t where t.coach_id = s.coach_id and t.session_id = s.id),
        (select jsonb_agg(m.id order by m.id) from outbox_messages m where m.coach_id = s.coach_id and m.payload ->> 'sessionId' = s.id::text))::text as facts
    from sessions s join series r on r.coach_id = s.coach_id and r.id = s.series_id
    where r.calendar_uid = ${seriesId} order by s.starts_at`);
}

async function uuidOf(app: TestApp, row: OccurrenceBody | undefined): Promise<string> {
  const { id } = await app.database.one(sql<{ id: string }>`
    select id from sessions where original_starts_at = ${row?.originalStartsAt}::timestamptz and outcome = 'by_coach'`);
  return id;
}
