import type Stripe from 'stripe';
import { startSandbox, type Sandbox } from '../sandbox';
import {
  chargeWithoutClient,
  control,
  savedCard,
  startReceiver,
  stripeClient,
  stripeFailure as failure,
  WEBHOOK_SECRET,
} from '../testing';

let sandbox: Sandbox;
let stripe: Stripe;
let customer: string;

beforeAll(async () => {
  sandbox = await startSandbox();
  stripe = stripeClient(sandbox);
});

beforeEach(async () => {
  customer = (await stripe.customers.create({ email: 'client@example.test' })).id;
});

afterAll(() => sandbox.close());

const never = { automatic_payment_methods: { enabled: true, allow_redirects: 'never' } } as const;

const saved = (card: string, usage?: 'off_session' | 'on_session') =>
  savedCard(sandbox, stripe, customer, card, usage);
const chargeOffSession = (method: string, extra?: Partial<Stripe.PaymentIntentCreateParams>) =>
  chargeWithoutClient(stripe, customer, method, extra);

const typesAbout = (id: string) =>
  sandbox.stripe.events
    .filter((event) => (event.data.object as { id?: string }).id === id)
    .map((event) => event.type);

describe('setup intents', () => {
  it('saves a card of a customer, which can then be charged without the client', async () => {
    const method = await saved('pm_card_visa');
    expect(await stripe.paymentMethods.retrieve(method)).toMatchObject({ customer, card: { last4: '4242' } });
    for (const list of [
      await stripe.paymentMethods.list({ customer, type: 'card' }),
      await stripe.customers.listPaymentMethods(customer, { type: 'card' }),
    ]) {
      expect(list.data.map(({ id }) => id)).toEqual([method]);
    }
    const paid = await chargeOffSession(method);
    expect(paid).toMatchObject({ status: 'succeeded', payment_method: method, customer });
    expect(await chargeOffSession(method)).toMatchObject({ status: 'succeeded' });
  });

  it('keeps one intent per idempotency key and tells its life by events', async () => {
    const create = () =>
      stripe.setupIntents.create(
        { customer, ...never, metadata: { clientId: 'cli_1' } },
        { idempotencyKey: `setup:${customer}` },
      );
    const setup = await create();
    expect((await create()).id).toBe(setup.id);
    expect(setup).toMatchObject({ status: 'requires_payment_method', usage: 'off_session' });
    await stripe.setupIntents.update(setup.id, { metadata: { note: 'x' }, description: 'Card for later' });
    const declined = await failure(
      stripe.setupIntents.confirm(setup.id, { payment_method: 'pm_card_chargeDeclinedExpiredCard' }),
    );
    expect(declined).toMatchObject({ statusCode: 402, code: 'expired_card' });
    expect(declined.setup_intent).toMatchObject({
      status: 'requires_payment_method',
      last_setup_error: { code: 'expired_card' },
      metadata: { clientId: 'cli_1', note: 'x' },
    });
    await stripe.setupIntents.confirm(setup.id, { payment_method: 'pm_card_visa' });
    expect(typesAbout(setup.id)).toEqual([
      'setup_intent.created',
      'setup_intent.setup_failed',
      'setup_intent.succeeded',
    ]);
    expect((await stripe.setupIntents.list({ customer })).data.map(({ id }) => id)).toEqual([setup.id]);
    const late = await failure(stripe.setupIntents.cancel(setup.id));
    expect(late).toMatchObject({ code: 'setup_intent_unexpected_state' });
  });

  it('asks the client at the bank, by a page that takes the answer once', async () => {
    const setup = await stripe.setupIntents.create({
      customer,
      payment_method: 'pm_card_authenticationRequiredOnSetup',
      confirm: true,
      ...never,
    });
    expect(setup.status).toBe('requires_action');
    const challenge = setup.next_action?.use_stripe_sdk as { stripe_js: string } | undefined;
    const page = challenge?.stripe_js ?? '';
    expect((await fetch(page.replace(/client_secret=.*/, 'client_secret=another'))).status).toBe(404);
    expect(await (await fetch(page)).text()).toContain('Complete authentication');
    await fetch(page, { method: 'POST', body: new URLSearchParams({ success: 'true' }) });
    expect(await stripe.setupIntents.retrieve(setup.id)).toMatchObject({ status: 'succeeded' });
    expect(await (await fetch(page)).text()).toContain('Nothing to confirm');
  });

  it('drops the card when the client fails the challenge, and can be cancelled then', async () => {
    const setup = await stripe.setupIntents.create({
      customer,
      payment_method: 'pm_card_authenticationRequired',
      confirm: true,
      ...never,
    });
    await control(sandbox, 'POST', `stripe/setup-intents/${setup.id}/authenticate`, { success: false });
    expect(await stripe.setupIntents.retrieve(setup.id)).toMatchObject({
      status: 'requires_payment_method',
      last_setup_error: { code: 'setup_intent_authentication_failure' },
    });
    const canceled = await stripe.setupIntents.cancel(setup.id, { cancellation_reason: 'abandoned' });
    expect(canceled).toMatchObject({ status: 'canceled', cancellation_reason: 'abandoned' });
    expect(typesAbout(setup.id).slice(1)).toEqual([
      'setup_intent.requires_action',
      'setup_intent.setup_failed',
      'setup_intent.canceled',
    ]);
  });

  it('makes one intent when the answer is lost after it was done', async () => {
    const before = sandbox.stripe.setupIntents.length;
    sandbox.faults.inject({
      provider: 'stripe',
      operation: 'POST /v1/setup_intents',
      kind: 'timeout_after_commit',
      times: 1,
    });
    const patient = stripeClient(sandbox, { maxNetworkRetries: 2 });
    const setup = await patient.setupIntents.create({ customer, ...never });
    expect(sandbox.stripe.setupIntents).toHaveLength(before + 1);
    expect(sandbox.stripe.setupIntents.at(-1)?.id).toBe(setup.id);
  });
});

it('sends the events of saved cards to the webhook endpoint', async () => {
  const receiver = await startReceiver();
  sandbox.setStripeWebhook({ url: receiver.url, secret: WEBHOOK_SECRET });
  await saved('pm_card_visa');
  await sandbox.drainWebhooks();
  sandbox.setStripeWebhook(undefined);
  expect(receiver.types()).toEqual(
    expect.arrayContaining(['setup_intent.succeeded', 'payment_method.attached']),
  );
  await receiver.close();
});
