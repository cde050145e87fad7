import { sql } from '@app/database';
import { DisputesWorld, type Dispute } from './disputes.test-world';
import type { Practice } from './payments.test-world';

let world: DisputesWorld;
let practice: Practice;

beforeAll(async () => {
  world = await DisputesWorld.start();
  practice = await world.base.practice();
}, 60_000);
afterEach(async () => {
  world.base.sandbox.faults.clear();
  expect(await world.base.brokenInvariants()).toEqual([]);
});
afterAll(() => world.close());

describe('a dispute', () => {
  it("takes the coach's part and Stripe's fee of the platform, and shows on the payment", async () => {
    const dispute = await world.disputed(practice);
    const payment = await world.base.payment(dispute.payment);
    expect(payment).toMatchObject({ status: 'disputed', refundedMinor: 0 });
    expect(await world.only(payment)).toMatchObject({
      id: payment.disputeId,
      status: 'needs_response',
      reason: 'fraudulent',
      amountMinor: 10_000,
      withdrawnMinor: 10_000,
      feeMinor: 1_500,
      feeCurrency: 'EUR',
      transferState: 'reversed',
      transferReversedMinor: 10_000,
      closedAt: null,
    });
    expect(await world.atStripe(dispute)).toMatchObject({ reversedMinor: 10_000, reversals: 1, returns: 0 });
    expect(await world.base.balances(payment)).toMatchObject({
      coach: 1_500,
      platform_fee: -1_500,
      dispute_fee: 1_500,
    });
  });

  it('gives it back when it was won, and keeps the fee', async () => {
    const dispute = await world.disputed(practice);
    await world.decide(dispute, 'win');
    await world.settle();
    const payment = await world.base.payment(dispute.payment);
    expect(payment.status).toBe('paid');
    expect(await world.only(payment)).toMatchObject({
      status: 'won',
      reinstatedMinor: 10_000,
      transferState: 'returned',
      transferReturnedMinor: 10_000,
    });
    expect(await world.atStripe(dispute)).toMatchObject({ reversals: 1, returns: 1, returnedMinor: 10_000 });
    expect(await world.base.balances(payment)).toMatchObject({
      coach: -8_500,
      platform_fee: -1_500,
      dispute_fee: 1_500,
    });
    expect(await world.disputeEvents(payment)).toEqual([
      'dispute_opened',
      'dispute_transfer_moved',
      'dispute_closed',
      'dispute_transfer_moved',
    ]);
  });

  it('stays with the client when it was lost', async () => {
    const dispute = await world.disputed(practice);
    await world.decide(dispute, 'lose');
    await world.settle();
    const payment = await world.base.payment(dispute.payment);
    expect(payment.status).toBe('disputed');
    expect(await world.only(payment)).toMatchObject({ status: 'lost', transferReturnedMinor: 0 });
    expect(await world.atStripe(dispute)).toMatchObject({ returns: 0 });
  });

  it('that is an inquiry moves nothing and blocks nothing until it becomes a chargeback', async () => {
    const paid = await world.base.paid(practice, { card: 'pm_card_createDisputeInquiry' });
    await world.base.sandbox.advanceClock(5);
    await world.settle();
    expect(await world.base.payment(paid)).toMatchObject({ status: 'paid' });
    const inquiry = await world.only(paid);
    expect(inquiry).toMatchObject({
      status: 'warning_needs_response',
      withdrawnMinor: 0,
      transferState: 'none',
    });
    expect(await world.base.refunded(paid, 4_000)).toBeDefined();
    await world.decide({ id: inquiry.stripeDisputeId, payment: paid }, 'escalate');
    await world.settle();
    expect(await world.base.payment(paid)).toMatchObject({ status: 'disputed', refundedMinor: 4_000 });
    expect(await world.only(paid)).toMatchObject({
      status: 'needs_response',
      amountMinor: 6_000,
      withdrawnMinor: 6_000,
      transferReversedMinor: 6_000,
    });
  });

  it('that was won before anything was taken takes and gives nothing', async () => {
    const paid = await world.base.paid(practice);
    const dispute = await world.open(paid);
    await world.decide(dispute, 'win');
    await world.settle();
    expect(await world.only(paid)).toMatchObject({ status: 'won', transferState: 'none' });
    expect(await world.atStripe(dispute)).toMatchObject({ reversals: 0, returns: 0 });
    expect(await world.base.payment(paid)).toMatchObject({ status: 'paid' });
  });

  it('of a payment that is news to us waits for the payment', async () => {
    const payment = await world.base.open(practice);
    await world.base.confirm(payment, 'pm_card_visa');
    await world.openUnread(payment);
    await world.settle((ids) => ids.toReversed());
    expect(await world.base.payment(payment)).toMatchObject({ status: 'disputed', capturedMinor: 10_000 });
  });

  it('of somebody else’s payment changes nothing', async () => {
    const foreign = await world.base.stripe.paymentIntents.create({
      amount: 5_000,
      currency: 'eur',
      payment_method: 'pm_card_visa',
      confirm: true,
      automatic_payment_methods: { enabled: true, allow_redirects: 'never' },
    });
    await world.console(`payment-intents/${foreign.id}/dispute`);
    await world.settle();
    const { count } = await world.base.database.one(
      sql<{ count: number }>`select count(*)::int as count from disputes where amount_minor = 5000`,
    );
    expect(count).toBe(0);
  });
});

