import type Stripe from 'stripe';
import { startSandbox, type Sandbox, type SandboxOptions } from '../sandbox';
import { control, paidDestinationCharge, readyAccount, stripeClient } from '../testing';

let sandbox: Sandbox;
let stripe: Stripe;
let coach: string;

async function start(options: SandboxOptions = {}): Promise<void> {
  sandbox = await startSandbox(options);
  stripe = stripeClient(sandbox);
  coach = await readyAccount(sandbox, stripe);
}

afterEach(() => sandbox.close());

describe('who gives back what (100.00 with a fee of 15.00, refund of 50.00)', () => {
  beforeEach(() => start({ processingFee: { basisPoints: 0, fixedMinor: 0 } }));

  it.each([
    ['no flags', {}, -5_000, 0],
    ['reverse_transfer', { reverse_transfer: true }, 0, -5_000],
    [
      'reverse_transfer + refund_application_fee',
      { reverse_transfer: true, refund_application_fee: true },
      -750,
      -4_250,
    ],
  ])('A94 destination charge, %s', async (_title, flags, platformChange, coachChange) => {
    const payment = await paidDestinationCharge(stripe, coach, { amount: 10_000, fee: 1_500 });
    expect([sandbox.stripe.balance(), sandbox.stripe.balance(coach)]).toEqual([
      { usd: 1_500 },
      { usd: 8_500 },
    ]);

    const refund = await stripe.refunds.create({ payment_intent: payment.id, amount: 5_000, ...flags });

    expect(refund).toMatchObject({ status: 'succeeded', amount: 5_000 });
    expect(sandbox.stripe.balance()['usd']).toBe(1_500 + platformChange);
    expect(sandbox.stripe.balance(coach)['usd']).toBe(8_500 + coachChange);
    const sum = async (account?: string) => {
      const balance = await stripe.balance.retrieve({}, account ? { stripeAccount: account } : {});
      return [...balance.available, ...balance.pending].reduce((total, part) => total + part.amount, 0);
    };
    expect([await sum(), await sum(coach)]).toEqual([1_500 + platformChange, 8_500 + coachChange]);
  });

  it('reads the fee and the transfer that came back from the objects of Stripe', async () => {
    const payment = await paidDestinationCharge(stripe, coach, { amount: 10_000, fee: 1_500 });
    const refund = await stripe.refunds.create({
      payment_intent: payment.id,
      amount: 5_000,
      reverse_transfer: true,
      refund_application_fee: true,
      expand: ['transfer_reversal', 'charge'],
    });
    expect(refund).toMatchObject({
      transfer_reversal: { amount: 5_000, source_refund: refund.id },
      charge: { amount_refunded: 5_000 },
    });
    const charge = refund.charge as Stripe.Charge;
    const fees = await stripe.applicationFees.list({ charge: charge.id });
    expect(fees.data).toMatchObject([
      { amount: 1_500, amount_refunded: 750, refunds: { data: [{ amount: 750 }] } },
    ]);
    const transfer = await stripe.transfers.retrieve(charge.transfer as string);
    expect(transfer).toMatchObject({ amount_reversed: 5_000, reversed: false });
  });
});

describe("Stripe's own fee", () => {
  it("is the platform's and stays when the charge is refunded", async () => {
    await start();
    const payment = await paidDestinationCharge(stripe, coach, { amount: 10_000, fee: 1_500 });
    await stripe.refunds.create({
      payment_intent: payment.id,
      reverse_transfer: true,
      refund_application_fee: true,
    });
    expect([sandbox.stripe.balance(), sandbox.stripe.balance(coach)]).toEqual([{ usd: -320 }, { usd: 0 }]);
  });
});

describe('the fee part of partial refunds', () => {
  it.each([
    ['nearest', [3_333, 3_333, 3_334], 1_000, [333, 334, 333]],
    ['down', [3_333, 3_333, 3_334], 1_000, [333, 333, 334]],
    ['nearest', [5_000, 5_000], 333, [167, 166]],
    ['down', [5_000, 5_000], 333, [166, 167]],
    ['nearest', [1_500, 8_500], 1, [0, 1]],
    ['down', [9_999, 1], 1, [0, 1]],
  ] as const)('is rounded %s for %j of a fee of %i', async (feeRounding, refunds, fee, returned) => {
    await start({ feeRounding });
    const payment = await paidDestinationCharge(stripe, coach, { amount: 10_000, fee });
    const seen: number[] = [];
    for (const amount of refunds) {
      const before = sandbox.stripe.applicationFees[0]?.amount_refunded ?? 0;
      await stripe.refunds.create({
        payment_intent: payment.id,
        amount,
        reverse_transfer: true,
        refund_application_fee: true,
      });
      seen.push((sandbox.stripe.applicationFees[0]?.amount_refunded ?? 0) - before);
    }
    expect(seen).toEqual(returned);
    expect(sandbox.stripe.charges[0]).toMatchObject({ refunded: true });
  });

  it('leaves the share of refunds without the flag with the platform', async () => {
    await start();
    const payment = await paidDestinationCharge(stripe, coach, { amount: 10_000, fee: 1_500 });
    await stripe.refunds.create({ payment_intent: payment.id, amount: 5_000, reverse_transfer: true });
    await stripe.refunds.create({
      payment_intent: payment.id,
      amount: 5_000,
      reverse_transfer: true,
      refund_application_fee: true,
    });
    expect(sandbox.stripe.applicationFees).toMatchObject([{ amount: 1_500, amount_refunded: 750 }]);
  });
});

