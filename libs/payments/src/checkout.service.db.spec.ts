import { sql, type RawBuilder } from '@app/database';
import { Checkout } from './checkout.service';
import type { PaymentRecord } from './payment-record';
import { TermsBeforePayment } from './payments.errors';
import { PaymentsWorld, type Practice } from './payments.test-world';
import { BothSidesOfPayments } from './reconciliation/both-sides.service';
import { differencesOf } from './reconciliation/comparison';
import { StripeOutcomeUnknown } from './stripe-failure';
import { idOf } from './stripe-reading';

let world: PaymentsWorld;
let checkout: Checkout;
let practice: Practice;

beforeAll(async () => {
  world = await PaymentsWorld.start();
  checkout = world.module.get(Checkout);
  practice = await world.practice();
});
afterEach(async () => {
  world.sandbox.faults.clear();
  await world.processEvents();
  expect(await world.brokenInvariants()).toEqual([]);
});
afterAll(() => world.close());

async function agreed(): Promise<PaymentRecord> {
  const payment = await world.open(practice);
  await world.database.execute(sql`
    update sessions set policy_accepted_at = app_now(), policy_accepted_by = ${practice.clientAccountId}::uuid
    where id = ${payment.sessionId}::uuid`);
  return payment;
}

const open = ({ coachId, id }: PaymentRecord) => checkout.page(coachId, id);

const pagesOf = ({ id }: PaymentRecord) =>
  world.sandbox.stripe.checkoutSessions.filter(({ client_reference_id }) => client_reference_id === id);

const press = (url: string, paymentMethod = 'pm_card_visa'): Promise<Response> =>
  fetch(url, {
    method: 'POST',
    body: new URLSearchParams({ paymentMethod }),
    redirect: 'manual',
  });

describe('a page of Checkout', () => {
  it('is not opened before the terms are agreed to', async () => {
    await expect(open(await world.open(practice))).rejects.toThrow(TermsBeforePayment);
  });

  it.each(['timeout_after_commit', 'server_error', 'reset', 'rate_limit'] as const)(
    'is one page, though Stripe has not answered at first: %s',
    async (kind) => {
      const payment = await agreed();
      world.sandbox.faults.inject({
        provider: 'stripe',
        operation: 'POST /v1/checkout/sessions',
        kind,
        times: 3,
      });
      await expect(open(payment)).rejects.toThrow(StripeOutcomeUnknown);
      world.sandbox.faults.clear();
      const { url } = await open(payment);
      expect(pagesOf(payment)).toHaveLength(1);
      await press(url);
      await world.processEvents();
      expect(await world.payment(payment)).toMatchObject({ status: 'paid', capturedMinor: 10_000 });
    },
    30_000,
  );

  it('is not given out while the PaymentIntent that it replaces may still be paid; what was paid by that counts', async () => {
    const payment = await agreed();
    const secret = await world.payments.clientSecret(payment.coachId, payment.id);
    const [intentId = ''] = secret.split('_secret_');
    world.sandbox.faults.inject({
      provider: 'stripe',
      operation: 'POST /v1/payment_intents/{id}/cancel',
      kind: 'reset',
      times: 3,
    });
    await expect(open(payment)).rejects.toThrow(StripeOutcomeUnknown);
    expect(pagesOf(payment)).toEqual([]);
    await world.stripe.paymentIntents.confirm(intentId, { payment_method: 'pm_card_visa' });
    await expect(open(payment)).rejects.toMatchObject({ code: 'payments.not_payable' });
    expect(await world.payment(payment)).toMatchObject({ status: 'paid', stripePaymentIntentId: intentId });
  });

  it('does not end the payment when its PaymentIntent is called off, whenever that is heard', async () => {
    const payment = await agreed();
    const secret = await world.payments.clientSecret(payment.coachId, payment.id);
    const { url } = await open(payment);
    await world.processEvents((ids) => ids.toReversed());
    expect(await world.payment(payment)).toMatchObject({ status: 'requires_payment' });
    await world.payments.sync(secret.split('_secret_')[0] ?? '');
    expect(await world.payment(payment)).toMatchObject({ status: 'requires_payment' });
    await press(url);
    await world.payments.syncPayment(payment.coachId, payment.id); // no webhook was needed
    expect(await world.payment(payment)).toMatchObject({ status: 'paid', stripeCheckoutSessionId: null });
  });

  it('leaves nothing that a comparison with Stripe would take for a difference', async () => {
    const payment = await agreed();
    const secret = await world.payments.clientSecret(payment.coachId, payment.id);
    const { url } = await open(payment);
    await press(url, 'pm_card_chargeDeclinedInsufficientFunds');
    const [page] = pagesOf(payment);
    const sides = world.module.get(BothSidesOfPayments);
    for (const intentId of [secret.split('_secret_')[0], page?.payment_intent]) {
      expect(intentId).toMatch(/^pi_/);
      const both = await sides.read(typeof intentId === 'string' ? intentId : '');
      expect(both && differencesOf(both.ours, both.theirs, await world.now())).toEqual([]);
    }
  });

  it('is closed when the payment is called off, or its money taken where it was faster', async () => {
    const [late, fast] = [await agreed(), await agreed()];
    const [, { url }] = [await open(late), await open(fast)];
    await press(url);
    for (const { coachId, id } of [late, fast]) await world.payments.cancelIntent(coachId, id);
    expect(await world.payment(late)).toMatchObject({ status: 'canceled' });
    expect(pagesOf(late)).toMatchObject([{ status: 'expired' }]);
    expect(await world.payment(fast)).toMatchObject({ status: 'paid', capturedMinor: 10_000 });
  });
});

