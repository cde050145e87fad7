import { sql } from '@app/database';
import { heldOpen, untilWaiting } from '../support/interleaving';
import { creditsOf, paidSeries, sessionsOf } from '../support/paid-series';
import { PackageSale } from '../support/packages';
import { saveCard } from '../support/saved-cards';
import type { SeriesUnderTest } from '../support/series';
import { processStripeEvents } from '../support/stripe-news';
import { TestApp } from '../support/test-app';
import { World } from '../support/world';

const HALF_AN_HOUR_SECONDS = 1_800;

/** A bank that takes half an hour: the series changes while the charge of its first session is under way. */
describe('charges of a series that are under way', () => {
  let app: TestApp;
  let sale: PackageSale;
  let series: SeriesUnderTest;

  beforeAll(async () => {
    app = await TestApp.start({
      now: '2027-06-01T08:00:00Z',
      sandbox: { processingSeconds: HALF_AN_HOUR_SECONDS },
    });
  }, 60_000);
  afterAll(() => app.stop());
  beforeEach(async () => {
    sale = await PackageSale.make(new World(app), ['card', 'package', 'pay_later']);
    await saveCard(app, sale.client, sale.offering.policyId, 'pm_sandbox_processing');
    const startsAt = new Date(app.sandbox.now().getTime() + 5 * 86_400_000).toISOString();
    series = await paidSeries(sale, {
      localStart: `${startsAt.slice(0, 10)}T10:00`,
      rule: 'FREQ=WEEKLY;COUNT=2',
      funding: 'pay_later',
    });
    await sale.client.http.post(`/v1/series/${series.id}/accept-terms`, {
      acceptedPolicyId: sale.offering.policyId,
    });
    const [first] = await sessionsOf(series);
    await app.advanceTo(new Date(Date.parse(first?.startsAt ?? '') - 24 * 3_600_000 + 60_000));
    expect(await firstPayment()).toBe('processing');
  });
  afterEach(async () => {
    await app.sweep();
    expect(await app.brokenInvariants()).toEqual([]);
  });

  const firstPayment = async (): Promise<string | undefined> => (await sessionsOf(series))[0]?.paymentStatus;
  /** Until the bank has answered, and what follows from it is done. */
  const settled = async (): Promise<void> => {
    await app.advance(HALF_AN_HOUR_SECONDS + 60);
    await app.advance(2 * 3_600);
  };

  it('come back whole when the series was cancelled meanwhile', async () => {
    await series.change('cancel', { scope: 'all_future' });
    await settled();
    expect(await firstPayment()).toBe('refunded');
  });

  it('are seen when they arrive while the plan that cancels them is carried out', async () => {
    const plan = await series.plan('cancel', { scope: 'all_future' });
    await app.sandbox.advanceClock(60);
    const holder = await heldOpen(app.database, () =>
      app.database.execute(sql`select from payments where status = 'processing' for no key update`),
    );
    await app.sandbox.advanceClock(HALF_AN_HOUR_SECONDS);
    const news = processStripeEvents(app);
    await untilWaiting(app.database, 1);
    const applying = series.apply(plan.body.id);
    await untilWaiting(app.database, 2);
    await holder.commit();
    await news;
    expect(await applying).toMatchObject({ status: 409, body: { code: 'series.plan_stale' } });
    await series.change('cancel', { scope: 'all_future' });
    await settled();
    expect(await firstPayment()).toBe('refunded');
  });

  it('come back whole when the session was skipped meanwhile', async () => {
    const [row] = await series.occurrences();
    const wanted = { scope: 'this', occurrences: [row?.originalStartsAt] };
    await series.change('skip', wanted);
    await settled();
    expect(await firstPayment()).toBe('refunded');
  });

  it('stay where the session was skipped and taken back meanwhile, and come back with the series', async () => {
    const [row] = await series.occurrences();
    const wanted = { scope: 'this', occurrences: [row?.originalStartsAt] };
    await series.change('skip', wanted);
    await series.change('unskip', wanted);
    await settled();
    expect(await firstPayment()).toBe('paid');
    await series.change('cancel', { scope: 'all_future' });
    await app.drain();
    expect(await firstPayment()).toBe('refunded');
  });

  it('are at the price of their session, which an edit leaves as it is', async () => {
    const plan = await series.change('edit', { price: { amount: 12_000, currency: 'EUR' } });
    expect(plan.occurrences.map(({ after }) => after?.price.amount)).toEqual([9_000, 12_000]);
    await settled();
    expect(await firstPayment()).toBe('paid');
  });

  it('come back whole when a credit pays the session by now', async () => {
    const five = await sale.bought({ validityDays: 200 });
    await series.change('edit', { funding: 'package' });
    expect(await creditsOf(sale, five)).toEqual({ reserved: 2, used: 0, remaining: 3 });
    await settled();
    const [first] = await sessionsOf(series);
    expect(first).toMatchObject({ funding: 'package', paymentStatus: 'covered_by_package' });
    const payments = await sale.coach.http.get<{ data: { status: string }[] }>(
      `/v1/payments?sessionId=${first?.id}`,
    );
    expect(payments.body.data.map(({ status }) => status)).toEqual(['refunded']);

    // Cancelled after its package was refunded: its share goes back, and nothing more of the charge.
    const path = `/v1/entitlements/${five.id}`;
    const refund = await sale.coach.http.post<{ id: string }>(`${path}/refund-quotes`);
    await sale.coach.http.post(`${path}/refund`, { quoteId: refund.body.id, reason: 'Moves abroad' });
    const cancelled = await sale.coach.http.post(`/v1/sessions/${first?.id}/cancel`, { refund: 'full' });
    expect([cancelled.status, cancelled.body]).toEqual([200, cancelled.body]);
    await app.drain();
    const given = await sale.coach.http.get<{ data: { amount: { amount: number } }[] }>('/v1/refunds');
    expect(given.body.data.map(({ amount }) => amount.amount)).toEqual([8_000, 24_000, 9_000]);
  });
});
