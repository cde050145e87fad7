import type Stripe from 'stripe';
import { startSandbox, type Sandbox } from '../sandbox';
import {
  control,
  paidDestinationCharge,
  readyAccount,
  stripeClient,
  stripeFailure as failure,
} from '../testing';

let sandbox: Sandbox;
let stripe: Stripe;

beforeAll(async () => {
  sandbox = await startSandbox();
  stripe = stripeClient(sandbox);
});

afterAll(() => sandbox.close());

const card = { automatic_payment_methods: { enabled: true, allow_redirects: 'never' } } as const;

describe('payment intents', () => {
  it('takes the money when the card works, with everything behind it expandable', async () => {
    const coach = await readyAccount(sandbox, stripe);
    const { id } = await paidDestinationCharge(stripe, coach, { amount: 10_000, fee: 1_500 });
    const intent = await stripe.paymentIntents.retrieve(id, {
      expand: [
        'latest_charge.balance_transaction',
        'latest_charge.transfer',
        'latest_charge.application_fee',
      ],
    });
    expect(intent).toMatchObject({
      status: 'succeeded',
      amount_received: 10_000,
      latest_charge: {
        object: 'charge',
        paid: true,
        balance_transaction: { object: 'balance_transaction', amount: 10_000, fee: 320, net: 9_680 },
        transfer: { amount: 10_000, destination: coach },
        application_fee: { amount: 1_500, account: coach },
      },
    });
    expect(intent.client_secret).toMatch(new RegExp(`^${id}_secret_\\w+$`));
  });

  it('answers a declined card with 402 and lets the client try another one by the client secret', async () => {
    const intent = await stripe.paymentIntents.create({ amount: 5_000, currency: 'eur', ...card });
    const path = `stripe/payment-intents/${intent.id}/confirm`;
    const declined = await control(sandbox, 'POST', path, { paymentMethod: 'pm_card_chargeDeclined' });
    expect(declined).toMatchObject({
      status: 402,
      body: { error: { type: 'card_error', code: 'card_declined', decline_code: 'generic_decline' } },
    });
    expect(await stripe.paymentIntents.retrieve(intent.id)).toMatchObject({
      status: 'requires_payment_method',
      last_payment_error: { code: 'card_declined' },
    });
    const stolen = await control(sandbox, 'POST', path, {
      paymentMethod: 'pm_card_visa',
      clientSecret: 'another',
    });
    expect(stolen.status).toBe(400);
    const paid = await control(sandbox, 'POST', path, {
      paymentMethod: 'pm_card_visa',
      clientSecret: intent.client_secret,
    });
    expect(paid).toMatchObject({ status: 200, body: { status: 'succeeded' } });
    expect(
      (await stripe.charges.list({ payment_intent: intent.id })).data.map((charge) => charge.status),
    ).toEqual(['succeeded', 'failed']);
  });

  it('asks for authentication on-session and refuses off-session', async () => {
    const request = {
      amount: 5_000,
      currency: 'usd',
      payment_method: 'pm_card_authenticationRequired',
      confirm: true,
      ...card,
    };
    const onSession = await stripe.paymentIntents.create(request);
    expect(onSession).toMatchObject({ status: 'requires_action', next_action: { type: 'use_stripe_sdk' } });
    const passed = await control(sandbox, 'POST', `stripe/payment-intents/${onSession.id}/authenticate`, {});
    expect(passed.body).toMatchObject({ status: 'succeeded' });

    const error = await failure(stripe.paymentIntents.create({ ...request, off_session: true }));
    expect(error).toMatchObject({
      type: 'StripeCardError',
      code: 'authentication_required',
      statusCode: 402,
    });
    expect(error.payment_intent).toMatchObject({ status: 'requires_payment_method' });
  });

  it('cancels what is open and refuses to cancel what is paid', async () => {
    const open = await stripe.paymentIntents.create({ amount: 5_000, currency: 'usd', ...card });
    const canceled = await stripe.paymentIntents.cancel(open.id, { cancellation_reason: 'abandoned' });
    expect(canceled).toMatchObject({ status: 'canceled', cancellation_reason: 'abandoned' });
    await control(sandbox, 'POST', `stripe/payment-intents/${open.id}/confirm`, {
      paymentMethod: 'pm_card_visa',
    });
    expect(await stripe.paymentIntents.retrieve(open.id)).toMatchObject({
      status: 'canceled',
      latest_charge: null,
    });

    const paid = await stripe.paymentIntents.create({
      amount: 5_000,
      currency: 'usd',
      payment_method: 'pm_card_visa',
      confirm: true,
      ...card,
    });
    const error = await failure(stripe.paymentIntents.cancel(paid.id));
    expect(error).toMatchObject({ code: 'payment_intent_unexpected_state', statusCode: 400 });
    expect(error.payment_intent).toMatchObject({ status: 'succeeded' });
  });

  it('makes nothing when it cannot be confirmed as asked', async () => {
    const before = sandbox.stripe.paymentIntents.length;
    const request = { amount: 5_000, currency: 'usd', confirm: true };
    expect(
      await failure(stripe.paymentIntents.create({ ...request, payment_method: 'pm_card_visa' })),
    ).toMatchObject({
      param: 'return_url',
    });
    expect(await failure(stripe.paymentIntents.create({ ...request, ...card }))).toMatchObject({
      code: 'payment_intent_unexpected_state',
    });
    expect(
      await failure(stripe.paymentIntents.create({ ...request, ...card, payment_method: 'pm_none' })),
    ).toMatchObject({
      code: 'resource_missing',
    });
    expect(sandbox.stripe.paymentIntents).toHaveLength(before);
  });

  it('keeps a payment processing until its time has come by the business clock', async () => {
    const intent = await stripe.paymentIntents.create({
      amount: 5_000,
      currency: 'usd',
      payment_method: 'pm_sandbox_processing',
      confirm: true,
      ...card,
    });
    expect(intent.status).toBe('processing');
    await sandbox.advanceClock(6);
    expect(await stripe.paymentIntents.retrieve(intent.id)).toMatchObject({ status: 'succeeded' });
  });

  it.each([
    [
      'an unknown parameter',
      { amount: 500, currency: 'usd', payment_method_types: ['card'] },
      'parameter_unknown',
      'payment_method_types',
    ],
    ['a missing parameter', { currency: 'usd' }, 'parameter_missing', 'amount'],
    ['a wrong type', { amount: 'ten', currency: 'usd' }, 'parameter_invalid_integer', 'amount'],
    ['a fraction', { amount: 10.5, currency: 'usd' }, 'parameter_invalid_integer', 'amount'],
    ['an amount of zero', { amount: 0, currency: 'usd' }, 'parameter_invalid_integer', 'amount'],
    ['less than the minimum charge', { amount: 49, currency: 'usd' }, 'amount_too_small', 'amount'],
    ['a currency that is none', { amount: 500, currency: 'xyz' }, undefined, 'currency'],
    [
      'a last digit that KWD has not',
      { amount: 5_005, currency: 'kwd' },
      'parameter_invalid_integer',
      'amount',
    ],
    [
      'a fee without a destination',
      { amount: 500, currency: 'usd', application_fee_amount: 50 },
      undefined,
      'application_fee_amount',
    ],
    [
      'an unknown destination',
      { amount: 500, currency: 'usd', transfer_data: { destination: 'acct_none' } },
      'resource_missing',
      'transfer_data[destination]',
    ],
    [
      'metadata that is too long',
      { amount: 500, currency: 'usd', metadata: { note: 'x'.repeat(501) } },
      undefined,
      'metadata[note]',
    ],
  ])('refuses %s as Stripe does', async (_title, parameters, code, param) => {
    const error = await failure(stripe.paymentIntents.create(parameters as Stripe.PaymentIntentCreateParams));
    expect(error).toMatchObject({ type: 'StripeInvalidRequestError', param });
    expect(error.code).toBe(code);
  });

  it('refuses a destination that may not take transfers', async () => {
    const { id } = await stripe.accounts.create({
      type: 'express',
      capabilities: { transfers: { requested: true } },
    });
    const error = await failure(paidDestinationCharge(stripe, id, { amount: 5_000, fee: 500 }));
    expect(error.code).toBe('insufficient_capabilities_for_transfer');
  });
});