describe('refusals', () => {
  beforeEach(() => start());

  it('A94 refuses the fee flag where there is no fee, and the transfer flag where there is no transfer', async () => {
    const payment = await stripe.paymentIntents.create({
      amount: 5_000,
      currency: 'usd',
      payment_method: 'pm_card_visa',
      confirm: true,
      automatic_payment_methods: { enabled: true, allow_redirects: 'never' },
    });
    await expect(
      stripe.refunds.create({ payment_intent: payment.id, refund_application_fee: true }),
    ).rejects.toThrow('but it has no application fee');
    await expect(
      stripe.refunds.create({ payment_intent: payment.id, reverse_transfer: true }),
    ).rejects.toThrow('but it has no transfer');
    expect(sandbox.stripe.refunds).toEqual([]);
  });

  it('never gives back more than was taken', async () => {
    const payment = await paidDestinationCharge(stripe, coach, { amount: 5_000, fee: 500 });
    const refund = (amount?: number) =>
      stripe.refunds.create({ payment_intent: payment.id, ...(amount !== undefined && { amount }) });
    await expect(refund(5_001)).rejects.toMatchObject({ code: 'amount_too_large', param: 'amount' });
    await expect(refund(0)).rejects.toMatchObject({ code: 'parameter_invalid_integer' });
    await expect(refund(-1)).rejects.toMatchObject({ code: 'parameter_invalid_integer' });
    await expect(refund(2 ** 53)).rejects.toMatchObject({ param: 'amount' });
    await refund(4_999);
    await refund();
    await expect(refund()).rejects.toMatchObject({ code: 'charge_already_refunded' });
    expect(sandbox.stripe.refunds.map((row) => row.amount)).toEqual([4_999, 1]);
    expect((await stripe.refunds.list({ payment_intent: payment.id })).data).toHaveLength(2);
  });

  it('has nothing to refund before the payment succeeded', async () => {
    const payment = await stripe.paymentIntents.create({ amount: 5_000, currency: 'usd' });
    await expect(stripe.refunds.create({ payment_intent: payment.id })).rejects.toMatchObject({
      code: 'charge_not_refundable',
    });
  });
});

describe('refunds that take their time', () => {
  beforeEach(() => start({ pendingRefundSeconds: 3_600, failingRefundSeconds: 86_400 }));

  it('is pending first and succeeds by the business clock', async () => {
    const payment = await paidDestinationCharge(stripe, coach, {
      amount: 5_000,
      fee: 500,
      method: 'pm_card_pendingRefund',
    });
    const refund = await stripe.refunds.create({ payment_intent: payment.id });
    expect(refund).toMatchObject({ status: 'pending', pending_reason: 'processing' });
    await sandbox.advanceClock(3_600);
    expect(await stripe.refunds.retrieve(refund.id)).toMatchObject({ status: 'succeeded' });
    expect(sandbox.stripe.events.map((event) => event.type)).toContain('refund.updated');
  });

  it('fails after it had succeeded; the money is back and a repeated refund takes from the coach only once', async () => {
    const payment = await paidDestinationCharge(stripe, coach, {
      amount: 5_000,
      fee: 500,
      method: 'pm_card_refundFail',
    });
    const flags = {
      payment_intent: payment.id,
      amount: 2_000,
      reverse_transfer: true,
      refund_application_fee: true,
    };
    const refund = await stripe.refunds.create(flags);
    expect(refund.status).toBe('succeeded');
    const platform = sandbox.stripe.balance()['usd'] ?? 0;
    const atCoach = sandbox.stripe.balance(coach)['usd'];
    await sandbox.advanceClock(86_400);
    expect(await stripe.refunds.retrieve(refund.id)).toMatchObject({
      status: 'failed',
      failure_reason: 'expired_or_canceled_card',
    });
    expect(sandbox.stripe.balance()['usd']).toBe(platform + 2_000);
    expect(sandbox.stripe.charges[0]).toMatchObject({ amount_refunded: 0, refunded: false });

    await stripe.refunds.create(flags);
    expect(sandbox.stripe.balance()['usd']).toBe(platform);
    expect(sandbox.stripe.balance(coach)['usd']).toBe(atCoach);
  });

  it('fails on demand', async () => {
    const payment = await paidDestinationCharge(stripe, coach, { amount: 5_000, fee: 500 });
    const refund = await stripe.refunds.create({ payment_intent: payment.id });
    const failed = await control(sandbox, 'POST', `stripe/refunds/${refund.id}/fail`, {
      reason: 'lost_or_stolen_card',
    });
    expect(failed.body).toMatchObject({ status: 'failed', failure_reason: 'lost_or_stolen_card' });
    expect((await control(sandbox, 'POST', `stripe/refunds/${refund.id}/fail`, {})).status).toBe(400);
  });
});

describe('a fee of its own', () => {
  it('is returned by amount, beside a refund without the flag', async () => {
    await start();
    const payment = await paidDestinationCharge(stripe, coach, { amount: 10_000, fee: 1_500 });
    await stripe.refunds.create({ payment_intent: payment.id, amount: 5_000, reverse_transfer: true });
    const fee = sandbox.stripe.applicationFees[0]?.id ?? '';
    const returned = await stripe.applicationFees.createRefund(fee, { amount: 400 });
    expect(await stripe.applicationFees.retrieveRefund(fee, returned.id)).toMatchObject({ amount: 400, fee });
    await expect(stripe.applicationFees.createRefund(fee, { amount: 1_101 })).rejects.toMatchObject({
      param: 'amount',
    });
  });
});
