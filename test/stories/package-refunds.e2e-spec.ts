import { cancel, quote as cancellationQuote } from '../support/cancelling';
import { mark, noShowQuote } from '../support/no-shows';
import { paidSeries } from '../support/paid-series';
import { PackageSale, type EntitlementAnswer, type Money } from '../support/packages';
import { TestApp } from '../support/test-app';
import { World, type SessionSummary } from '../support/world';

interface QuoteAnswer {
  id: string;
  choice: string;
  credits: number;
  refund: Money;
  estimatedFeeReturned: Money;
}

let app: TestApp;
let world: World;
let sale: PackageSale;
let entitlement: EntitlementAnswer;

beforeAll(async () => {
  app = await TestApp.start({ now: '2027-06-01T08:00:00Z' });
  world = new World(app);
});
beforeEach(async () => {
  sale = await PackageSale.make(world);
  entitlement = await sale.bought();
});
afterEach(async () => expect(await app.brokenInvariants()).toEqual([]));
afterAll(() => app.stop());

const path = (): string => `/v1/entitlements/${entitlement.id}`;
const reason = 'The client moves abroad.';

async function quoted(wish: Record<string, unknown> = {}): Promise<QuoteAnswer> {
  const answer = await sale.coach.http.post<QuoteAnswer>(`${path()}/refund-quotes`, wish);
  expect(answer.status).toBe(201);
  return answer.body;
}

/** Paid by a credit, so many days ahead. */
function booked(day: number): Promise<SessionSummary> {
  const startsAt = new Date(app.sandbox.now().getTime() + day * 86_400_000);
  startsAt.setUTCHours(8, 0, 0, 0);
  return world.book(sale.client, sale.offering, startsAt.toISOString(), { funding: 'package' });
}

