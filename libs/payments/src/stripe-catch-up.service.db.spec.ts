import { sql } from '@app/database';
import type { PaymentRecord } from './payment-record';
import { PaymentsWorld, type Practice } from './payments.test-world';
import type { RefundRecord } from './refund-record';
import { StripeCatchUp } from './stripe-catch-up.service';

const QUIET_MINUTES = 10;
const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

describe('catching up with Stripe', () => {
  let world: PaymentsWorld;
  let practice: Practice;

  beforeAll(async () => {
    world = await PaymentsWorld.start({
      processingSeconds: 30 * MINUTE,
      pendingRefundSeconds: 30 * MINUTE,
      failingRefundSeconds: 30 * MINUTE,
    });
    practice = await world.practice();
  });
  beforeEach(() => {
    world.sandbox.faults.inject({
      provider: 'stripe_webhook',
      operation: '*',
      kind: 'webhook_drop',
      times: 10_000,
    });
  });
  afterEach(async () => {
    await world.sandbox.drainWebhooks();
    world.sandbox.faults.clear();
    expect(await world.brokenInvariants()).toEqual([]);
  });
  afterAll(() => world.close());

  const catchUp = (): StripeCatchUp => world.module.get(StripeCatchUp);
  const requestDue = (most = 1_000): Promise<number> => catchUp().requestDue(most, QUIET_MINUTES);

  /** Times that a payment or a refund was given to the worker to be read again. */
  async function asked(name: 'paymentId' | 'refundId', { id }: { id: string }): Promise<number> {
    const types = await world.events(name, id);
    return types.filter((type) => type.endsWith('_sync_requested')).length;
  }

  /** The sweep, and the jobs of what it found. */
  async function sweep(): Promise<void> {
    const { id: last = '' } =
      (await world.database.maybe(
        sql<{ id: string }>`select id::text as id from outbox_messages order by id desc limit 1`,
      )) ?? {};
    await requestDue();
    const rows = await world.database.many(sql<{
      coachId: string;
      paymentId: string;
      refundId: string | null;
    }>`
      select coach_id as "coachId", payload ->> 'paymentId' as "paymentId", payload ->> 'refundId' as "refundId"
      from outbox_messages where type like 'payments.%_sync_requested' and id::text > ${last} order by id`);
    for (const { coachId, paymentId, refundId } of rows) {
      if (refundId === null) await world.payments.syncPayment(coachId, paymentId);
      else await world.refunds.catchUp(coachId, refundId);
    }
  }

  async function paymentAfter(seconds: number, payment: PaymentRecord): Promise<PaymentRecord> {
    await world.sandbox.advanceClock(seconds);
    await sweep();
    return world.payment(payment);
  }

  async function refundAfter(seconds: number, refund: RefundRecord): Promise<RefundRecord> {
    await world.sandbox.advanceClock(seconds);
    await sweep();
    return world.refund(refund);
  }

  it('finds a payment whose success was never announced, after the quiet time and not before', async () => {
    const payment = await world.open(practice);
    await world.confirm(payment, 'pm_card_visa');
    expect((await paymentAfter(9 * MINUTE, payment)).status).toBe('requires_payment');
    expect(await asked('paymentId', payment)).toBe(0);
    expect(await paymentAfter(2 * MINUTE, payment)).toMatchObject({ status: 'paid', capturedMinor: 10_000 });
    await paymentAfter(2 * DAY, payment);
    expect(await asked('paymentId', payment)).toBe(1);
    expect(await world.events('paymentId', payment.id)).toEqual([
      'payment_opened',
      'payment_sync_requested',
      'payment_paid',
    ]);
  });

  it('finds the success of a second card after the first was declined', async () => {
    const payment = await world.open(practice);
    await world.confirm(payment, 'pm_card_chargeDeclined').catch(() => undefined);
    await world.payments.syncPayment(payment.coachId, payment.id);
    expect((await world.payment(payment)).status).toBe('failed');
    await world.confirm(payment, 'pm_card_visa');
    expect((await paymentAfter(11 * MINUTE, payment)).status).toBe('paid');
  });

  it('finds what becomes of a payment that is being processed, also hours later', async () => {
    const payment = await world.open(practice);
    await world.confirm(payment, 'pm_sandbox_processing');
    expect((await paymentAfter(11 * MINUTE, payment)).status).toBe('processing');
    // Its own pause begins anew with the change.
    expect((await paymentAfter(11 * MINUTE, payment)).status).toBe('processing');
    expect(await asked('paymentId', payment)).toBe(2);
    expect((await paymentAfter(5 * HOUR, payment)).status).toBe('paid');
  });

  it('asks less and less often about the same row, and at least daily', async () => {
    const payment = await world.open(practice);
    await world.payments.ensureIntent(payment.coachId, payment.id);
    for (let minutes = 0; minutes < 1_440; minutes += 10) {
      await world.sandbox.advanceClock(10 * MINUTE + 1);
      await requestDue();
    }
    // After 10, 20, 40, 80, 160, 320, 640 and 1,280 minutes, or a step later, and so doubled.
    const onFirstDay = await asked('paymentId', payment);
    expect([7, 8]).toContain(onFirstDay);
    for (let days = 0; days < 5; days += 1) {
      await world.sandbox.advanceClock(DAY + 1);
      await requestDue();
    }
    expect(await asked('paymentId', payment)).toBe(onFirstDay + 5);
  });

  it('takes a row once, whatever the number of sweeps at the same time, and not more at a time than it is told', async () => {
    await sweep();
    const payments = [await world.open(practice), await world.open(practice), await world.open(practice)];
    await world.sandbox.advanceClock(11 * MINUTE);
    await requestDue(0);
    const [first] = [await requestDue(2)];
    expect(first).toBe(2);
    await Promise.all(Array.from({ length: 5 }, () => requestDue()));
    for (const payment of payments) expect(await asked('paymentId', payment)).toBe(1);
  });

  it('finds that a refund has arrived', async () => {
    const payment = await world.paid(practice, { card: 'pm_card_pendingRefund' });
    const refund = await world.refunded(payment, 4_000);
    expect(refund.status).toBe('submitted');
    expect((await refundAfter(11 * MINUTE, refund)).status).toBe('submitted');
    expect((await refundAfter(HOUR, refund)).status).toBe('succeeded');
    expect(await world.payment(payment)).toMatchObject({
      status: 'partially_refunded',
      refundedMinor: 4_000,
    });
    expect(
      world.sandbox.stripe.refunds.filter(({ metadata }) => metadata?.['refundId'] === refund.id),
    ).toHaveLength(1);
  });

  it('finds that a refund has failed which had succeeded, and stops looking after 35 days', async () => {
    const payment = await world.paid(practice, { card: 'pm_card_refundFail' });
    const [failing, lasting] = [
      await world.refunded(payment, 4_000),
      await world.refunded(await world.paid(practice), 4_000),
    ];
    expect([failing.status, lasting.status]).toEqual(['succeeded', 'succeeded']);
    expect(await refundAfter(31 * MINUTE, failing)).toMatchObject({ status: 'failed' });
    expect(await world.payment(payment)).toMatchObject({ status: 'paid', refundedMinor: 0 });
    for (let days = 0; days < 36; days += 1) await refundAfter(DAY + 1, lasting);
    const times = await asked('refundId', lasting);
    expect(times).toBeGreaterThanOrEqual(35);
    await refundAfter(DAY + 1, lasting);
    await refundAfter(DAY + 1, lasting);
    expect(await asked('refundId', lasting)).toBe(times);
    expect(await asked('refundId', failing)).toBe(1);
    expect((await world.refund(lasting)).status).toBe('succeeded');
  });

  it('gives Stripe a refund whose job was lost, once', async () => {
    const payment = await world.paid(practice);
    const refund = await world.request(payment, 3_000);
    expect((await refundAfter(11 * MINUTE, refund)).status).toBe('succeeded');
    await refundAfter(11 * MINUTE, refund);
    const made = world.sandbox.stripe.refunds.filter(({ metadata }) => metadata?.['refundId'] === refund.id);
    expect(made).toMatchObject([{ amount: 3_000 }]);
  });

  it('looks at a refund that is tried again as at a new one', async () => {
    const payment = await world.paid(practice, { card: 'pm_card_refundFail' });
    const refund = await world.refunded(payment, 4_000);
    await world.sandbox.advanceClock(5 * DAY);
    expect((await refundAfter(0, refund)).status).toBe('failed');
    await world.refunds.retry(world.coach(practice), refund.id);
    expect((await refundAfter(11 * MINUTE, refund)).status).toBe('succeeded');
    expect((await refundAfter(31 * MINUTE, refund)).status).toBe('failed');
  });

  it('comes to the same row again when Stripe did not answer', async () => {
    const payment = await world.open(practice);
    await world.confirm(payment, 'pm_card_visa');
    world.sandbox.faults.inject({
      provider: 'stripe',
      operation: 'GET /v1/payment_intents/{id}',
      kind: 'server_error',
      times: 3,
    });
    await expect(paymentAfter(11 * MINUTE, payment)).rejects.toThrow('not confirmed');
    expect((await paymentAfter(11 * MINUTE, payment)).status).toBe('paid');
  });
});
