import { creditsOf, paidSeries, paymentsOf, previewOf, sessionsOf } from '../support/paid-series';
import { PackageSale, type EntitlementAnswer } from '../support/packages';
import type { SeriesUnderTest } from '../support/series';
import { addLocalDays, localDateOf, weekdayOf } from '@app/common';
import { TestApp } from '../support/test-app';
import { World } from '../support/world';

const covered = (count: number): string[] => Array.from({ length: count }, () => 'covered_by_package');

/** "Paid per occurrence: by credit" (domain.md 10, 11). */
describe('a series that credits pay', () => {
  let app: TestApp;
  let world: World;
  let sale: PackageSale;
  let five: EntitlementAnswer;
  /** The Monday on which series begin. */
  let monday: string;

  beforeAll(async () => {
    app = await TestApp.start({ now: '2027-06-01T08:00:00Z' });
    world = new World(app);
  }, 60_000);
  afterAll(() => app.stop());
  beforeEach(async () => {
    sale = await PackageSale.make(world);
    five = await sale.bought({ validityDays: 300 });
    app.sandbox.mailbox.clear();
    const soon = addLocalDays(localDateOf(app.sandbox.now(), 'Europe/Berlin'), 4);
    monday = addLocalDays(soon, 8 - weekdayOf(soon));
  });
  afterEach(async () => {
    await app.sweep();
    expect(await app.brokenInvariants()).toEqual([]);
  });

  /** Wall time in Berlin, so many days after the first session. */
  const at = (days: number, time: string): string => `${addLocalDays(monday, days)}T${time}`;
  const made = (wanted: Record<string, unknown> = {}): Promise<SeriesUnderTest> =>
    paidSeries(sale, { localStart: at(0, '10:00'), ...wanted });
  const preview = (wanted: Record<string, unknown> = {}): ReturnType<typeof previewOf> =>
    previewOf(sale, { localStart: at(0, '10:00'), ...wanted });
  const original = async (series: SeriesUnderTest, index: number): Promise<string> =>
    String((await series.occurrences())[index]?.originalStartsAt);
  const toldOfTheEnd = (): string[] =>
    [sale.coach, sale.client].flatMap(({ email }) =>
      app.sandbox.mailbox
        .to(email)
        .map(({ subject }) => subject)
        .filter((subject) => subject.startsWith('No credits left')),
    );

  it('of six on a package of five: the plan says which credit pays each, where they end, and one is unpaid; both are told once', async () => {
    const plan = await preview();
    expect(plan.status).toBe(201);
    expect(plan.body.occurrences.map(({ payment }) => [payment?.by, payment?.creditsLeft])).toEqual([
      ['credit', 4],
      ['credit', 3],
      ['credit', 2],
      ['credit', 1],
      ['credit', 0],
      ['unpaid', null],
    ]);
    expect(plan.body.occurrences[0]?.payment).toMatchObject({
      entitlementId: five.id,
      packageName: 'Five sessions',
      isNew: true,
    });
    expect(plan.body.credits).toMatchObject({ drawn: 5, endAt: 6, unpaid: 1 });
    expect(plan.body.credits?.text).toBe(
      '5 sessions paid by credits; credits end at occurrence 6; 1 session unpaid',
    );
    expect(plan.body.money.booked).toEqual({ amount: 9_000, currency: 'EUR' });
    expect(await creditsOf(sale, five)).toEqual({ reserved: 0, used: 0, remaining: 5 });

    const series = await made();
    expect(await paymentsOf(series)).toEqual([...covered(5), 'unpaid']);
    expect(await creditsOf(sale, five)).toEqual({ reserved: 5, used: 0, remaining: 0 });
    await app.drain();
    expect(toldOfTheEnd()).toHaveLength(2);
    expect(await series.read()).toMatchObject({ funding: 'package', creditsEndedAt: expect.any(String) });
    await series.change('add', { localStart: at(3, '10:00') });
    await app.drain();
    expect(await paymentsOf(series)).toEqual(['covered_by_package', 'unpaid', ...covered(4), 'unpaid']);
    expect(toldOfTheEnd()).toHaveLength(2);
  });

  it('A111 what is skipped gives its credit back in full, on short notice too; taken back it draws again', async () => {
    const series = await made({ rule: 'FREQ=WEEKLY;COUNT=4' });
    await app.advanceTo(`${at(0, '07:30')}:00Z`);
    const first = await original(series, 0);
    const skipped = await series.change('skip', { scope: 'this', occurrences: [first] });
    expect(skipped.occurrences[0]?.credit).toEqual({
      entitlementId: five.id,
      packageName: 'Five sessions',
      outcome: 'returned',
    });
    expect(skipped.credits?.text).toBe('1 credit returned');
    expect(await creditsOf(sale, five)).toEqual({ reserved: 3, used: 0, remaining: 2 });
    const back = await series.change('unskip', { scope: 'this', occurrences: [first] });
    expect(back.occurrences[0]?.payment).toMatchObject({ by: 'credit', isNew: true, creditsLeft: 1 });
    expect(await paymentsOf(series)).toEqual(covered(4));
    expect(await creditsOf(sale, five)).toEqual({ reserved: 4, used: 0, remaining: 1 });
    const kinds = (await sale.entries(five.id)).map(({ kind }) => kind);
    expect(kinds).toEqual(['grant', 'debit', 'debit', 'debit', 'debit', 'restore', 'debit']);
  });

  it('paused it gives all credits back, resumed it draws again as many as are left', async () => {
    const series = await made();
    const paused = await series.change('pause');
    expect(paused.credits).toMatchObject({ returned: 5, drawn: 0, endAt: null });
    expect(await creditsOf(sale, five)).toEqual({ reserved: 0, used: 0, remaining: 5 });
    await sale.coach.http.post(`/v1/entitlements/${five.id}/adjust`, {
      credits: -3,
      reason: 'Used elsewhere',
    });
    const resumed = await series.change('resume');
    expect(resumed.credits).toMatchObject({ drawn: 2, endAt: 3, unpaid: 4 });
    expect(await paymentsOf(series)).toEqual([...covered(2), ...Array.from({ length: 4 }, () => 'unpaid')]);
  });

  it('A113 cancelled from one on: the choice decides, and by the policy the notice does; what lies before keeps its credit', async () => {
    const series = await made({ rule: 'FREQ=WEEKLY;COUNT=5' });
    const third = await original(series, 2);
    await app.advanceTo(new Date(Date.parse(third) - 3_600_000));
    const wanted = { scope: 'this_and_following', occurrences: [third] };
    const outcomes = (plan: { occurrences: { credit: { outcome: string } | null }[] }): unknown[] =>
      plan.occurrences.map(({ credit }) => credit?.outcome);
    const full = await series.plan('cancel', wanted);
    expect(outcomes(full.body)).toEqual(['returned', 'returned', 'returned']);
    const none = await series.plan('cancel', { ...wanted, refund: 'none' });
    expect(outcomes(none.body)).toEqual(['used', 'used', 'used']);
    const plan = await series.plan('cancel', { ...wanted, refund: 'policy' });
    expect(outcomes(plan.body)).toEqual(['used', 'returned', 'returned']);
    expect(plan.body.credits).toMatchObject({ returned: 2, used: 1 });
    expect((await series.apply(plan.body.id)).status).toBe(200);
    expect(await creditsOf(sale, five)).toEqual({ reserved: 0, used: 3, remaining: 2 });
    expect((await sessionsOf(series)).map(({ status }) => status)).toEqual([
      'completed',
      'completed',
      'cancelled',
      'cancelled',
      'cancelled',
    ]);
  });

  it('a client who cancels one by itself gets its credit by the policy', async () => {
    const series = await made({ rule: 'FREQ=WEEKLY;COUNT=2' });
    const [soon, later] = await sessionsOf(series);
    await app.advanceTo(`${at(0, '07:00')}:00Z`);
    for (const session of [soon, later])
      expect((await sale.client.http.post(`/v1/sessions/${session?.id}/cancel`)).status).toBe(200);
    expect(await creditsOf(sale, five)).toEqual({ reserved: 0, used: 1, remaining: 4 });
  });

  it('split, it keeps the credits of what was booked, and both go on drawing', async () => {
    const series = await made({ rule: 'FREQ=WEEKLY;COUNT=4' });
    const third = await original(series, 2);
    const moved = await series.change('move', {
      scope: 'this_and_following',
      occurrences: [third],
      localStart: at(15, '15:00'),
    });
    expect(moved.credits).toBeNull();
    expect(moved.occurrences.map(({ payment }) => payment)).toMatchObject([
      { by: 'credit', isNew: false },
      { by: 'credit', isNew: false },
    ]);
    expect(await paymentsOf(series)).toEqual(covered(2));
    expect(await creditsOf(sale, five)).toEqual({ reserved: 4, used: 0, remaining: 1 });
    await series.change('add', { localStart: at(24, '09:00') });
    expect(await creditsOf(sale, five)).toEqual({ reserved: 5, used: 0, remaining: 0 });
    expect(await series.read()).toMatchObject({ funding: 'package', splitFrom: expect.any(String) });
  });

  it('A114 cancelled whole, past included: each that took place by its choice, its credit listed', async () => {
    const series = await made({ rule: 'FREQ=WEEKLY;COUNT=4' });
    await app.advanceTo(`${at(8, '12:00')}:00Z`);
    const [first, second] = await sessionsOf(series);
    const past = [
      { sessionId: first?.id, refund: 'full' },
      { sessionId: second?.id, refund: 'none' },
    ];
    const plan = await series.change('cancel', { scope: 'all_including_past', past });
    expect(plan.occurrences.map(({ credit }) => credit?.outcome)).toEqual([
      'returned',
      'used',
      'returned',
      'returned',
    ]);
    expect(await creditsOf(sale, five)).toEqual({ reserved: 0, used: 1, remaining: 4 });
  });

  it('A115 its sessions are recurring and carry the badge of their package; both filters find them', async () => {
    await made({ rule: 'FREQ=WEEKLY;COUNT=1' });
    const shown = {
      type: 'recurring',
      badges: expect.arrayContaining(['package_session']),
      entitlementId: five.id,
    };
    for (const query of ['type=recurring', 'type=package', `entitlementId=${five.id}`]) {
      const { body } = await sale.coach.http.get<{ data: { id: string }[] }>(`/v1/sessions?${query}`);
      expect(body.data).toMatchObject([shown]);
      const detail = await sale.client.http.get(`/v1/sessions/${body.data[0]?.id}`);
      expect(detail.body).toMatchObject({ ...shown, entitlement: { id: five.id, remaining: 4 } });
    }
  });

  it('draws from what expires first and reaches the start, or from the one that is named', async () => {
    const usedBy = await sale.bought({ name: 'Soon', validityDays: 20, expiryMeaning: 'useBy' });
    const plan = await preview();
    expect(plan.body.occurrences.map(({ payment }) => payment?.packageName)).toEqual([
      'Soon',
      'Soon',
      'Soon',
      'Five sessions',
      'Five sessions',
      'Five sessions',
    ]);
    const named = await preview({ entitlementId: usedBy.id });
    expect(named.body.credits).toMatchObject({ drawn: 3, endAt: 4, unpaid: 3 });
    const series = await made({ entitlementId: usedBy.id });
    expect(await creditsOf(sale, usedBy)).toEqual({ reserved: 3, used: 0, remaining: 2 });
    // Moved beyond its last day, a session of this package needs another credit, and there is none.
    const later = await series.change('move', { scope: 'all_future', localStart: at(23, '10:00') });
    expect(later.credits).toMatchObject({ returned: 3, drawn: 0 });
    expect(await creditsOf(sale, usedBy)).toEqual({ reserved: 0, used: 0, remaining: 5 });
  });

  it('a plan whose credits were drawn meanwhile is answered with a fresh one', async () => {
    const plan = await preview();
    await sale.client.http.post('/v1/sessions', {
      offeringId: sale.offering.id,
      startsAt: `${at(2, '08:00')}:00Z`,
      funding: 'package',
      acceptedPolicyId: sale.offering.policyId,
    });
    const stale = await sale.coach.http.post<{ plan: { credits: unknown } }>('/v1/series', {
      planId: plan.body.id,
    });
    expect(stale).toMatchObject({ status: 409, body: { code: 'series.plan_stale' } });
    expect(stale.body.plan.credits).toMatchObject({ drawn: 4, endAt: 5, unpaid: 2 });
    expect(await creditsOf(sale, five)).toEqual({ reserved: 1, used: 0, remaining: 4 });
  });

  it('asked to be paid by credits again, it draws those that were bought since', async () => {
    const series = await made();
    const more = await sale.bought({ name: 'Two more', sessionCount: 2 });
    const plan = await series.change('edit', { funding: 'package' });
    expect(plan.credits).toMatchObject({ drawn: 1, endAt: null });
    expect(await paymentsOf(series)).toEqual(covered(6));
    expect(await creditsOf(sale, more)).toEqual({ reserved: 1, used: 0, remaining: 1 });
    expect(await series.read()).toMatchObject({ creditsEndedAt: null });
  });

  it('a quote made before a credit paid the session is not carried out after it: the credit would be lost', async () => {
    const series = await made();
    const last = `/v1/sessions/${(await sessionsOf(series)).at(-1)?.id}`;
    const quote = await sale.client.http.post<{ id: string; credit: string | null }>(
      `${last}/cancellation-quotes`,
      {},
    );
    expect(quote.body).toMatchObject({ credit: null });
    const more = await sale.bought({ validityDays: 300 });
    await series.change('edit', { funding: 'package' });
    expect(await creditsOf(sale, more)).toEqual({ reserved: 1, used: 0, remaining: 4 });
    const cancel = (quoteId: string) =>
      sale.client.http.post<{ quote: { id: string } }>(`${last}/cancel`, { quoteId });
    const late = await cancel(quote.body.id);
    expect(late).toMatchObject({
      status: 409,
      body: { code: 'quotes.stale', quote: { credit: 'returned' } },
    });
    expect((await cancel(late.body.quote.id)).status).toBe(200);
    expect(await creditsOf(sale, more)).toEqual({ reserved: 0, used: 0, remaining: 5 });
  });

  it('is refused where its offering takes no credits, with a foreign package, or one for other sessions', async () => {
    const cardOnly = await world.offering(sale.coach);
    expect(await preview({ offeringId: cardOnly.id })).toMatchObject({
      status: 422,
      body: { code: 'series.funding_unavailable', available: [] },
    });
    const other = await world.client(sale.coach, { displayName: 'Sam Second' });
    const foreign = { clientId: other.clientId, entitlementId: five.id };
    expect(await preview(foreign)).toMatchObject({
      status: 404,
      body: { code: 'entitlements.not_found' },
    });
    const elsewhere = await world.offering(sale.coach, { fundingOptions: ['card', 'package'] });
    expect(await preview({ offeringId: elsewhere.id, entitlementId: five.id })).toMatchObject({
      status: 422,
      body: { code: 'series.request' },
    });
    for (const stray of [{ funding: 'card' }, { fallback: 'saved_card' }, { chargeHoursBefore: 5 }])
      expect((await preview(stray)).status).toBe(422);
  });
});
