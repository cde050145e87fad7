import { parsePublicId } from '@app/common';
import { sql } from '@app/database';
import { SeriesMaterialisation } from '@app/sessions';
import { setNow } from '../support/business-clock';
import { tablesWith } from '../support/database-contents';
import { SeriesUnderTest, type OccurrenceBody } from '../support/series';
import { TestApp } from '../support/test-app';
import { World, type ClientWorld, type CoachWorld } from '../support/world';

const LINK = /\/v1\/series-confirmations\/([\w-]{24})/;
const DEAD_END = { status: 404, body: { code: 'sessions.confirmation_link_not_found' } };
const DAY_MS = 86_400_000;
const SECOND_MS = 1_000;

interface Confirmation {
  seriesId: string;
  terms: { policyId: string; text: string; acceptedAt: string | null };
  [field: string]: unknown;
}

let app: TestApp;
let world: World;
let coach: CoachWorld;
let client: ClientWorld;
let free: { id: string; policyId: string };

beforeAll(async () => {
  app = await TestApp.start({ now: '2027-01-04T08:00:00Z' });
  world = new World(app);
}, 60_000);
beforeEach(async () => {
  coach = await world.coach();
  client = await world.client(coach);
  free = await world.offering(coach, { priceMinor: 0 });
});
afterEach(async () => {
  await app.sweep();
  expect(await app.brokenInvariants()).toEqual([]);
});
afterAll(() => app.stop());

/** Weekly, some weeks from now, at 18:00 in Berlin. */
async function made(wanted: Record<string, unknown> = {}): Promise<SeriesUnderTest> {
  const { now } = await app.database.one(sql<{ now: Date }>`select app_now() as now`);
  const begin = new Date(now.getTime() + 21 * DAY_MS).toISOString().slice(0, 10);
  const series = await SeriesUnderTest.make(coach, client, free.id, {
    localStart: `${begin}T18:00`,
    ...wanted,
  });
  await app.drain();
  return series;
}

