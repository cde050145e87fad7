import { cancel, quote as cancellationQuote } from '../support/cancelling';
import { decide, dispute, type DisputeAnswer } from '../support/disputes';
import { PackageSale, type EntitlementAnswer, type Money } from '../support/packages';
import { previewOf } from '../support/paid-series';
import { TestApp } from '../support/test-app';
import { World, type SessionSummary } from '../support/world';

interface RefundQuote {
  id: string;
  refund: Money;
  refundWaitsForDispute: boolean;
}

/** The client's bank takes the price of a package back (docs/adr/0013). */
describe('a package whose payment is disputed', () => {
  let app: TestApp;
  let world: World;
  let sale: PackageSale;
  let five: EntitlementAnswer;
  let session: SessionSummary;
  let next = 10;

  beforeAll(async () => {
    app = await TestApp.start({ now: '2027-06-01T08:00:00Z' });
    world = new World(app);
  });
  beforeEach(async () => {
    sale = await PackageSale.make(world);
    five = await sale.bought();
    session = await world.book(sale.client, sale.offering, time(), { funding: 'package' });
  });
  afterEach(async () => {
    await app.drain();
    expect(await app.brokenInvariants()).toEqual([]);
  });
  afterAll(() => app.stop());

  function time(): string {
    next += 1;
    const startsAt = new Date(app.sandbox.now().getTime() + next * 86_400_000);
    startsAt.setUTCHours(8, 0, 0, 0);
    return startsAt.toISOString();
  }
  const disputed = (): Promise<string> => dispute(app, five as unknown as SessionSummary);
  const bookByCredit = () =>
    sale.client.http.post<{ code: string }>('/v1/sessions', {
      offeringId: sale.offering.id,
      startsAt: time(),
      funding: 'package',
      acceptedPolicyId: sale.offering.policyId,
    });
  const refundQuote = async (wish: Record<string, unknown> = {}): Promise<RefundQuote> => {
    const path = `/v1/entitlements/${five.id}/refund-quotes`;
    const answer = await sale.coach.http.post<RefundQuote>(path, wish);
    expect([answer.status, answer.body]).toEqual([201, answer.body]);
    return answer.body;
  };
  const refunded = async (quoteId: string): Promise<void> => {
    const body = { quoteId, reason: 'The client left.' };
    const answer = await sale.coach.http.post(`/v1/entitlements/${five.id}/refund`, body);
    expect([answer.status, answer.body]).toEqual([200, answer.body]);
    await app.drain();
  };
  const refunds = async (): Promise<{ status: string; amount: Money }[]> =>
    (await sale.coach.http.get<{ data: [] }>(`/v1/payments/${five.payment.id}/refunds`)).body.data;

  it('pays for nothing while the bank decides, and does again once the dispute is won', async () => {
    const stripeId = await disputed();
    expect(await sale.read(sale.client, five.id)).toMatchObject({
      status: 'active',
      remaining: 4,
      payment: { status: 'disputed' },
    });
    expect(await bookByCredit()).toMatchObject({
      status: 409,
      body: { code: 'entitlements.payment_disputed' },
    });
    const plan = await previewOf(sale, { localStart: '2027-06-07T18:00' });
    expect(plan.body.credits).toMatchObject({ drawn: 0, endAt: 1, unpaid: 6 });
    expect(await world.read(sale.client, session.id)).toMatchObject({ status: 'scheduled' });
    await decide(app, stripeId, 'win');
    expect((await bookByCredit()).status).toBe(201);
  });

  it('is refunded once the dispute is won, and the quote says that it waits', async () => {
    const before = await refundQuote();
    const stripeId = await disputed();
    const stale = await sale.coach.http.post<{ quote: RefundQuote }>(`/v1/entitlements/${five.id}/refund`, {
      quoteId: before.id,
      reason: 'The client left.',
    });
    const waits = { refund: { amount: 32_000 }, refundWaitsForDispute: true };
    expect(stale).toMatchObject({ status: 409, body: { code: 'quotes.stale', quote: waits } });
    await refunded(stale.body.quote.id);
    expect(await refunds()).toMatchObject([{ status: 'pending', amount: { amount: 32_000 } }]);
    await decide(app, stripeId, 'win');
    expect(await refunds()).toMatchObject([{ status: 'succeeded' }]);
  });

  it('has nothing left to refund once the dispute is lost, and neither has a session that was booked with it', async () => {
    await decide(app, await disputed(), 'lose');
    expect((await bookByCredit()).status).toBe(409);
    const list = await sale.coach.http.get<{ data: DisputeAnswer[] }>(
      `/v1/disputes?paymentId=${five.payment.id}`,
    );
    expect(list.body.data).toMatchObject([{ status: 'lost', sessionId: null }]);
    const evidence = await sale.coach.http.get(`/v1/disputes/${list.body.data[0]?.id ?? ''}/evidence`);
    expect(evidence.body).toMatchObject({
      package: { id: five.id, name: 'Five sessions' },
      sessions: [{ id: session.id }],
    });
    const path = `/v1/entitlements/${five.id}/refund-quotes`;
    expect(await sale.coach.http.post(path, { refund: 'partial', amountMinor: 100 })).toMatchObject({
      status: 422,
      body: {
        code: 'refunds.out_of_range',
        refundableMinor: 0,
        detail: expect.stringContaining('dispute') as string,
      },
    });
    for (const refund of ['full', 'remaining'])
      expect(await refundQuote({ refund })).toMatchObject({
        refund: { amount: 0 },
        refundWaitsForDispute: false,
      });
    await refunded((await refundQuote()).id);
    expect(await sale.read(sale.coach, five.id)).toMatchObject({ status: 'refunded', remaining: 0 });
    const quote = await cancellationQuote(sale.coach, session, { refund: 'full' });
    expect(quote.body).toMatchObject({
      refund: { amount: 0 },
      credit: 'paid_back',
      clause: expect.stringContaining('dispute') as string,
    });
    expect((await cancel(sale.coach, session, { quoteId: quote.body.id })).status).toBe(200);
    await app.drain();
    expect(await refunds()).toEqual([]);
    expect(app.sandbox.mailbox.to(sale.client.email).at(-1)?.text).toContain('does not go back');
  });
});
