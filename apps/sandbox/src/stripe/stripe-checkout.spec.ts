import type Stripe from 'stripe';
import { startSandbox, type Sandbox } from '../sandbox';
import {
  control,
  readyAccount,
  startReceiver,
  stripeClient,
  stripeFailure as failure,
  WEBHOOK_SECRET,
} from '../testing';

let sandbox: Sandbox;
let stripe: Stripe;
let coach: string;

beforeAll(async () => {
  sandbox = await startSandbox({ processingFee: { basisPoints: 0, fixedMinor: 0 } });
  stripe = stripeClient(sandbox);
  coach = await readyAccount(sandbox, stripe);
});

afterAll(() => sandbox.close());

const SUCCESS = 'http://127.0.0.1:9/paid?session={CHECKOUT_SESSION_ID}';

const item = (unitAmount: number, name = 'Package of 5'): Stripe.Checkout.SessionCreateParams.LineItem => ({
  price_data: { currency: 'usd', product_data: { name }, unit_amount: unitAmount },
  quantity: 1,
});

const create = (extra: Partial<Stripe.Checkout.SessionCreateParams> = {}) =>
  stripe.checkout.sessions.create({
    mode: 'payment',
    line_items: [item(10_000)],
    success_url: SUCCESS,
    cancel_url: 'http://127.0.0.1:9/back',
    metadata: { purchaseId: 'pur_1' },
    payment_intent_data: {
      application_fee_amount: 1_500,
      transfer_data: { destination: coach },
      metadata: { paymentId: 'pay_1' },
      statement_descriptor_suffix: 'COACH',
    },
    ...extra,
  });

const press = (session: Stripe.Checkout.Session, paymentMethod: string, email = '') =>
  fetch(session.url ?? '', {
    method: 'POST',
    body: new URLSearchParams({ paymentMethod, email }),
    redirect: 'manual',
  });

const typesAbout = (id: string) =>
  sandbox.stripe.events
    .filter((event) => (event.data.object as { id?: string }).id === id)
    .map((event) => event.type);