describe('the terms of a series that a coach made', () => {
  const show = (token: string) => app.http().get<Confirmation>(`/v1/series-confirmations/${token}`);
  const confirm = (token: string, acceptedPolicyId: string) =>
    app.http().post<Confirmation>(`/v1/series-confirmations/${token}`, { acceptedPolicyId });
  const tokens = (): string[] =>
    app.sandbox.mailbox.to(client.email).flatMap(({ text }) => LINK.exec(text)?.[1] ?? []);
  /** When the terms of each session were accepted; the policy that each has. */
  const acceptedOf = (seriesId: string) =>
    app.database.many(sql<{ at: Date | null; told: number }>`
      select s.policy_accepted_at as at, (select count(*)::int from session_timeline t
        where t.coach_id = s.coach_id and t.session_id = s.id and t.kind = 'terms_accepted') as told
      from sessions s where s.series_id = ${parsePublicId('series', seriesId)}::uuid order by s.original_starts_at`);
  const isAccepted = async (seriesId: string): Promise<boolean[]> =>
    (await acceptedOf(seriesId)).map(({ at }) => at !== null);

  it('A89 are asked for once, by the link in the digest, and cover all its sessions', async () => {
    const series = await made();
    expect(await isAccepted(series.id)).toEqual(Array(6).fill(false));
    expect(app.sandbox.mailbox.to(coach.email).filter(({ text }) => LINK.test(text))).toEqual([]);
    const [token = '', ...more] = tokens();
    expect(more).toEqual([]);
    const shown = await show(token);
    expect(shown.body).toMatchObject({
      seriesId: series.id,
      coachName: 'Carla Coach',
      price: { amount: 0, currency: 'EUR' },
      terms: { policyId: free.policyId, acceptedAt: null },
    });
    expect(await isAccepted(series.id)).toEqual(Array(6).fill(false));
    const wrong = await confirm(token, (await world.offering(await world.coach())).policyId);
    expect(wrong).toMatchObject({
      status: 422,
      body: { code: 'policies.not_accepted', policyId: free.policyId },
    });
    const accepted = await confirm(token, free.policyId);
    expect(accepted.body.terms.acceptedAt).toEqual(expect.any(String));
    expect((await confirm(token, free.policyId)).body).toEqual(accepted.body);
    expect((await acceptedOf(series.id)).map(({ at, told }) => [at?.toISOString(), told])).toEqual(
      Array.from({ length: 6 }, () => [accepted.body.terms.acceptedAt, 1]),
    );
    const [first] = await series.occurrences();
    const read = await world.read(client, String(first?.sessionId));
    expect(read).toMatchObject({ termsAcceptedAt: accepted.body.terms.acceptedAt });
    expect(read.allowedActions).not.toContain('accept_terms');
  });

  it('A89 are accepted in the app by the client alone, and hold for sessions that are made later', async () => {
    const series = await made({ rule: 'FREQ=WEEKLY', horizonDays: 35 });
    const path = `/v1/series/${series.id}/accept-terms`;
    const body = { acceptedPolicyId: free.policyId };
    const stranger = await world.client(coach, { displayName: 'Sam Stranger' });
    expect((await stranger.http.post(path, body)).status).toBe(404);
    expect((await coach.http.post(path, body)).status).toBe(403);
    expect((await app.http().post(path, body)).status).toBe(401);
    expect((await client.http.post(path, body, { 'if-match': '"99"' })).status).toBe(412);
    const rows = await series.occurrences();
    await series.change('skip', { scope: 'this', occurrences: [rows[0]?.originalStartsAt] });
    expect(await client.http.post(path, body)).toMatchObject({
      status: 200,
      body: { termsAcceptedAt: expect.any(String) as string },
    });
    await series.change('unskip', { scope: 'this', occurrences: [rows[0]?.originalStartsAt] });
    await series.change('add', { localStart: `${String(rows[1]?.localStart).slice(0, 10)}T08:00` });
    await app.advance(8 * 86_400);
    const accepted = await isAccepted(series.id);
    expect(accepted.length).toBeGreaterThan(rows.length + 1);
    expect(accepted).toEqual(accepted.map(() => true));
    await series.change('cancel');
  });

  it('A89 go along where the series is split, and are asked for anew when an edit brings others', async () => {
    const series = await made();
    const [token = ''] = tokens();
    await confirm(token, free.policyId);
    const rows = await series.occurrences();
    const following = { scope: 'this_and_following', occurrences: [rows[2]?.originalStartsAt] };
    const whole = series.id;
    await series.change('edit', { ...following, durationMinutes: 45 });
    await app.drain();
    expect(await isAccepted(series.id)).toEqual(Array(4).fill(true));
    expect(tokens()).toHaveLength(1);
    const stricter = await coach.http.post<{ id: string }>('/v1/policies', {
      name: 'Stricter',
      rules: {
        tiers: [{ noticeHours: 240, refundPercent: 100 }],
        freeRescheduleHours: 240,
        noShowChargePercent: 100,
        returnCreditOnLateCancel: false,
      },
      replacesPolicyId: free.policyId,
    });
    expect(stricter.status).toBe(201);
    await series.change('edit', {
      scope: 'this_and_following',
      occurrences: [rows[4]?.originalStartsAt],
      offeringId: free.id,
    });
    await app.drain();
    expect(await series.read()).toMatchObject({ policyId: stricter.body.id, termsAcceptedAt: null });
    expect(await isAccepted(series.id)).toEqual([false, false]);
    expect(await isAccepted(whole)).toEqual([true, true]);
    const asked = tokens();
    expect(asked).toHaveLength(2);
    expect(await confirm(asked.at(-1) ?? '', free.policyId)).toMatchObject({ status: 422 });
    expect(await confirm(asked.at(-1) ?? '', stricter.body.id)).toMatchObject({ status: 200 });
    expect(await isAccepted(series.id)).toEqual([true, true]);
  });

  it('A89 are asked for again where a series is split before they were accepted', async () => {
    const series = await made();
    const rows = await series.occurrences();
    await series.change('move', {
      scope: 'this_and_following',
      occurrences: [rows[2]?.originalStartsAt],
      localStart: `${String(rows[2]?.localStart).slice(0, 10)}T19:00`,
    });
    await app.drain();
    const asked = tokens();
    expect(asked).toHaveLength(2);
    expect((await confirm(asked.at(-1) ?? '', free.policyId)).status).toBe(200);
    expect(await isAccepted(series.id)).toEqual(Array(4).fill(true));
  });

  it('A89 are accepted once by rivals, while the series is split, changed and extended', async () => {
    const series = await made({ rule: 'FREQ=WEEKLY', horizonDays: 35 });
    const rows = await series.occurrences();
    const [token = ''] = tokens();
    const plan = await series.plan('edit', {
      scope: 'this_and_following',
      occurrences: [rows[1]?.originalStartsAt],
      durationMinutes: 45,
    });
    await app.sandbox.advanceClock(8 * 86_400);
    const fresh = await series.plan('edit', { scope: 'all_future', durationMinutes: 45 });
    const body = { acceptedPolicyId: free.policyId };
    const answers = await Promise.all([
      client.http.post(`/v1/series/${series.id}/accept-terms`, body),
      confirm(token, free.policyId),
      client.http.post(`/v1/sessions/${rows[0]?.sessionId}/accept-terms`, body),
      series.apply(fresh.body.id),
      series.apply(plan.body.id),
      app.worker
        .get(SeriesMaterialisation)
        .extendDue(10)
        .then(() => ({ status: 200 })),
    ]);
    expect(answers.filter(({ status }) => status !== 200 && status !== 409)).toEqual([]);
    expect(await app.brokenInvariants()).toEqual([]);
    const told = await acceptedOf(series.id);
    expect(told.every(({ told: entries }) => entries <= 1)).toBe(true);
    expect(told.every(({ at }) => at !== null)).toBe(true);
  });

  it('A89 A176 a link that never was, or whose series is over, has one answer; its token is not kept', async () => {
    const series = await made();
    const [token = ''] = tokens();
    for (const other of ['x'.repeat(24), `${token}a`]) expect(await show(other)).toMatchObject(DEAD_END);
    expect((await app.http().get(`/v1/booking-confirmations/${token}`)).status).toBe(404);
    expect(await tablesWith(app.database, token)).toEqual([]);
    await series.change('cancel');
    expect(await show(token)).toMatchObject(DEAD_END);
    expect(await confirm(token, free.policyId)).toMatchObject(DEAD_END);
    const inTheApp = await client.http.post(`/v1/series/${series.id}/accept-terms`, {
      acceptedPolicyId: free.policyId,
    });
    expect(inTheApp).toMatchObject({ status: 409, body: { code: 'series.act_not_possible' } });
  });
});