describe('A179 out-of-order and repeated Stripe events of a dispute', () => {
  const orders: [string, (ids: string[]) => string[]][] = [
    ['in order', (ids) => ids],
    ['backwards', (ids) => ids.toReversed()],
    ['each twice', (ids) => [...ids, ...ids]],
  ];

  it.each(orders)('give the same end state: %s', async (_, order) => {
    const paid = await world.base.paid(practice);
    const dispute = await world.open(paid);
    await world.base.stripe.disputes.update(dispute.id, {
      evidence: { uncategorized_text: 'winning_evidence' },
    });
    await world.base.sandbox.advanceClock(5);
    await world.settle(order);
    expect(await world.base.payment(paid)).toMatchObject({ status: 'paid' });
    expect(await world.only(paid)).toMatchObject({
      status: 'won',
      withdrawnMinor: 10_000,
      reinstatedMinor: 10_000,
    });
    expect(await world.base.balances(paid)).toMatchObject({ coach: -8_500, dispute_fee: 1_500 });
  });

  it("that never came are made up for by reading the payment's disputes, and the row again", async () => {
    world.base.sandbox.faults.inject({
      provider: 'stripe_webhook',
      operation: '*',
      kind: 'webhook_drop',
      times: 10_000,
    });
    const paid = await world.base.paid(practice);
    const dispute = await world.open(paid);
    await world.disputes.syncPayment((await world.base.payment(paid)).stripePaymentIntentId ?? '');
    await world.runJobs();
    expect(await world.base.payment(paid)).toMatchObject({ status: 'disputed' });
    await world.decide(dispute, 'win');
    const { id } = await world.only(paid);
    await world.disputes.catchUp(practice.coachId, id);
    expect(await world.only(paid)).toMatchObject({ status: 'won', transferState: 'returned' });
  });
});

describe("moving the coach's money", () => {
  it('is done once, whatever becomes of the answers', async () => {
    const paid = await world.base.paid(practice);
    const dispute = await world.open(paid);
    const reversals = 'POST /v1/transfers/{id}/reversals';
    for (const kind of ['timeout_after_commit', 'server_error'] as const)
      world.base.sandbox.faults.inject({ provider: 'stripe', operation: reversals, kind, times: 2 });
    await world.base.processEvents();
    for (let tries = 0; tries < 4; tries += 1) await world.runJobs().catch(() => undefined);
    expect(await world.only(paid)).toMatchObject({
      transferState: 'reversed',
      transferReversedMinor: 10_000,
    });
    expect(await world.atStripe(dispute)).toMatchObject({ reversals: 1, reversedMinor: 10_000 });
  });

  it('is found again a day later, when the key is forgotten', async () => {
    const paid = await world.base.paid(practice);
    const dispute = await world.open(paid);
    await world.base.processEvents();
    world.base.sandbox.faults.inject({
      provider: 'stripe',
      operation: 'POST /v1/transfers/{id}/reversals',
      kind: 'timeout_after_commit',
      times: 100,
    });
    await expect(world.runJobs()).rejects.toThrow('not confirmed');
    world.base.sandbox.faults.clear();
    await world.base.sandbox.advanceClock(25 * 3_600);
    await world.runJobs();
    expect(await world.atStripe(dispute)).toMatchObject({ reversals: 1 });
    expect(await world.only(paid)).toMatchObject({ transferState: 'reversed' });
  });

  it('is done once by two workers', async () => {
    const paid = await world.base.paid(practice);
    const dispute = await world.open(paid);
    await world.base.processEvents();
    const { id } = await world.only(paid);
    await Promise.allSettled([1, 2, 3].map(() => world.transfers.settle(practice.coachId, id)));
    await world.transfers.settle(practice.coachId, id);
    expect(await world.atStripe(dispute)).toMatchObject({ reversals: 1, reversedMinor: 10_000 });
  });

  it('takes what is left after a refund', async () => {
    const paid = await world.base.paid(practice);
    await world.base.refunded(paid, 4_000);
    await world.base.processEvents();
    const dispute = await world.open(paid);
    await world.settle();
    expect(await world.only(paid)).toMatchObject({ amountMinor: 6_000, transferReversedMinor: 6_000 });
    await world.decide(dispute, 'win');
    await world.settle();
    expect(await world.base.payment(paid)).toMatchObject({ status: 'partially_refunded' });
  });
});

