import { book } from './balances';
import { findCharge } from './charges';
import { feePartOf, refundApplicationFee, reverseTransfer, transferPartOf } from './connect-reversals';
import { isChargedBack } from './disputes';
import { emit } from './events';
import { findPaymentIntent } from './payment-intents';
import { presentCharge, presentRefund } from './present-payments';
import { invalidRequest, resourceMissing } from './stripe-error';
import { mergeMetadata, type StripeModel } from './stripe-model';
import type { ChargeRow, Metadata, RefundRow } from './stripe-rows';
import { behaviourOf, type RefundCourse } from './test-methods';

export interface RefundParameters {
  amount?: number;
  charge?: string;
  payment_intent?: string;
  metadata?: Metadata | '';
  reason?: string;
  refund_application_fee?: boolean;
  reverse_transfer?: boolean;
}

export function findRefund(model: StripeModel, id: string): RefundRow {
  const row = model.tables.refunds.get(id);
  if (!row) throw resourceMissing('refund', id);
  return row;
}

/**
 * Gives money back from the platform's balance; with `reverse_transfer` the connected account pays its share, with
 * `refund_application_fee` it gets its share of the fee back. Stripe's processing fee stays. Table: Connect charges.
 *
 * @throws StripeError 400 `charge_already_refunded`, `charge_disputed`, an amount beyond the rest, a fee or transfer that is not there
 */
export function createRefund(model: StripeModel, body: RefundParameters): RefundRow {
  const charge = refundableCharge(model, body);
  const remaining = charge.amount - charge.amount_refunded;
  if (remaining === 0) {
    throw invalidRequest(
      `Charge ${charge.id} has already been refunded.`,
      'charge',
      'charge_already_refunded',
    );
  }
  if (isChargedBack(model, charge)) {
    throw invalidRequest(
      `Charge ${charge.id} has been charged back; cannot issue a refund.`,
      body.payment_intent ? 'payment_intent' : 'charge',
      'charge_disputed',
    );
  }
  const amount = body.amount ?? remaining;
  if (amount > remaining) {
    throw invalidRequest(
      `Refund amount (${amount}) is greater than unrefunded amount on charge (${remaining})`,
      'amount',
      'amount_too_large',
    );
  }
  if (body.refund_application_fee && !charge.application_fee) {
    throw invalidRequest(
      `Attempting to refund_application_fee on ${charge.id}, but it has no application fee`,
      'refund_application_fee',
    );
  }
  if (body.reverse_transfer && !charge.transfer) {
    throw invalidRequest(
      `Attempting to reverse_transfer on ${charge.id}, but it has no transfer`,
      'reverse_transfer',
    );
  }
  return refundCharge(model, charge, amount, body);
}

function refundableCharge(model: StripeModel, body: RefundParameters): ChargeRow {
  if (!body.charge && !body.payment_intent) {
    throw invalidRequest(
      'One of the following params should be provided for this request: payment_intent or charge.',
      'payment_intent',
      'parameter_missing',
    );
  }
  const fromIntent = body.payment_intent
    ? findPaymentIntent(model, body.payment_intent, 'payment_intent').latest_charge
    : undefined;
  if (body.charge && body.payment_intent && fromIntent !== body.charge) {
    throw invalidRequest('The charge does not belong to the payment_intent.', 'charge');
  }
  const id = body.charge ?? fromIntent;
  const charge = id ? findCharge(model, id, 'charge') : undefined;
  if (charge?.status !== 'succeeded' || charge.account !== null) {
    throw invalidRequest(
      `${body.payment_intent ?? body.charge ?? ''} does not have a successful charge to refund.`,
      body.payment_intent ? 'payment_intent' : 'charge',
      'charge_not_refundable',
    );
  }
  return charge;
}

