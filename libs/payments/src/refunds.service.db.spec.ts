import type { PaymentRecord } from './payment-record';
import {
  RefundInOtherCurrency,
  RefundNotFound,
  RefundNotRetryable,
  RefundOutOfRange,
} from './payments.errors';
import { PaymentsWorld, type Practice } from './payments.test-world';
import type { RefundRecord } from './refund-record';

const HOUR_SECONDS = 3_600;

describe('refunds', () => {
  let world: PaymentsWorld;
  let practice: Practice;

  beforeAll(async () => {
    world = await PaymentsWorld.start();
    practice = await world.practice();
  });
  afterEach(async () => {
    world.sandbox.faults.clear();
    expect(await world.brokenInvariants()).toEqual([]);
  });
  afterAll(() => world.close());

  /** Stripe's refunds of a payment, oldest first. */
  const atStripe = (payment: PaymentRecord) =>
    world.sandbox.stripe.refunds.filter(
      ({ payment_intent: intent }) => intent !== null && intent === payment.stripePaymentIntentId,
    );

  /** Runs the job until it is done, as the queue does. */
  async function submit(refund: RefundRecord): Promise<RefundRecord> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        await world.refunds.submit(refund.coachId, refund.id);
        return await world.refund(refund);
      } catch (error) {
        expect(error).toMatchObject({ code: 'payments.stripe_unavailable' });
        if (attempt === 8) throw error;
      }
    }
  }

  it('A84 gives back all that is left', async () => {
    const payment = await world.paid(practice);
    await world.refunded(payment, 2_500);
    const { capturedMinor, refundedMinor } = await world.payment(payment);
    await world.refunded(payment, capturedMinor - refundedMinor);
    expect(await world.payment(payment)).toMatchObject({
      status: 'refunded',
      refundedMinor: 10_000,
      feeReturnedMinor: 1_500,
    });
    expect(atStripe(payment).map(({ amount }) => amount)).toEqual([2_500, 7_500]);
    expect(await world.balances(payment)).toEqual({ stripe_clearing: -320, processing_fee: 320 });
  });

  it('A85 gives back a part, and says what is left when too much is asked for', async () => {
    const payment = await world.paid(practice);
    const refund = await world.refunded(payment, 4_000);
    expect(refund).toMatchObject({
      status: 'succeeded',
      amountMinor: 4_000,
      estimatedFeeReturnedMinor: 600,
      feeReturnedMinor: 600,
      transferReversedMinor: 4_000,
    });
    expect(await world.payment(payment)).toMatchObject({
      status: 'partially_refunded',
      refundedMinor: 4_000,
      feeReturnedMinor: 600,
    });
    expect(await world.balances(payment)).toEqual({
      stripe_clearing: 5_680,
      coach: -5_100,
      platform_fee: -900,
      processing_fee: 320,
    });
    await expect(world.request(payment, 6_001)).rejects.toMatchObject({
      code: 'refunds.out_of_range',
      extensions: { refundableMinor: 6_000, currency: 'EUR' },
    });
  });

  it.each([0, -1, 0.5, Number.NaN, 2 ** 53, 10_001])('A85 refuses %d', async (amountMinor) => {
    const payment = await world.paid(practice);
    await expect(world.request(payment, amountMinor)).rejects.toThrow(RefundOutOfRange);
    expect((await world.payment(payment)).refundedMinor).toBe(0);
  });

  it('A85 refuses another currency, and a payment that was never paid', async () => {
    await expect(world.request(await world.paid(practice), 100, { currency: 'USD' })).rejects.toThrow(
      RefundInOtherCurrency,
    );
    await expect(world.request(await world.open(practice), 100)).rejects.toThrow(RefundOutOfRange);
  });

  it('A85 accepts one of 100 parallel refunds of 60.00 on 100.00', async () => {
    const payment = await world.paid(practice);
    const results = await Promise.allSettled(
      Array.from({ length: 100 }, () => world.request(payment, 6_000)),
    );
    const accepted = results.filter((result) => result.status === 'fulfilled');
    expect(accepted).toHaveLength(1);
    for (const result of results)
      if (result.status === 'rejected') expect(result.reason).toBeInstanceOf(RefundOutOfRange);
    expect((await world.payment(payment)).refundedMinor).toBe(6_000);
    for (const { value } of accepted) await submit(value);
    expect(atStripe(payment).map(({ amount }) => amount)).toEqual([6_000]);
  });

  it('A85 keeps 50 parallel partial refunds within the payment, and their fees with them', async () => {
    const payment = await world.paid(practice, { amountMinor: 9_999, applicationFeeBps: 1_234 });
    const asked = Array.from({ length: 50 }, (_, index) => 201 + index * 3);
    const results = await Promise.allSettled(asked.map((amountMinor) => world.request(payment, amountMinor)));
    const accepted = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    const sum = accepted.reduce((total, { amountMinor }) => total + amountMinor, 0);
    expect(sum).toBeLessThanOrEqual(9_999);
    expect((await world.payment(payment)).refundedMinor).toBe(sum);
    await Promise.all(accepted.map(submit));
    await world.processEvents();
    const [fee] = world.sandbox.stripe.applicationFees.filter(
      ({ originating_transaction: charge }) => charge === payment.stripeChargeId,
    );
    const refunds = await Promise.all(accepted.map((refund) => world.refund(refund)));
    expect(refunds.every(({ status }) => status === 'succeeded')).toBe(true);
    expect(atStripe(payment)).toHaveLength(accepted.length);
    expect(await world.payment(payment)).toMatchObject({
      refundedMinor: sum,
      feeReturnedMinor: fee?.amount_refunded,
    });
  });

  describe('A92 reaches Stripe exactly once', () => {
    it.each(['timeout_after_commit', 'reset', 'server_error', 'rate_limit', 'slow'] as const)(
      'after %s',
      async (kind) => {
        const payment = await world.paid(practice);
        const refund = await world.request(payment, 3_000);
        world.sandbox.faults.inject({
          provider: 'stripe',
          operation: 'POST /v1/refunds',
          kind,
          times: 5,
          delayMs: 50,
        });
        expect((await submit(refund)).status).toBe('succeeded');
        expect(atStripe(payment).map(({ amount }) => amount)).toEqual([3_000]);
        expect(await world.payment(payment)).toMatchObject({
          refundedMinor: 3_000,
          feeReturnedMinor: 450,
          status: 'partially_refunded',
        });
      },
    );

    it('stays open, and neither succeeds nor fails, while nobody knows', async () => {
      const payment = await world.paid(practice);
      const refund = await world.request(payment, 3_000);
      world.sandbox.faults.inject({
        provider: 'stripe',
        operation: 'POST /v1/refunds',
        kind: 'timeout_after_commit',
        times: 3,
      });
      await expect(world.refunds.submit(refund.coachId, refund.id)).rejects.toMatchObject({
        code: 'payments.stripe_unavailable',
      });
      expect(await world.refund(refund)).toMatchObject({
        status: 'pending',
        stripeKeyNumber: 1,
        stripeRefundId: null,
      });
      expect((await world.payment(payment)).refundedMinor).toBe(3_000);
      // The webhook of the very refund ends it, though the call never got its answer.
      await world.processEvents();
      expect((await world.refund(refund)).status).toBe('succeeded');
      await world.refunds.submit(refund.coachId, refund.id);
      expect(atStripe(payment)).toHaveLength(1);
    });

    it.each([0, 23, 25])('%i hours after an answer that was lost', async (hours) => {
      const payment = await world.paid(practice);
      const refund = await world.request(payment, 3_000);
      world.sandbox.faults.inject({
        provider: 'stripe',
        operation: 'POST /v1/refunds',
        kind: 'timeout_after_commit',
        times: 3,
      });
      await expect(world.refunds.submit(refund.coachId, refund.id)).rejects.toThrow('not confirmed');
      await world.sandbox.advanceClock(hours * HOUR_SECONDS);
      expect((await submit(refund)).status).toBe('succeeded');
      expect(atStripe(payment)).toHaveLength(1);
    });

    it('though it was asked for in other words under the same key before', async () => {
      const payment = await world.paid(practice);
      const refund = await world.request(payment, 4_000);
      const { coachId, id: refundId } = refund;
      const made = await world.stripe.refunds.create(
        {
          payment_intent: payment.stripePaymentIntentId ?? '',
          amount: 4_000,
          reverse_transfer: true,
          refund_application_fee: true,
          metadata: { coachId, refundId, attempt: '1' },
        },
        { idempotencyKey: `refund:${refundId}:1` },
      );
      expect(await submit(refund)).toMatchObject({ status: 'succeeded', stripeRefundId: made.id });
    });

    it('by two workers at the same moment, and a third later', async () => {
      const payment = await world.paid(practice);
      const refund = await world.request(payment, 3_000);
      await Promise.all([submit(refund), submit(refund)]);
      await submit(refund);
      expect(atStripe(payment)).toHaveLength(1);
      expect(await world.events('refundId', refund.id)).toEqual(['refund_requested', 'refund_succeeded']);
    });

    it('when the webhook is faster than the answer', async () => {
      const payment = await world.paid(practice);
      const refund = await world.request(payment, 3_000);
      world.sandbox.faults.inject({
        provider: 'stripe',
        operation: 'GET /v1/refunds/{id}',
        kind: 'slow',
        times: 1,
        delayMs: 500,
      });
      const job = world.refunds.submit(refund.coachId, refund.id);
      while (atStripe(payment).length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
      await world.processEvents();
      await job;
      expect((await world.refund(refund)).status).toBe('succeeded');
      expect(await world.events('refundId', refund.id)).toEqual(['refund_requested', 'refund_succeeded']);
    });

    it.each([
      ['in their order', (ids: string[]) => ids],
      ['backwards', (ids: string[]) => ids.toReversed()],
      ['each of them twice', (ids: string[]) => ids.flatMap((id) => [id, id])],
    ])('with its webhooks %s', async (_, order) => {
      const payment = await world.paid(practice);
      const refund = await world.refunded(payment, 3_000);
      await world.processEvents(order);
      expect(await world.refund(refund)).toEqual(refund);
      expect(await world.events('refundId', refund.id)).toEqual(['refund_requested', 'refund_succeeded']);
    });
  });

  describe('A94 gives the fee back in proportion', () => {
    it.each([
      [[10_000], 1_500],
      [[3_333, 3_333, 3_334], 1_500],
      [[1, 9_999], 1_500],
      [[4_999, 5_001], 777],
      [Array.from({ length: 20 }, () => 500), 1_333],
    ])(
      'a full refund in parts gives back exactly the fee (%j of fee %i bps)',
      async (parts, applicationFeeBps) => {
        const payment = await world.paid(practice, { applicationFeeBps });
        for (const part of parts) await world.refunded(payment, part);
        const refunded = await world.payment(payment);
        expect(refunded).toMatchObject({ status: 'refunded', feeReturnedMinor: payment.applicationFeeMinor });
        expect(await world.balances(payment)).toEqual({ stripe_clearing: -320, processing_fee: 320 });
      },
    );

    it('takes nothing twice from the coach when a repeated call and another refund meet', async () => {
      const payment = await world.paid(practice);
      const repeated = await world.request(payment, 3_000);
      const lose = (kind: 'server_error' | 'timeout_after_commit'): unknown =>
        world.sandbox.faults.inject({ provider: 'stripe', operation: 'POST /v1/refunds', kind, times: 3 });
      // An error of Stripe that its key repeats: the next try takes the next key.
      lose('server_error');
      while ((await world.refund(repeated)).stripeKeyNumber === 1)
        await expect(world.refunds.submit(repeated.coachId, repeated.id)).rejects.toThrow('not confirmed');
      world.sandbox.faults.clear();
      // The other one is done at Stripe, and we do not know it yet.
      const other = await world.request(payment, 2_000);
      lose('timeout_after_commit');
      await expect(world.refunds.submit(other.coachId, other.id)).rejects.toThrow('not confirmed');
      world.sandbox.faults.clear();
      await submit(repeated);
      await submit(other);
      expect(atStripe(payment).map(({ amount }) => amount)).toEqual([2_000, 3_000]);
      expect(await world.balances(payment)).toEqual({
        stripe_clearing: 4_680,
        coach: -4_250,
        platform_fee: -750,
        processing_fee: 320,
      });
    });

    it('sends no flag where there was no fee', async () => {
      const payment = await world.paid(practice, { applicationFeeBps: 0 });
      const refund = await world.refunded(payment, 4_000);
      expect(refund).toMatchObject({
        status: 'succeeded',
        feeReturnedMinor: 0,
        transferReversedMinor: 4_000,
      });
    });

    it('gives back nothing of a fee of one cent until half of the payment is back', async () => {
      const payment = await world.paid(practice, { amountMinor: 100, applicationFeeBps: 100 });
      expect(payment.applicationFeeMinor).toBe(1);
      expect((await world.refunded(payment, 49)).feeReturnedMinor).toBe(0);
      expect((await world.refunded(payment, 1)).feeReturnedMinor).toBe(1);
      expect((await world.refunded(payment, 50)).feeReturnedMinor).toBe(0);
    });
  });

  it.each([
    ['JPY', 5_000, 3_333, 3_333],
    ['KWD', 12_340, 1_234, 1_230],
  ])('A85 gives back %s in its own steps', async (currency, amountMinor, asked, given) => {
    const payment = await world.paid(await world.practice(currency), { amountMinor });
    expect((await world.refunded(payment, asked)).amountMinor).toBe(given);
    expect((await world.refunded(payment, amountMinor - given)).status).toBe('succeeded');
    expect(await world.payment(payment)).toMatchObject({
      status: 'refunded',
      feeReturnedMinor: payment.applicationFeeMinor,
    });
  });

  describe('A95 tells what became of it', () => {
    it('started, under way at Stripe, arrived', async () => {
      const payment = await world.paid(practice, { card: 'pm_card_pendingRefund' });
      const refund = await world.refunded(payment, 3_000);
      expect(refund.status).toBe('submitted');
      expect(await world.payment(payment)).toMatchObject({
        status: 'paid',
        refundedMinor: 3_000,
        feeReturnedMinor: 0,
      });
      await world.sandbox.advanceClock(10);
      await submit(refund);
      expect((await world.refund(refund)).status).toBe('succeeded');
      expect(await world.events('refundId', refund.id)).toEqual([
        'refund_requested',
        'refund_submitted',
        'refund_succeeded',
      ]);
    });

    it('a success that fails later: the amount is free, the books are as before, another try succeeds', async () => {
      const payment = await world.paid(practice);
      const refund = await world.refunded(payment, 3_000);
      await fail(refund);
      expect(await world.refund(refund)).toMatchObject({
        status: 'failed',
        failureCode: 'expired_or_canceled_card',
      });
      expect(await world.payment(payment)).toMatchObject({
        status: 'paid',
        refundedMinor: 0,
        feeReturnedMinor: 0,
      });
      expect(await world.balances(payment)).toEqual({
        stripe_clearing: 9_680,
        coach: -8_500,
        platform_fee: -1_500,
        processing_fee: 320,
      });
      await world.refunds.retry(world.coach(practice), refund.id);
      // Late news of the attempt that was given up are not news of the new one.
      await world.refunds.sync(refund.stripeRefundId ?? '');
      expect(await world.refund(refund)).toMatchObject({ status: 'pending', stripeKeyNumber: 2 });
      expect(await submit(refund)).toMatchObject({ status: 'succeeded', stripeKeyNumber: 2 });
      expect(await world.payment(payment)).toMatchObject({
        status: 'partially_refunded',
        refundedMinor: 3_000,
        feeReturnedMinor: 450,
      });
      expect(await world.balances(payment)).toEqual({
        stripe_clearing: 6_680,
        coach: -5_950,
        platform_fee: -1_050,
        processing_fee: 320,
      });
      expect(await world.events('refundId', refund.id)).toEqual([
        'refund_requested',
        'refund_succeeded',
        'refund_failed',
        'refund_requested',
        'refund_succeeded',
      ]);
      await world.refunds.sync(refund.stripeRefundId ?? '');
      await world.processEvents();
      expect((await world.refund(refund)).status).toBe('succeeded');
    });

    it('a failure while others go on: each keeps its own', async () => {
      const payment = await world.paid(practice);
      const first = await world.refunded(payment, 6_000);
      await fail(first);
      const second = await world.refunded(payment, 4_000);
      await world.refunds.retry(world.coach(practice), first.id);
      await submit(first);
      expect([(await world.refund(first)).status, (await world.refund(second)).status]).toEqual([
        'succeeded',
        'succeeded',
      ]);
      expect(await world.payment(payment)).toMatchObject({ status: 'refunded', feeReturnedMinor: 1_500 });
      expect(await world.balances(payment)).toEqual({ stripe_clearing: -320, processing_fee: 320 });
    });

    it('refused by Stripe because the money went back by hand: the amount is free, and the hand-made one is booked', async () => {
      const payment = await world.paid(practice);
      const refund = await world.request(payment, 10_000);
      await world.stripe.refunds.create({
        payment_intent: payment.stripePaymentIntentId ?? '',
        reverse_transfer: true,
        refund_application_fee: true,
      });
      expect(await submit(refund)).toMatchObject({
        status: 'failed',
        failureCode: 'charge_already_refunded',
      });
      await world.processEvents();
      expect(await world.payment(payment)).toMatchObject({
        status: 'refunded',
        refundedMinor: 10_000,
        feeReturnedMinor: 1_500,
      });
      const own = await world.queries.listRefunds(
        world.coach(practice),
        { paymentId: payment.id },
        { limit: 10 },
      );
      expect(own).toMatchObject([
        { reason: 'goodwill', status: 'succeeded', requestedByKind: 'stripe', amountMinor: 10_000 },
        { id: refund.id, status: 'failed' },
      ]);
      await expect(world.refunds.retry(world.coach(practice), refund.id)).rejects.toThrow(RefundOutOfRange);
    });

    async function fail(refund: RefundRecord): Promise<void> {
      const url = `${world.sandbox.urls.console}/sandbox/stripe/refunds/${refund.stripeRefundId}/fail`;
      const response = await fetch(url, {
        method: 'POST',
        body: '{}',
        headers: { 'content-type': 'application/json' },
      });
      expect(response.status).toBe(200);
      await world.processEvents();
    }
  });

  it('books a refund made by hand, without a word of ours, as goodwill borne by the platform', async () => {
    const payment = await world.paid(practice);
    await world.stripe.refunds.create({ payment_intent: payment.stripePaymentIntentId ?? '', amount: 2_000 });
    await world.processEvents((ids) => ids.flatMap((id) => [id, id]));
    expect(await world.payment(payment)).toMatchObject({
      status: 'partially_refunded',
      refundedMinor: 2_000,
      feeReturnedMinor: 0,
    });
    expect(await world.balances(payment)).toEqual({
      stripe_clearing: 7_680,
      coach: -8_500,
      platform_fee: 500,
      processing_fee: 320,
    });
  });

  it('can be given by the coach without cancelling, but by nobody else', async () => {
    const payment = await world.paid(practice);
    const stranger = await world.practice();
    await expect(
      world.refunds.give(world.coach(stranger), payment.id, {
        amount: { amountMinor: 100, currency: 'EUR' },
      }),
    ).rejects.toMatchObject({
      code: 'payments.not_found',
    });
    const refund = await world.refunds.give(world.coach(practice), payment.id, { note: 'With apologies' });
    expect(refund).toMatchObject({
      amountMinor: 10_000,
      reason: 'goodwill',
      note: 'With apologies',
      sessionId: payment.sessionId,
    });
    await expect(world.refunds.retry(world.coach(stranger), refund.id)).rejects.toThrow(RefundNotFound);
    await expect(world.refunds.retry(world.coach(practice), refund.id)).rejects.toThrow(RefundNotRetryable);
  });

  it('reads like a bank statement', async () => {
    const payment = await world.paid(practice);
    await world.refunded(payment, 3_000);
    const lines = await world.queries.ledger(world.client(practice), payment.id);
    expect(
      lines.map(({ kind, account, amountMinor, balanceMinor }) => [kind, account, amountMinor, balanceMinor]),
    ).toEqual([
      ['capture', 'stripe_clearing', 10_000, 10_000],
      ['capture', 'platform_fee', -1_500, -1_500],
      ['capture', 'coach', -8_500, -8_500],
      ['processing_fee', 'processing_fee', 320, 320],
      ['processing_fee', 'stripe_clearing', -320, 9_680],
      ['refund', 'coach', 2_550, -5_950],
      ['refund', 'platform_fee', 450, -1_050],
      ['refund', 'stripe_clearing', -3_000, 6_680],
    ]);
  });

  it('tells a session what it needs to know', async () => {
    const payment = await world.paid(practice);
    await world.refunded(payment, 3_000);
    await world.request(payment, 1_000);
    expect(await world.queries.forSession(payment.coachId, payment.sessionId ?? '')).toEqual({
      paymentId: payment.id,
      status: 'partially_refunded',
      currency: 'EUR',
      amountMinor: 10_000,
      capturedMinor: 10_000,
      refundedMinor: 4_000,
      applicationFeeMinor: 1_500,
      feeReturnedMinor: 450,
      isRefundDecided: false,
      openRefunds: 1,
      failedRefunds: 0,
      disputeTakenMinor: 0,
      isDisputeLost: false,
      mode: 'on_session',
      reason: null,
      chargeState: null,
      dueAt: null,
      isReleased: false,
    });
  });
});

describe("refunds where Stripe rounds the fee's part down", () => {
  let world: PaymentsWorld;
  beforeAll(async () => {
    world = await PaymentsWorld.start({ feeRounding: 'down' });
  });
  afterAll(() => world.close());

  it('A94 books what Stripe says, not what we expected, and still exactly the fee in the end', async () => {
    const payment = await world.paid(await world.practice(), {
      amountMinor: 1_000,
      applicationFeeBps: 1_050,
    });
    expect(payment.applicationFeeMinor).toBe(105);
    const parts = [];
    for (const amount of [333, 333, 334]) parts.push(await world.refunded(payment, amount));
    expect(parts.map(({ estimatedFeeReturnedMinor }) => estimatedFeeReturnedMinor)).toEqual([35, 35, 35]);
    expect(parts.map(({ feeReturnedMinor }) => feeReturnedMinor)).toEqual([34, 35, 36]);
    expect(await world.payment(payment)).toMatchObject({ status: 'refunded', feeReturnedMinor: 105 });
    expect(await world.brokenInvariants()).toEqual([]);
  });
});
