import type Stripe from 'stripe';
import type { Sandbox } from '../sandbox';
import { control, paidDestinationCharge } from '../testing';

const never = { automatic_payment_methods: { enabled: true, allow_redirects: 'never' } } as const;

async function refused(attempt: Promise<unknown>): Promise<void> {
  const isRefused = await attempt.then(
    () => false,
    () => true,
  );
  if (!isRefused) throw new Error('the call was not refused');
}

/** Saving cards, Checkout, disputes and transfers, good cases and refusals. @param coach an account that may be paid */
export async function playMoney(sandbox: Sandbox, stripe: Stripe, coach: string): Promise<void> {
  const customer = (await stripe.customers.create({ email: 'client@example.test' })).id;
  await playSavedCards(sandbox, stripe, customer);
  await playCheckout(sandbox, stripe, coach, customer);
  await playDisputes(sandbox, stripe, coach);
  await stripe.transfers.create({
    amount: 100,
    currency: 'eur',
    destination: coach,
    description: 'won',
    metadata: { disputeId: 'dp_1' },
    transfer_group: 'group_1',
  });
  await control(sandbox, 'POST', `stripe/accounts/${coach}/require`, {
    currentlyDue: ['external_account'],
    disabledReason: 'under_review',
  });
  await stripe.accounts.retrieve(coach);
}

async function playSavedCards(sandbox: Sandbox, stripe: Stripe, customer: string): Promise<void> {
  const setup = await stripe.setupIntents.create({
    customer,
    usage: 'off_session',
    description: 'Card for later',
    metadata: { clientId: 'cli_1' },
    ...never,
  });
  await stripe.setupIntents.update(setup.id, { metadata: { note: 'x' } });
  await refused(stripe.setupIntents.confirm(setup.id, { payment_method: 'pm_card_chargeDeclined' }));
  await stripe.setupIntents.confirm(setup.id, { payment_method: 'pm_card_authenticationRequired' });
  await control(sandbox, 'POST', `stripe/setup-intents/${setup.id}/authenticate`, {});
  const done = await stripe.setupIntents.retrieve(setup.id, { expand: ['payment_method', 'customer'] });
  await stripe.setupIntents.list({ customer, created: { gte: 1 } });
  const dropped = await stripe.setupIntents.create({ customer, ...never });
  await stripe.setupIntents.cancel(dropped.id, { cancellation_reason: 'abandoned' });
  await stripe.customers.listPaymentMethods(customer, { type: 'card' });
  await refused(
    stripe.paymentIntents.create({
      amount: 5_000,
      currency: 'eur',
      customer,
      payment_method: (done.payment_method as Stripe.PaymentMethod).id,
      off_session: true,
      confirm: true,
      ...never,
    }),
  );
}

async function playCheckout(
  sandbox: Sandbox,
  stripe: Stripe,
  coach: string,
  customer: string,
): Promise<void> {
  const create = () =>
    stripe.checkout.sessions.create({
      mode: 'payment',
      line_items: [
        {
          price_data: { currency: 'eur', product_data: { name: 'Package' }, unit_amount: 5_000 },
          quantity: 1,
        },
      ],
      customer,
      client_reference_id: 'pur_1',
      success_url: 'http://127.0.0.1:9/paid?session={CHECKOUT_SESSION_ID}',
      cancel_url: 'http://127.0.0.1:9/back',
      metadata: { purchaseId: 'pur_1' },
      payment_intent_data: {
        application_fee_amount: 500,
        transfer_data: { destination: coach },
        metadata: { paymentId: 'pay_1' },
        setup_future_usage: 'off_session',
        receipt_email: 'client@example.test',
        statement_descriptor_suffix: 'COACH',
      },
      submit_type: 'book',
    });
  const session = await create();
  await stripe.checkout.sessions.update(session.id, { metadata: { note: 'x' } });
  await control(sandbox, 'POST', `stripe/checkout-sessions/${session.id}/pay`, {
    paymentMethod: 'pm_sandbox_processing',
    email: 'client@example.test',
  });
  await sandbox.advanceClock(5);
  await stripe.checkout.sessions.retrieve(session.id, { expand: ['payment_intent', 'customer'] });
  await stripe.checkout.sessions.list({ status: 'complete' });
  await stripe.checkout.sessions.listLineItems(session.id);
  await stripe.checkout.sessions.expire((await create()).id);
}

async function playDisputes(sandbox: Sandbox, stripe: Stripe, coach: string): Promise<void> {
  const payment = await paidDestinationCharge(stripe, coach, {
    amount: 10_000,
    fee: 1_500,
    method: 'pm_card_createDispute',
  });
  await sandbox.advanceClock(5);
  const [dispute] = (await stripe.disputes.list({ payment_intent: payment.id })).data;
  const id = dispute?.id ?? '';
  await refused(stripe.refunds.create({ payment_intent: payment.id }));
  await stripe.disputes.update(id, {
    evidence: { uncategorized_text: 'winning_evidence', service_date: '2027-03-01' },
    metadata: { paymentId: 'pay_1' },
    submit: true,
  });
  await sandbox.advanceClock(5);
  await stripe.disputes.retrieve(id, { expand: ['charge', 'payment_intent'] });
  await stripe.charges.retrieve(payment.latest_charge as string);
  const again = await paidDestinationCharge(stripe, coach, {
    amount: 10_000,
    fee: 1_500,
    method: 'pm_card_createDisputeInquiry',
  });
  await sandbox.advanceClock(5);
  const [inquiry] = (await stripe.disputes.list({ charge: again.latest_charge as string })).data;
  await stripe.disputes.close(inquiry?.id ?? '');
}
