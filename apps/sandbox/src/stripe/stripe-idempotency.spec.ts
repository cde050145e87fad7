import Stripe from 'stripe';
import { startSandbox, type Sandbox } from '../sandbox';
import { paidDestinationCharge, readyAccount, stripeClient } from '../testing';

let sandbox: Sandbox;
let stripe: Stripe;
let payment: Stripe.PaymentIntent;

beforeEach(async () => {
  sandbox = await startSandbox();
  stripe = stripeClient(sandbox);
  const coach = await readyAccount(sandbox, stripe);
  payment = await paidDestinationCharge(stripe, coach, { amount: 10_000, fee: 1_500 });
});

afterEach(() => sandbox.close());

const refund = (client: Stripe, idempotencyKey: string, amount = 4_000) =>
  client.refunds.create(
    { payment_intent: payment.id, amount, metadata: { refundId: 'ref_1' } },
    { idempotencyKey },
  );

describe('idempotency keys', () => {
  it('replays the first answer and does the work once', async () => {
    const first = await refund(stripe, 'refund:1:1');
    const again = await refund(stripe, 'refund:1:1');
    expect(again.id).toBe(first.id);
    expect(again.lastResponse.headers['idempotent-replayed']).toBe('true');
    expect(again.lastResponse.headers['original-request']).toBe(first.lastResponse.requestId);
    expect(sandbox.stripe.refunds).toHaveLength(1);
  });

  it('refuses the same key with other parameters or another operation', async () => {
    await refund(stripe, 'refund:1:1');
    await expect(refund(stripe, 'refund:1:1', 3_000)).rejects.toMatchObject({
      type: 'StripeIdempotencyError',
      rawType: 'idempotency_error',
    });
    await expect(stripe.customers.create({}, { idempotencyKey: 'refund:1:1' })).rejects.toMatchObject({
      rawType: 'idempotency_error',
    });
    expect(sandbox.stripe.refunds).toHaveLength(1);
  });

  it('answers 409 while another request with the key runs; 20 parallel ones make one refund', async () => {
    sandbox.faults.inject({
      provider: 'stripe',
      operation: 'POST /v1/refunds',
      kind: 'slow',
      times: 1,
      delayMs: 150,
    });
    const answers = await Promise.allSettled(Array.from({ length: 20 }, () => refund(stripe, 'refund:1:1')));
    const refused = answers
      .filter((answer) => answer.status === 'rejected')
      .map((answer) => answer.reason as unknown);
    expect(refused).toHaveLength(19);
    for (const error of refused) {
      expect(error).toMatchObject({
        statusCode: 409,
        code: 'idempotency_key_in_use',
        rawType: 'idempotency_error',
      });
    }
    expect(sandbox.stripe.refunds).toHaveLength(1);
    expect((await refund(stripe, 'refund:1:1')).id).toBe(sandbox.stripe.refunds[0]?.id);
  });

  it('stores nothing when validation fails, but what failed while running', async () => {
    await expect(refund(stripe, 'a', 0)).rejects.toMatchObject({ code: 'parameter_invalid_integer' });
    expect((await refund(stripe, 'a')).amount).toBe(4_000);

    await expect(refund(stripe, 'b', 9_000)).rejects.toMatchObject({ code: 'amount_too_large' });
    const replayed = await refund(stripe, 'b', 9_000).catch((error: unknown) => error);
    expect(replayed).toMatchObject({ code: 'amount_too_large', headers: { 'idempotent-replayed': 'true' } });
  });

  it('stores a decline, and a 500 that came after the work had begun', async () => {
    const request = {
      amount: 5_000,
      currency: 'usd',
      payment_method: 'pm_card_chargeDeclined',
      confirm: true,
      automatic_payment_methods: { enabled: true, allow_redirects: 'never' },
    } as const;
    const before = sandbox.stripe.paymentIntents.length;
    for (let attempt = 1; attempt <= 2; attempt += 1) {
      await expect(stripe.paymentIntents.create(request, { idempotencyKey: 'pay:1' })).rejects.toMatchObject({
        code: 'card_declined',
      });
    }
    expect(sandbox.stripe.paymentIntents).toHaveLength(before + 1);

    sandbox.faults.inject({
      provider: 'stripe',
      operation: 'POST /v1/refunds',
      kind: 'server_error',
      times: 1,
    });
    for (let attempt = 1; attempt <= 2; attempt += 1) {
      await expect(refund(stripe, 'refund:1:1')).rejects.toMatchObject({ statusCode: 500 });
    }
    expect(sandbox.stripe.refunds).toHaveLength(0);
    expect((await refund(stripe, 'refund:1:2')).amount).toBe(4_000);
  });

  it('forgets a key after a day of the business clock: the same call is then a new one', async () => {
    const first = await refund(stripe, 'refund:1:1');
    await sandbox.advanceClock(24 * 3_600 - 5);
    expect((await refund(stripe, 'refund:1:1')).id).toBe(first.id);
    await sandbox.advanceClock(10);
    expect((await refund(stripe, 'refund:1:1')).id).not.toBe(first.id);
    const found = (await stripe.refunds.list({ payment_intent: payment.id })).data;
    expect(found.map((row) => row.metadata?.['refundId'])).toEqual(['ref_1', 'ref_1']);
  });
});

describe('a call whose answer never came', () => {
  it('ends as exactly one refund: the SDK repeats with the same key and reads the stored answer', async () => {
    sandbox.faults.inject({
      provider: 'stripe',
      operation: 'POST /v1/refunds',
      kind: 'timeout_after_commit',
      times: 1,
    });
    const answer = await refund(stripeClient(sandbox, { maxNetworkRetries: 2 }), 'refund:1:1');
    expect(sandbox.stripe.refunds.map((row) => row.id)).toEqual([answer.id]);
  });

  it('is a connection error to a client that does not repeat, and the refund is there', async () => {
    // Twice: the SDK repeats a call on a connection that was closed under it, even without retries.
    sandbox.faults.inject({
      provider: 'stripe',
      operation: 'POST /v1/refunds',
      kind: 'timeout_after_commit',
      times: 2,
    });
    await expect(refund(stripe, 'refund:1:1')).rejects.toBeInstanceOf(Stripe.errors.StripeConnectionError);
    expect(sandbox.stripe.refunds).toHaveLength(1);
    expect((await refund(stripe, 'refund:1:1')).id).toBe(sandbox.stripe.refunds[0]?.id);
  });

  it('did nothing when the connection was reset or the rate limit was hit', async () => {
    sandbox.faults.inject({ provider: 'stripe', operation: 'POST /v1/refunds', kind: 'reset', times: 2 });
    sandbox.faults.inject({
      provider: 'stripe',
      operation: 'POST /v1/refunds',
      kind: 'rate_limit',
      times: 1,
    });
    await expect(refund(stripe, 'refund:1:1')).rejects.toBeInstanceOf(Stripe.errors.StripeConnectionError);
    await expect(refund(stripe, 'refund:1:1')).rejects.toMatchObject({
      statusCode: 429,
      headers: { 'retry-after': '1' },
    });
    expect(sandbox.stripe.refunds).toHaveLength(0);
    await refund(stripe, 'refund:1:1');
    expect(sandbox.stripe.refunds).toHaveLength(1);
  });
});