describe('keys', () => {
  it.each(['sk_live_abc', 'rk_live_abc', 'pk_live_abc', 'nonsense'])('refuses %s with 401', async (key) => {
    const error = await failure(stripeClient(sandbox, { key }).balance.retrieve());
    expect(error).toMatchObject({ statusCode: 401 });
  });

  it('takes a test key by Basic as by Bearer, and names each request', async () => {
    const authorization = `Basic ${Buffer.from('sk_test_x:').toString('base64')}`;
    const response = await fetch(`${sandbox.urls.stripe}/v1/balance`, { headers: { authorization } });
    expect(response.status).toBe(200);
    expect(response.headers.get('request-id')).toMatch(/^req_/);
  });
});

describe('lists', () => {
  it('pages newest first', async () => {
    const own = await startSandbox();
    const client = stripeClient(own);
    const made: string[] = [];
    for (let index = 0; index < 5; index += 1) {
      made.unshift((await client.customers.create({ name: `Client ${index}`, email: 'c@example.test' })).id);
    }
    const first = await client.customers.list({ limit: 2 });
    expect(first).toMatchObject({ object: 'list', has_more: true, url: '/v1/customers' });
    expect(first.data.map((customer) => customer.id)).toEqual(made.slice(0, 2));
    const all = await client.customers.list({ limit: 2 }).autoPagingToArray({ limit: 100 });
    expect(all.map((customer) => customer.id)).toEqual(made);
    await own.close();
  });
});

describe('accounts', () => {
  it('becomes able to take payments on the onboarding page, which leads back', async () => {
    const account = await stripe.accounts.create({
      type: 'express',
      email: 'coach@example.test',
      capabilities: { transfers: { requested: true } },
    });
    expect(account).toMatchObject({ charges_enabled: false, capabilities: { transfers: 'inactive' } });
    const link = await stripe.accountLinks.create({
      account: account.id,
      type: 'account_onboarding',
      return_url: 'http://127.0.0.1:9/back',
      refresh_url: 'http://127.0.0.1:9/again',
    });
    const shown = await fetch(link.url);
    expect(await shown.text()).toContain('SANDBOX');
    expect(await stripe.accounts.retrieve(account.id)).toMatchObject({ details_submitted: false });
    const done = await fetch(link.url, { method: 'POST', redirect: 'manual' });
    expect([done.status, done.headers.get('location')]).toEqual([303, 'http://127.0.0.1:9/back']);
    expect(await stripe.accounts.retrieve(account.id)).toMatchObject({
      charges_enabled: true,
      payouts_enabled: true,
      details_submitted: true,
      capabilities: { transfers: 'active' },
    });
    expect((await fetch(link.url, { method: 'POST', redirect: 'manual' })).status).toBe(410);
  });
});