function refundCharge(
  model: StripeModel,
  charge: ChargeRow,
  amount: number,
  body: RefundParameters,
): RefundRow {
  const method = charge.payment_method ? model.tables.paymentMethods.get(charge.payment_method) : undefined;
  const behaviour = method ? behaviourOf(method) : undefined;
  const course = behaviour?.refund;
  const isPending = course !== undefined && course !== 'fails_later';
  const refund: RefundRow = {
    id: model.ids.text('re_3'),
    account: null,
    created: model.clock.nowSeconds(),
    amount,
    currency: charge.currency,
    charge: charge.id,
    payment_intent: charge.payment_intent,
    payment_method: charge.payment_method,
    status: isPending ? 'pending' : 'succeeded',
    reason: body.reason ?? null,
    pending_reason: isPending ? 'processing' : null,
    failure_reason: null,
    balance_transaction: null,
    failure_balance_transaction: null,
    transfer_reversal: null,
    source_transfer_reversal: null,
    refundsApplicationFee: body.refund_application_fee ?? false,
    reversesTransfer: body.reverse_transfer ?? false,
    metadata: mergeMetadata({}, body.metadata),
  };
  refund.balance_transaction = book(model, {
    account: null,
    type: 'refund',
    amount: -amount,
    currency: charge.currency,
    source: refund.id,
  }).id;
  model.tables.refunds.put(refund);
  charge.amount_refunded += amount;
  model.tables.charges.put(charge);
  if (course) planOutcome(model, refund, course);
  settleConnectedSide(model, charge, refund);
  emit(model, 'charge.refunded', presentCharge(charge, model));
  return refund;
}

function planOutcome(model: StripeModel, refund: RefundRow, course: RefundCourse): void {
  const { pendingRefundSeconds, failingRefundSeconds } = model.settings;
  model.tables.due.put({
    id: model.ids.text('due_'),
    dueAt: refund.created + (course === 'fails_later' ? failingRefundSeconds : pendingRefundSeconds),
    action: course === 'pending' ? 'succeed_refund' : 'fail_refund',
    subject: refund.id,
  });
}

function settleConnectedSide(model: StripeModel, charge: ChargeRow, refund: RefundRow): void {
  const transfer =
    refund.reversesTransfer && charge.transfer ? model.tables.transfers.get(charge.transfer) : undefined;
  const fee =
    refund.refundsApplicationFee && charge.application_fee
      ? model.tables.applicationFees.get(charge.application_fee)
      : undefined;
  const reversed = transfer ? transferPartOf(model, charge, transfer) : 0;
  if (transfer && reversed > 0) {
    refund.transfer_reversal = reverseTransfer(model, transfer, reversed, {}, refund.id).id;
    model.tables.refunds.put(refund);
  }
  emit(model, 'refund.created', presentRefund(refund));
  const returned = fee ? feePartOf(model, charge, fee) : 0;
  if (fee && returned > 0) refundApplicationFee(model, fee, returned, {}, refund.id);
}

/** A pending refund reaches the card. */
export function succeedRefund(model: StripeModel, id: string): RefundRow {
  const refund = findRefund(model, id);
  if (refund.status !== 'pending') {
    throw invalidRequest(`Refund ${id} is ${refund.status}, not pending.`, 'id');
  }
  refund.status = 'succeeded';
  refund.pending_reason = null;
  forgetPlan(model, id);
  model.tables.refunds.put(refund);
  emit(model, 'refund.updated', presentRefund(refund));
  return refund;
}

/**
 * A refund fails, also after it had succeeded: the money comes back to the platform's balance and the charge counts
 * as not refunded by it. What was reversed and returned at the connected account stays as it is.
 */
export function failRefund(model: StripeModel, id: string, reason = 'expired_or_canceled_card'): RefundRow {
  const refund = findRefund(model, id);
  if (refund.status !== 'pending' && refund.status !== 'succeeded') {
    throw invalidRequest(`Refund ${id} is already ${refund.status}.`, 'id');
  }
  const charge = findCharge(model, refund.charge);
  refund.status = 'failed';
  refund.pending_reason = null;
  refund.failure_reason = reason;
  refund.failure_balance_transaction = book(model, {
    account: null,
    type: 'refund_failure',
    amount: refund.amount,
    currency: refund.currency,
    source: refund.id,
  }).id;
  charge.amount_refunded -= refund.amount;
  forgetPlan(model, id);
  model.tables.charges.put(charge);
  model.tables.refunds.put(refund);
  emit(model, 'refund.updated', presentRefund(refund));
  emit(model, 'refund.failed', presentRefund(refund));
  return refund;
}

function forgetPlan(model: StripeModel, refundId: string): void {
  for (const due of model.tables.due.where((entry) => entry.subject === refundId))
    model.tables.due.delete(due.id);
}