describe('a coach refunds a package', () => {
  it('by the quote: the share of what remains goes back through Stripe, once, and the package is closed', async () => {
    await sale.coach.http.post(`${path()}/adjust`, { credits: -1, reason: 'A session by phone' });
    const quote = await quoted();
    expect(quote).toMatchObject({
      choice: 'remaining',
      credits: 4,
      refund: { amount: 32_000, currency: 'EUR' },
    });
    const key = { 'idempotency-key': 'refund-once' };
    const body = { quoteId: quote.id, reason };
    for (let time = 0; time < 2; time += 1) {
      const answer = await sale.coach.http.post<EntitlementAnswer>(`${path()}/refund`, body, key);
      expect(answer).toMatchObject({
        status: 200,
        body: { status: 'refunded', total: 4, remaining: 0, refunded: 4, expired: 0 },
      });
    }
    await app.drain();
    const told = app.sandbox.mailbox.to(sale.client.email).map(({ subject }) => subject);
    expect(told.filter((subject) => subject.startsWith('Refund'))).toEqual([
      expect.stringMatching(/^Refund started: .*320\.00/),
      expect.stringMatching(/^Refund made: .*320\.00/),
    ]);
    expect(await sale.read(sale.client, entitlement.id)).toMatchObject({
      payment: { status: 'partially_refunded', refunded: { amount: 32_000, currency: 'EUR' } },
    });
    const refunds = await sale.coach.http.get('/v1/refunds');
    expect(refunds.body).toMatchObject({
      data: [
        { amount: { amount: 32_000 }, status: 'succeeded', reason: 'entitlement_refunded', note: reason },
      ],
    });
    expect(await sale.coach.http.post(`${path()}/refund`, body)).toMatchObject({
      status: 409,
      body: { code: 'entitlements.not_open', entitlementStatus: 'refunded' },
    });
  });

  it('a session of it that the coach misses gives its share back, as the quote for that says', async () => {
    const session = await booked(10);
    await sale.coach.http.post(`${path()}/refund`, { quoteId: (await quoted()).id, reason });
    await app.advanceTo(new Date(Date.parse(session.startsAt) + 20 * 60_000));
    const { body: quote } = await noShowQuote(sale.coach, session, 'coach');
    expect(quote).toMatchObject({
      refund: { amount: 8_000 },
      estimatedFeeReturned: { amount: 800 },
      kept: { amount: 0 },
      credit: 'paid_back',
      messages: [{ kind: 'no_show_marked' }, { kind: 'refund_started' }],
    });
    expect((await mark(sale.coach, session, { quoteId: quote.id })).status).toBe(200);
    await app.drain();
    const refunds = await sale.coach.http.get<{ data: { amount: Money }[] }>('/v1/refunds');
    expect(refunds.body.data.map(({ amount }) => amount.amount)).toEqual([8_000, 32_000]);
    const story = await sale.coach.http.get(`/v1/sessions/${session.id}/no-show`);
    expect(story.body).toMatchObject({ markings: [{ refund: { amount: 8_000 } }] });
    const told = app.sandbox.mailbox
      .to(sale.client.email)
      .find(({ subject }) => subject.startsWith('Missed'));
    expect(told?.text).toContain('€80.00 goes back to the card you paid with');
  });

  it('a series of it that is called off gives its shares back, as its plan says', async () => {
    const series = await paidSeries(sale, { localStart: '2027-06-14T10:00', rule: 'FREQ=DAILY;COUNT=3' });
    await sale.coach.http.post(`${path()}/refund`, { quoteId: (await quoted()).id, reason });
    await app.drain();
    // All but 150.00 of what is left for three shares of 80.00.
    const goodwill = { amount: { amount: 9_000, currency: 'EUR' } };
    await sale.coach.http.post(`/v1/payments/${entitlement.payment.id}/refunds`, goodwill);
    await app.drain();
    const plan = await series.plan('cancel', { scope: 'all_future' });
    expect(plan.body).toMatchObject({
      money: { refund: { amount: 15_000 } },
      credits: { returned: 0, paidBack: 3, text: '3 credits paid back in money' },
      occurrences: [8_000, 7_000, 0].map((amount) => ({
        refund: { choice: 'full', amount },
        credit: { outcome: 'paid_back' },
      })),
    });
    expect((await series.apply(plan.body.id)).status).toBe(200);
    await app.drain();
    const refunds = await sale.coach.http.get<{ data: { amount: Money }[] }>('/v1/refunds');
    expect(refunds.body.data.map(({ amount }) => amount.amount)).toEqual([7_000, 8_000, 9_000, 16_000]);
  });

  it('what was booked stays; cancelling it later gives its share back, as the quote for that says', async () => {
    const [first, second] = [await booked(10), await booked(11)];
    const before = await cancellationQuote(sale.client, first);
    expect(before.body).toMatchObject({ credit: 'returned', refund: { amount: 0 } });
    await sale.coach.http.post(`${path()}/refund`, { quoteId: (await quoted()).id, reason });
    await app.drain();

    // It would give a credit of a package that is no more.
    const late = await cancel(sale.client, first, { quoteId: before.body.id });
    const share = { amount: 8_000, currency: 'EUR' };
    const fresh = { refund: share, estimatedFeeReturned: { amount: 800, currency: 'EUR' } };
    expect(late).toMatchObject({ status: 409, body: { code: 'quotes.stale', quote: fresh } });
    const { id: quoteId } = late.body['quote'] as { id: string };
    expect((await cancel(sale.client, first, { quoteId })).status).toBe(200);
    const kept = await cancellationQuote(sale.coach, second, { refund: 'none' });
    expect(kept.body).toMatchObject({ credit: 'used', refund: { amount: 0 } });
    expect((await cancel(sale.coach, second, { quoteId: kept.body.id })).status).toBe(200);
    await app.drain();
    const refunds = await sale.coach.http.get<{ data: { amount: Money }[] }>('/v1/refunds');
    expect(refunds.body.data.map(({ amount }) => amount.amount)).toEqual([8_000, 24_000]);
    const mails = app.sandbox.mailbox
      .to(sale.client.email)
      .filter(({ subject }) => subject.startsWith('Cancelled'));
    expect(mails[0]?.text).toContain('€80.00 goes back to the card you paid with');
    expect(mails[1]?.text).toContain('It uses up one session of your package.');
  });

  it('gets a fresh quote when credits were given or taken since', async () => {
    const old = await quoted({ refund: 'full' });
    await sale.coach.http.post(`${path()}/adjust`, { credits: 1, reason: 'A gift' });
    const stale = await sale.coach.http.post<{ code: string; quote: QuoteAnswer }>(`${path()}/refund`, {
      quoteId: old.id,
      reason,
    });
    expect(stale).toMatchObject({
      status: 409,
      body: {
        code: 'quotes.stale',
        quote: { choice: 'full', credits: 6, refund: { amount: 40_000, currency: 'EUR' } },
      },
    });
    expect(
      await sale.coach.http.post(`${path()}/refund`, { quoteId: stale.body.quote.id, reason }),
    ).toMatchObject({ status: 200, body: { status: 'refunded' } });
  });

  it.each([
    [{ refund: 'partial', amountMinor: 40_001 }],
    [{ refund: 'partial' }],
    [{ refund: 'full', amountMinor: 100 }],
  ])('%j is refused with what could be refunded', async (wish) => {
    expect(await sale.coach.http.post(`${path()}/refund-quotes`, wish)).toMatchObject({
      status: 422,
      body: { code: 'refunds.out_of_range', refundableMinor: 40_000 },
    });
  });

  it('is the coach’s act alone, by a quote of their own', async () => {
    const { id: quoteId } = await quoted();
    const stranger = await world.coach();
    expect(await sale.client.http.post(`${path()}/refund-quotes`, {})).toMatchObject({ status: 403 });
    expect(await stranger.http.post(`${path()}/refund-quotes`, {})).toMatchObject({ status: 404 });
    expect(await stranger.http.post(`${path()}/refund`, { quoteId, reason })).toMatchObject({
      status: 404,
    });
    expect(
      await sale.coach.http.post(`${path()}/refund`, {
        quoteId: 'quo_01kaxbt6r8e9tbm3v0c1d2e3f4',
        reason,
      }),
    ).toMatchObject({ status: 404, body: { code: 'quotes.not_found' } });
    expect(await sale.read(sale.client, entitlement.id)).toMatchObject({ status: 'active', remaining: 5 });
  });
});