describe('refunds of a disputed payment', () => {
  it('are refused while a person asks, and wait where something else decides them', async () => {
    const dispute = await world.disputed(practice);
    const payment = await world.base.payment(dispute.payment);
    await expect(world.base.refunds.give(world.base.coach(practice), payment.id, {})).rejects.toMatchObject({
      code: 'refunds.payment_disputed',
    });
    const refund = await world.base.refunded(payment, 3_000);
    expect(await world.base.refund(refund)).toMatchObject({ status: 'pending' });
    await world.decide(dispute, 'win');
    await world.settle();
    expect(await world.base.refund(refund)).toMatchObject({ status: 'succeeded' });
    expect(await world.base.payment(payment)).toMatchObject({ status: 'partially_refunded' });
    // The payment's own transfer is empty: what the refund takes of the coach comes from the one that gave it back.
    expect(await world.only(payment)).toMatchObject({ takenBackMinor: 3_000 });
    expect(await world.base.balances(payment)).toMatchObject({
      coach: -8_500 + 3_000 - 450,
      platform_fee: -1_050,
    });
  });

  it('that met the dispute at Stripe before we had heard of it wait as well', async () => {
    const paid = await world.base.paid(practice);
    const dispute = await world.open(paid);
    const refund = await world.base.refunded(paid, 10_000);
    expect(refund).toBeDefined();
    expect(await world.base.refund(refund)).toMatchObject({ status: 'pending', stripeKeyNumber: 2 });
    expect(await world.base.payment(paid)).toMatchObject({ status: 'disputed' });
    await world.settle();
    await world.decide(dispute, 'win');
    await world.settle();
    expect(await world.base.refund(refund)).toMatchObject({ status: 'succeeded' });
    expect(await world.base.payment(paid)).toMatchObject({ status: 'refunded', feeReturnedMinor: 1_500 });
    expect(await world.base.balances(paid)).toMatchObject({ dispute_fee: 1_500 });
    expect((await world.base.balances(paid))['coach']).toBeUndefined();
  });

  it('are moot once it is lost', async () => {
    const dispute = await world.disputed(practice);
    const payment = await world.base.payment(dispute.payment);
    const refund = await world.base.request(payment, 10_000);
    await world.decide(dispute, 'lose');
    await world.settle();
    expect(await world.base.refund(refund)).toMatchObject({
      status: 'needs_attention',
      failureCode: 'dispute_lost',
    });
    await expect(world.base.refunds.retry(world.base.coach(practice), refund.id)).rejects.toMatchObject({
      code: 'refunds.payment_disputed',
    });
  });
});

describe('a dispute is seen', () => {
  it('by its coach and nobody else', async () => {
    const dispute: Dispute = await world.disputed(practice);
    const { id } = await world.only(dispute.payment);
    const other = await world.base.practice();
    expect(await world.queries.find(world.base.coach(practice), id)).toMatchObject({
      id,
      sessionId: dispute.payment.sessionId,
    });
    await expect(world.queries.find(world.base.coach(other), id)).rejects.toMatchObject({
      code: 'disputes.not_found',
    });
    expect(await world.queries.list(world.base.coach(other), {}, { limit: 10 })).toEqual([]);
  });
});