describe('a Checkout Session', () => {
  it('is paid on its page, with the fee and the transfer of its payment data', async () => {
    const before = [sandbox.stripe.balance()['usd'] ?? 0, sandbox.stripe.balance(coach)['usd'] ?? 0];
    const session = await create({ customer_email: 'client@example.test' });
    expect(session).toMatchObject({
      status: 'open',
      payment_status: 'unpaid',
      amount_total: 10_000,
      payment_intent: null,
    });
    const page = await (await fetch(session.url ?? '')).text();
    expect(page).toContain('Package of 5');
    expect(page).not.toContain('<script');
    const paid = await press(session, 'pm_card_visa', 'payer@example.test');
    expect([paid.status, paid.headers.get('location')]).toEqual([
      303,
      SUCCESS.replace('{CHECKOUT_SESSION_ID}', session.id),
    ]);
    const done = await stripe.checkout.sessions.retrieve(session.id, {
      expand: ['payment_intent.latest_charge.application_fee'],
    });
    expect(done).toMatchObject({
      status: 'complete',
      payment_status: 'paid',
      url: null,
      metadata: { purchaseId: 'pur_1' },
      customer_details: { email: 'payer@example.test' },
      payment_intent: {
        status: 'succeeded',
        metadata: { paymentId: 'pay_1' },
        latest_charge: { application_fee: { amount: 1_500, account: coach } },
      },
    });
    expect(typesAbout(session.id)).toEqual(['checkout.session.completed']);
    expect([sandbox.stripe.balance()['usd'], sandbox.stripe.balance(coach)['usd']]).toEqual([
      (before[0] ?? 0) + 1_500,
      (before[1] ?? 0) + 8_500,
    ]);
    expect((await press(session, 'pm_card_visa')).status).not.toBe(200);
    expect(sandbox.stripe.charges).toHaveLength(1);
  });

  it('stays open when a card declines, and keeps its payment intent for the next one', async () => {
    const session = await create();
    const declined = await press(session, 'pm_card_chargeDeclinedInsufficientFunds');
    expect(declined.status).toBe(402);
    expect(await declined.text()).toContain('insufficient funds');
    const open = await stripe.checkout.sessions.retrieve(session.id);
    expect(open).toMatchObject({ status: 'open', payment_intent: expect.stringMatching(/^pi_/) as string });
    expect(await failure(stripe.paymentIntents.cancel(open.payment_intent as string))).toMatchObject({
      code: 'payment_intent_unexpected_state',
    });
    await press(session, 'pm_card_visa');
    expect(await stripe.checkout.sessions.retrieve(session.id)).toMatchObject({
      status: 'complete',
      payment_intent: open.payment_intent,
    });
  });

  it('leads to the bank and back when the card needs authentication', async () => {
    const session = await create();
    const asked = await press(session, 'pm_card_authenticationRequired');
    const challenge = asked.headers.get('location') ?? '';
    expect(challenge).toContain('/authenticate/pi_');
    const back = await fetch(challenge, {
      method: 'POST',
      body: new URLSearchParams({ success: 'true' }),
      redirect: 'manual',
    });
    expect(back.headers.get('location')).toBe(`/checkout/${session.id}`);
    const after = await fetch(session.url ?? '', { redirect: 'manual' });
    expect(after.headers.get('location')).toContain(session.id);
    expect(await stripe.checkout.sessions.retrieve(session.id)).toMatchObject({ payment_status: 'paid' });
  });

  it.each([
    ['pm_sandbox_processing', 'paid', 'checkout.session.async_payment_succeeded'],
    ['pm_sandbox_processingFails', 'unpaid', 'checkout.session.async_payment_failed'],
  ])('is complete but unpaid while %s is under way', async (card, end, type) => {
    const session = await create();
    await control(sandbox, 'POST', `stripe/checkout-sessions/${session.id}/pay`, { paymentMethod: card });
    expect(await stripe.checkout.sessions.retrieve(session.id)).toMatchObject({
      status: 'complete',
      payment_status: 'unpaid',
    });
    await sandbox.advanceClock(6);
    expect(await stripe.checkout.sessions.retrieve(session.id)).toMatchObject({ payment_status: end });
    expect(typesAbout(session.id)).toEqual(['checkout.session.completed', type]);
  });

  it('makes a customer and keeps the card when asked to', async () => {
    const session = await create({
      customer_creation: 'always',
      payment_intent_data: { setup_future_usage: 'off_session' },
    });
    await press(session, 'pm_card_visa', 'payer@example.test');
    const { customer } = await stripe.checkout.sessions.retrieve(session.id, { expand: ['customer'] });
    expect(customer).toMatchObject({ email: 'payer@example.test' });
    const methods = await stripe.paymentMethods.list({ customer: (customer as Stripe.Customer).id });
    expect(methods.data).toHaveLength(1);
  });

  it('expires by itself after a day or sooner, and by a call; its payment goes with it', async () => {
    const now = Math.floor(sandbox.now().getTime() / 1_000);
    const short = await create({ expires_at: now + 1_800 + 5 });
    const day = await create();
    const begun = await create();
    await press(begun, 'pm_card_chargeDeclined');
    const receiver = await startReceiver();
    sandbox.setStripeWebhook({ url: receiver.url, secret: WEBHOOK_SECRET });
    const expired = await stripe.checkout.sessions.expire(begun.id);
    await sandbox.advanceClock(1_900);
    await sandbox.drainWebhooks();
    sandbox.setStripeWebhook(undefined);
    await receiver.close();
    expect(expired).toMatchObject({ status: 'expired', url: null });
    expect(await stripe.paymentIntents.retrieve(expired.payment_intent as string)).toMatchObject({
      status: 'canceled',
    });
    expect(receiver.types()).toEqual([
      'payment_intent.canceled',
      'checkout.session.expired',
      'checkout.session.expired',
    ]);
    expect(await stripe.checkout.sessions.retrieve(short.id)).toMatchObject({ status: 'expired' });
    expect((await fetch(short.url ?? '')).status).toBe(410);
    expect((await press(short, 'pm_card_visa')).status).toBe(410);
    expect((await failure(stripe.checkout.sessions.expire(short.id))).statusCode).toBe(400);
    expect(await stripe.checkout.sessions.retrieve(day.id)).toMatchObject({ status: 'open' });
    await sandbox.advanceClock(86_400);
    expect(await stripe.checkout.sessions.retrieve(day.id)).toMatchObject({ status: 'expired' });
  });

  it('is listed, also by its payment, with its line items in their order', async () => {
    const customer = (await stripe.customers.create({})).id;
    const session = await create({
      customer,
      line_items: [item(1_000, 'First'), { ...item(2_000, 'Second'), quantity: 2 }],
    });
    expect(session.amount_total).toBe(5_000);
    const items = await stripe.checkout.sessions.listLineItems(session.id);
    expect(items.data.map((line) => [line.description, line.amount_total])).toEqual([
      ['First', 1_000],
      ['Second', 4_000],
    ]);
    await control(sandbox, 'POST', `stripe/checkout-sessions/${session.id}/pay`, {
      paymentMethod: 'pm_card_visa',
    });
    const [intent] = (await stripe.paymentIntents.list({ customer })).data;
    for (const filter of [{ payment_intent: intent?.id ?? '' }, { customer, status: 'complete' as const }]) {
      const { data } = await stripe.checkout.sessions.list(filter);
      expect(data.map(({ id }) => id)).toEqual([session.id]);
    }
  });

  it.each<[string, Partial<Stripe.Checkout.SessionCreateParams>, string]>([
    ['nowhere to return to', { success_url: undefined }, 'success_url'],
    [
      'items of two currencies',
      {
        line_items: [
          item(500),
          { ...item(500), price_data: { currency: 'eur', product_data: { name: 'x' }, unit_amount: 500 } },
        ],
      },
      'line_items',
    ],
    ['too little to charge', { line_items: [item(10)] }, 'amount'],
    [
      'a fee without a destination',
      { payment_intent_data: { application_fee_amount: 5 } },
      'application_fee_amount',
    ],
    ['an expiry too soon', { expires_at: 1 }, 'expires_at'],
    ['an unknown parameter', { allow_promotion_codes: true }, 'allow_promotion_codes'],
  ])('is refused with %s', async (_title, extra, param) => {
    expect(await failure(create(extra))).toMatchObject({ type: 'StripeInvalidRequestError', param });
  });
});
