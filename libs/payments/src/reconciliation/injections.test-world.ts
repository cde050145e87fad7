import { newId } from '@app/common';
import { sql } from '@app/database';
import type { PaymentRecord } from '../payment-record';
import type { DifferenceKind } from './difference-kinds';
import type { ReconciliationWorld } from './reconciliation.test-world';

/** Makes one difference. @returns the PaymentIntent that it is about */
type Injection = (world: ReconciliationWorld) => Promise<string>;

const intentOf = (payment: PaymentRecord): string => payment.stripePaymentIntentId ?? '';

/** A payment that the client may pay at any moment. */
async function prepared(world: ReconciliationWorld): Promise<{ payment: PaymentRecord; intentId: string }> {
  const payment = await world.base.open(world.practice);
  const [intentId = ''] = (await world.base.payments.clientSecret(payment.coachId, payment.id)).split(
    '_secret_',
  );
  return { payment, intentId };
}

/** As our books would look had it been paid. */
const PAID = sql`status = 'paid', captured_minor = amount_minor, paid_at = app_now()`;

/** One way to each kind of difference: by hand at Stripe, by notices that are lost, or by a fault in our rows. */
const INJECTIONS: Record<Exclude<DifferenceKind, 'refund_not_sent' | 'dispute_missing_there'>, Injection> = {
  payment_paid_unknown: async (world) => {
    const { intentId } = await prepared(world);
    await world.stripe.paymentIntents.confirm(intentId, { payment_method: 'pm_card_visa' });
    return intentId;
  },
  payment_canceled_unknown: async (world) => {
    const { intentId } = await prepared(world);
    await world.stripe.paymentIntents.cancel(intentId);
    return intentId;
  },
  payment_amount: async (world) => {
    const payment = await world.paid();
    await world.corrupt(payment, sql`captured_minor = captured_minor - 1`);
    return intentOf(payment);
  },
  payment_not_paid_there: async (world) => {
    const { payment, intentId } = await prepared(world);
    await world.corrupt(payment, PAID);
    return intentId;
  },
  payment_open_there: async (world) => {
    const { payment, intentId } = await prepared(world);
    await world.corrupt(payment, sql`status = 'canceled'`);
    return intentId;
  },
  payment_missing_there: async (world) => {
    const payment = await world.base.open(world.practice);
    const intentId = `pi_gone${newId().replaceAll('-', '')}`;
    await world.corrupt(payment, sql`${PAID}, stripe_payment_intent_id = ${intentId}`);
    return intentId;
  },
  payment_unknown_here: async (world) => (await world.charge({ paymentId: newId() })).id,
  payment_charged_twice: async (world) => (await world.charge({ paymentId: (await world.paid()).id })).id,
  refund_unknown_here: async (world) => {
    const payment = await world.paid();
    await world.stripe.refunds.create({
      payment_intent: intentOf(payment),
      amount: 1_000,
      reverse_transfer: true,
    });
    return intentOf(payment);
  },
  refund_missing_there: async (world) => {
    const payment = await world.paid();
    await world.inventRefund(payment);
    return intentOf(payment);
  },
  // The bank sends it back, or takes it, some seconds later.
  refund_failed_unknown: async (world) => {
    const payment = await world.paid('pm_card_refundFail');
    await world.refunded(payment);
    return intentOf(payment);
  },
  refund_state: async (world) => {
    const payment = await world.paid('pm_card_pendingRefund');
    await world.refunded(payment);
    return intentOf(payment);
  },
  refund_amount: async (world) => {
    const payment = await world.paid();
    const refund = await world.refunded(payment);
    await world.base.database.execute(sql`
      update refunds set amount_minor = amount_minor + 1 where coach_id = ${refund.coachId} and id = ${refund.id}`);
    return intentOf(payment);
  },
  fee_returned: async (world) => {
    const payment = await world.paid();
    const { data } = await world.stripe.applicationFees.list({ charge: payment.stripeChargeId ?? '' });
    await world.stripe.applicationFees.createRefund(data[0]?.id ?? '', { amount: 100 });
    return intentOf(payment);
  },
  transfer_reversed: async (world) => {
    const payment = await world.paid();
    const { transfer } = await world.stripe.charges.retrieve(payment.stripeChargeId ?? '');
    await world.stripe.transfers.createReversal(typeof transfer === 'string' ? transfer : '', {
      amount: 100,
    });
    return intentOf(payment);
  },
  processing_fee_unknown_here: (world) => world.keptOtherwise(() => null),
  processing_fee: (world) => world.keptOtherwise((keptMinor) => keptMinor + 1),
  dispute_unknown_here: async (world) => {
    const payment = await world.paid();
    await world.disputes.openUnread(payment);
    return intentOf(payment);
  },
  dispute_state: async (world) => {
    const payment = await world.paid();
    const dispute = await world.disputes.openUnread(payment);
    await world.disputes.disputes.sync(dispute.id);
    await world.disputes.decide(dispute, 'win');
    return intentOf(payment);
  },
};

export interface Injected {
  kind: DifferenceKind;
  intentId: string;
}

/** The kinds in turn, one difference each, until there are `count`. */
export async function inject(world: ReconciliationWorld, count: number): Promise<Injected[]> {
  const ways = Object.entries(INJECTIONS) as [DifferenceKind, Injection][];
  const injected: Injected[] = [];
  for (let index = 0; index < count; index += 1) {
    const way = ways[index % ways.length];
    if (way !== undefined) injected.push({ kind: way[0], intentId: await way[1](world) });
  }
  return injected;
}
