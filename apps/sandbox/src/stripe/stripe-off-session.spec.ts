import type Stripe from 'stripe';
import { startSandbox, type Sandbox } from '../sandbox';
import { chargeWithoutClient, control, savedCard, stripeClient, stripeFailure as failure } from '../testing';

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

describe('a payment without the client', () => {
  it('is refused with authentication_required, the intent in the error, and can be finished by the client', async () => {
    const method = await saved('pm_card_authenticationRequired');
    const error = await failure(chargeOffSession(method, { metadata: { paymentId: 'pay_1' } }));
    expect(error).toMatchObject({
      type: 'StripeCardError',
      statusCode: 402,
      code: 'authentication_required',
      decline_code: 'authentication_required',
    });
    const refused = error.payment_intent as Stripe.PaymentIntent;
    expect(refused).toMatchObject({
      status: 'requires_payment_method',
      payment_method: null,
      metadata: { paymentId: 'pay_1' },
      last_payment_error: { code: 'authentication_required', payment_method: { id: method, customer } },
    });
    const onSession = await stripe.paymentIntents.confirm(refused.id, { payment_method: method });
    expect(onSession.status).toBe('requires_action');
    await control(sandbox, 'POST', `stripe/payment-intents/${refused.id}/authenticate`, {});
    expect(await stripe.paymentIntents.retrieve(refused.id, { expand: ['latest_charge'] })).toMatchObject({
      status: 'succeeded',
      latest_charge: { object: 'charge', paid: true },
    });
  });

  it('needs no authentication of a card that was saved for it, where the bank lets that count', async () => {
    expect(await chargeOffSession(await saved('pm_card_authenticationRequiredOnSetup'))).toMatchObject({
      status: 'succeeded',
    });
    const onSessionOnly = await saved('pm_card_authenticationRequiredOnSetup', 'on_session');
    expect(await failure(chargeOffSession(onSessionOnly))).toMatchObject({ code: 'authentication_required' });
    const setUpElsewhere = await saved('pm_card_authenticationRequiredSetupForOffSession');
    expect(await chargeOffSession(setUpElsewhere)).toMatchObject({ status: 'succeeded' });
  });

  it('fails with a card that could be saved but not charged', async () => {
    const error = await failure(chargeOffSession(await saved('pm_card_chargeCustomerFail')));
    expect(error).toMatchObject({ code: 'card_declined', decline_code: 'generic_decline' });
  });

  it('turns a challenge into an error when asked to, and declines after one', async () => {
    const request = { amount: 5_000, currency: 'usd', confirm: true, ...never };
    const error = await failure(
      stripe.paymentIntents.create({
        ...request,
        payment_method: 'pm_card_authenticationRequired',
        error_on_requires_action: true,
      }),
    );
    expect(error).toMatchObject({ statusCode: 402, code: 'authentication_required' });
    const asked = await stripe.paymentIntents.create({
      ...request,
      payment_method: 'pm_card_authenticationRequiredChargeDeclinedInsufficientFunds',
    });
    const passed = await control(sandbox, 'POST', `stripe/payment-intents/${asked.id}/authenticate`, {});
    expect(passed).toMatchObject({ status: 402, body: { error: { decline_code: 'insufficient_funds' } } });
    expect(await stripe.paymentIntents.retrieve(asked.id)).toMatchObject({
      status: 'requires_payment_method',
    });
  });

  it('fails after it was processing', async () => {
    const payment = await stripe.paymentIntents.create({
      amount: 5_000,
      currency: 'usd',
      payment_method: 'pm_sandbox_processingFails',
      confirm: true,
      ...never,
    });
    expect(payment.status).toBe('processing');
    await sandbox.advanceClock(5);
    expect(await stripe.paymentIntents.retrieve(payment.id)).toMatchObject({
      status: 'requires_payment_method',
      last_payment_error: { code: 'card_declined' },
    });
  });
});

describe('payment methods', () => {
  it.each([
    ['pm_card_chargeDeclined', 'card_declined', 'generic_decline'],
    ['pm_card_chargeDeclinedInsufficientFunds', 'card_declined', 'insufficient_funds'],
    ['pm_card_chargeDeclinedExpiredCard', 'expired_card', 'expired_card'],
    ['pm_card_chargeDeclinedIncorrectCvc', 'incorrect_cvc', 'incorrect_cvc'],
    ['pm_card_chargeDeclinedProcessingError', 'processing_error', 'processing_error'],
  ])('refuses %s when attached and when charged', async (card, code, declineCode) => {
    const refusal = { statusCode: 402, code, decline_code: declineCode };
    expect(await failure(stripe.paymentMethods.attach(card, { customer }))).toMatchObject(refusal);
    const request = { amount: 5_000, currency: 'usd', payment_method: card, confirm: true, ...never };
    expect(await failure(stripe.paymentIntents.create(request))).toMatchObject(refusal);
    const before = sandbox.stripe.customers.length;
    expect(await failure(stripe.customers.create({ payment_method: card }))).toMatchObject(refusal);
    expect(sandbox.stripe.customers).toHaveLength(before);
  });

  it('belongs to one customer and is of no use once detached', async () => {
    const { id } = await stripe.paymentMethods.attach('pm_card_visa', { customer });
    const other = await stripe.customers.create({});
    expect(await failure(chargeOffSession(id, { customer: other.id }))).toMatchObject({
      param: 'payment_method',
    });
    expect(await failure(stripe.paymentMethods.attach(id, { customer: other.id }))).toMatchObject({
      param: 'payment_method',
    });
    await stripe.paymentMethods.detach(id);
    expect((await stripe.paymentMethods.list({ customer })).data).toEqual([]);
    expect((await failure(chargeOffSession(id))).message).toContain('may not be used again');
    expect((await failure(stripe.paymentMethods.detach(id))).message).toContain('not attached');
  });

  it('is kept by a payment with setup_future_usage and used up by one without', async () => {
    const pay = (extra: Partial<Stripe.PaymentIntentCreateParams>) =>
      stripe.paymentIntents.create({
        amount: 5_000,
        currency: 'usd',
        payment_method: 'pm_card_visa',
        confirm: true,
        ...never,
        ...extra,
      });
    const kept = await pay({ customer, setup_future_usage: 'off_session' });
    expect(await chargeOffSession(kept.payment_method as string)).toMatchObject({ status: 'succeeded' });
    const used = await pay({});
    expect((await failure(chargeOffSession(used.payment_method as string))).message).toContain(
      'may not be used again',
    );
  });
});

describe('what the client sees of a payment', () => {
  it('has a receipt and a line on the statement', async () => {
    const payment = await chargeOffSession(await saved('pm_card_visa'), {
      receipt_email: 'client@example.test',
      statement_descriptor_suffix: 'COACHING WITH MARIA',
      description: 'Session on 1 March',
      expand: ['latest_charge'],
    });
    const charge = payment.latest_charge as Stripe.Charge;
    expect(charge).toMatchObject({
      receipt_email: 'client@example.test',
      calculated_statement_descriptor: 'SANDBOX* COACHING WITH',
    });
    const page = await (await fetch(charge.receipt_url ?? '')).text();
    expect(page).toContain('USD 50.00'.replace(' ', '\u00a0'));
    expect(page).toContain('Session on 1 March');
    const bad = await failure(
      chargeOffSession('pm_card_visa', { statement_descriptor_suffix: 'MARIA "COACH"' }),
    );
    expect(bad).toMatchObject({ param: 'statement_descriptor_suffix' });
  });
});