describe('what the coach moves in a series', () => {
  const quote = (session: string) => client.http.post(`/v1/sessions/${session}/cancellation-quotes`, {});
  const nowMs = async (): Promise<number> =>
    (await app.database.one(sql<{ now: Date }>`select app_now() as now`)).now.getTime();
  const freeUntilOf = async (session: string): Promise<string | null> =>
    ((await world.read(client, session))['policy'] as { freeCancellationUntil: string | null })
      .freeCancellationUntil;

  /** Moves one so that seven days after the notice lie within the last day before its start. */
  async function movedOne(): Promise<{ series: SeriesUnderTest; row: OccurrenceBody; session: string }> {
    const series = await made();
    const [row] = await series.occurrences();
    if (row === undefined) throw new Error('The series has no session.');
    const day = new Date((await nowMs()) + 7 * DAY_MS + 12 * 3_600_000).toISOString().slice(0, 16);
    await series.change('move', {
      scope: 'this',
      occurrences: [row.originalStartsAt],
      localStart: day,
      timezone: 'UTC',
    });
    await app.drain();
    return { series, row, session: String(row.sessionId) };
  }

  it('A107 may be cancelled freely by its client for seven days, to the second, and is said so by view and mail', async () => {
    const before = await nowMs();
    const { series, session } = await movedOne();
    const { until } = await app.database.one(sql<{ until: Date }>`
      select free_cancellation_until as until from sessions where id = ${parsePublicId('session', session)}::uuid`);
    expect(until.getTime() - before).toBeGreaterThan(7 * DAY_MS);
    expect(until.getTime() - before).toBeLessThan(7 * DAY_MS + 60 * SECOND_MS);
    expect(await freeUntilOf(session)).toBe(until.toISOString());
    const rows = await series.occurrences();
    expect(rows.map((row) => row['freeCancellationUntil' as keyof OccurrenceBody])).toEqual([
      until.toISOString(),
      ...Array<null>(5).fill(null),
    ]);
    const sentence = /cancel the session free of charge before it begins, until /;
    expect(app.sandbox.mailbox.to(client.email).at(-1)?.text).toMatch(sentence);
    expect(app.sandbox.mailbox.to(coach.email).at(-1)?.text).not.toMatch(sentence);
    await setNow(app, until.getTime() - SECOND_MS);
    const inTime = await quote(session);
    expect(inTime.body).toMatchObject({ outcome: 'in_time', refundPercent: 100 });
    expect(inTime.body['clause']).toMatch(/free of charge/);
    await setNow(app, until.getTime() + SECOND_MS);
    expect((await quote(session)).body).toMatchObject({ outcome: 'late' });
    const cancelled = await client.http.post(`/v1/sessions/${session}/cancel`, {
      quoteId: inTime.body['id'],
    });
    expect(cancelled.body).toMatchObject({ status: 'cancelled', cancellation: { outcome: 'in_time' } });
  });

  it('A107 also when it is moved by itself, with the same words in its mail; a single session is not', async () => {
    const series = await made();
    const [row] = await series.occurrences();
    const single = await world.book(
      client,
      free,
      `${new Date((await nowMs()) + 15 * DAY_MS).toISOString().slice(0, 10)}T10:00:00Z`,
      {
        funding: 'free',
      },
    );
    for (const id of [String(row?.sessionId), single.id]) {
      const { startsAt } = await world.read(coach, id);
      const moved = await coach.http.post(`/v1/sessions/${id}/reschedule`, {
        startsAt: new Date(Date.parse(startsAt) + 3 * 3_600_000).toISOString(),
        override: true,
      });
      expect(moved.status).toBe(200);
      await app.drain();
    }
    expect(await freeUntilOf(String(row?.sessionId))).toEqual(expect.any(String));
    expect(await freeUntilOf(single.id)).toBeNull();
    const moves = app.sandbox.mailbox
      .to(client.email)
      .filter(({ subject }) => subject.startsWith('New time'));
    expect(moves.map(({ text }) => /free of charge before it begins/.test(text))).toEqual([true, false]);
  });

  it('A107 but not what its client moves, nor what a longer session or a pause changes', async () => {
    const series = await made();
    const [first] = await series.occurrences();
    const id = String(first?.sessionId);
    const { startsAt } = await world.read(client, id);
    const moved = await client.http.post(`/v1/sessions/${id}/reschedule`, {
      startsAt: new Date(Date.parse(startsAt) + 3_600_000).toISOString(),
    });
    expect(moved.status).toBe(200);
    // Told by itself of the move; of what follows by the digests of the series.
    await app.drain();
    await series.change('edit', { durationMinutes: 90 });
    await app.drain();
    expect(await app.brokenInvariants()).toEqual([]);
    await series.change('pause');
    await series.change('resume');
    const rows = await series.occurrences();
    const moments = rows.map((row) => row['freeCancellationUntil' as keyof OccurrenceBody]);
    // What comes back from a pause stands where the rule has it: the coach takes back what the client had moved.
    expect(moments).toEqual([expect.any(String), ...Array<null>(5).fill(null)]);
  });
});