describe('what was paid twice', () => {
  it("is booked with Stripe's fee though only one notice of it came", async () => {
    const payment = await agreed();
    const { url } = await open(payment);
    await press(url);
    await world.processEvents();
    const [page] = pagesOf(payment);
    const first = await world.stripe.paymentIntents.retrieve(idOf(page?.payment_intent) ?? '');
    const { coachId, id: paymentId } = payment;
    const second = await world.stripe.paymentIntents.create({
      amount: first.amount,
      currency: first.currency,
      application_fee_amount: first.application_fee_amount ?? 0,
      automatic_payment_methods: { enabled: true, allow_redirects: 'never' },
      transfer_data: { destination: practice.stripeAccountId },
      metadata: { coachId, paymentId },
      payment_method: 'pm_card_visa',
      confirm: true,
    });
    await world.payments.sync(second.id);
    const { kinds } = await world.database.one(sql<{ kinds: string[] }>`
      select array_agg(t.kind order by t.kind) as kinds from payments p
      join ledger_transactions t on t.coach_id = p.coach_id and t.payment_id = p.id
      where p.paid_twice_of = ${paymentId}::uuid`);
    expect(kinds).toEqual(['capture', 'processing_fee']);
  });
});

describe('the invariants of ways to pay', () => {
  let paid: PaymentRecord;
  let unpaid: PaymentRecord;

  beforeAll(async () => {
    paid = await world.paid(practice);
    unpaid = await agreed();
    await world.payments.clientSecret(unpaid.coachId, unpaid.id);
  });

  const BREAKS: [name: string, statement: () => RawBuilder<unknown>][] = [
    [
      '108-payments-have-one-way-to-be-paid',
      () =>
        sql`update payments set stripe_checkout_session_id = 'cs_1', checkout_number = 1 where id = ${unpaid.id}`,
    ],
    [
      '108-payments-have-one-way-to-be-paid',
      () => sql`insert into retired_payment_intents (stripe_payment_intent_id, coach_id, payment_id, retired_at)
        select stripe_payment_intent_id, coach_id, id, now() from payments where id = ${unpaid.id}`,
    ],
    [
      '108-payments-have-one-way-to-be-paid',
      () =>
        sql`update payments set stripe_checkout_session_id = 'cs_2', checkout_number = 1 where id = ${paid.id}`,
    ],
    [
      '109-money-paid-twice-goes-back',
      () =>
        sql`update payments set paid_twice_of = ${unpaid.id}::uuid, session_id = null where id = ${paid.id}`,
    ],
    [
      '109-money-paid-twice-goes-back',
      () => sql`insert into refunds (coach_id, id, payment_id, amount_minor, currency, reason, status, requested_by_kind, requested_at, updated_at)
        select coach_id, uuidv7(), id, 1, currency, 'paid_twice', 'pending', 'worker', now(), now() from payments where id = ${paid.id}`,
    ],
  ];

  it.each(BREAKS)('%s reports what breaks it', async (name, statement) => {
    let broken: string[] = [];
    const spoilt = world.database.transaction(async () => {
      await world.database.execute(sql`set local session_replication_role = replica`);
      expect(await world.database.execute(statement())).toBeGreaterThan(0);
      broken = await world.brokenInvariants();
      throw new Error('undo');
    });
    await expect(spoilt).rejects.toThrow('undo');
    expect(broken).toContain(name);
  });
});
