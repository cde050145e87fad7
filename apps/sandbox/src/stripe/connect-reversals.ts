import { book } from './balances';
import { emit } from './events';
import { presentApplicationFee, presentTransfer } from './present-connect';
import { invalidRequest, resourceMissing } from './stripe-error';
import type { StripeModel } from './stripe-model';
import type {
  ApplicationFeeRow,
  ChargeRow,
  FeeRefundRow,
  Metadata,
  RefundRow,
  TransferReversalRow,
  TransferRow,
} from './stripe-rows';

/**
 * How much of the transfer the newest refund of a charge takes back: in proportion to all refunds that reverse, less
 * what they reversed already; a charge refunded in full gives the rest. Refunds that failed do not count, so that a
 * repeated one takes nothing twice.
 */
export function transferPartOf(model: StripeModel, charge: ChargeRow, transfer: TransferRow): number {
  const refunds = model.tables.refunds.where(
    (refund) => refund.charge === charge.id && refund.reversesTransfer,
  );
  const reversed = model.tables.transferReversals
    .where((reversal) => reversal.transfer === transfer.id && reversal.source_refund !== null)
    .reduce((sum, reversal) => sum + reversal.amount, 0);
  const due = proportion(model, transfer.amount, countedAmount(refunds), charge.amount) - reversed;
  return clamp(due, transfer.amount - transfer.amount_reversed);
}

/** The same for the application fee. Rounding is not published by Stripe: `feeRounding` chooses. */
export function feePartOf(model: StripeModel, charge: ChargeRow, fee: ApplicationFeeRow): number {
  const refunds = model.tables.refunds.where(
    (refund) => refund.charge === charge.id && refund.refundsApplicationFee,
  );
  const returned = model.tables.feeRefunds
    .where((refund) => refund.fee === fee.id && refund.sourceRefund !== null)
    .reduce((sum, refund) => sum + refund.amount, 0);
  const due = proportion(model, fee.amount, countedAmount(refunds), charge.amount) - returned;
  return clamp(due, fee.amount - fee.amount_refunded);
}

function countedAmount(refunds: RefundRow[]): number {
  return refunds
    .filter((refund) => refund.status !== 'failed' && refund.status !== 'canceled')
    .reduce((sum, refund) => sum + refund.amount, 0);
}

function proportion(model: StripeModel, whole: number, part: number, of: number): number {
  const exact = (BigInt(whole) * BigInt(part) * 2n) / BigInt(of); // in halves, rounded down
  return Number(model.settings.feeRounding === 'down' ? exact / 2n : (exact + 1n) / 2n);
}

function clamp(amount: number, rest: number): number {
  return Math.max(0, Math.min(amount, rest));
}

export function findTransfer(model: StripeModel, id: string): TransferRow {
  const row = model.tables.transfers.get(id);
  if (!row) throw resourceMissing('transfer', id);
  return row;
}

export function findApplicationFee(model: StripeModel, id: string): ApplicationFeeRow {
  const row = model.tables.applicationFees.get(id);
  if (!row) throw resourceMissing('application fee', id);
  return row;
}

/**
 * Moves part of a transfer back to the platform.
 *
 * @param sourceRefund the refund that asked for it; null for a reversal of its own
 * @throws StripeError 400 beyond what is left of the transfer
 */
export function reverseTransfer(
  model: StripeModel,
  transfer: TransferRow,
  amount: number,
  metadata: Metadata,
  sourceRefund: string | null,
): TransferReversalRow {
  if (amount > transfer.amount - transfer.amount_reversed) {
    throw invalidRequest(
      'The reversal is larger than what is left of the transfer.',
      'amount',
      'amount_too_large',
    );
  }
  const id = model.ids.text('trr_1');
  const created = model.clock.nowSeconds();
  const { currency } = transfer;
  const booked = book(model, { account: null, type: 'transfer_refund', amount, currency, source: id });
  const refundId = model.ids.text('pyr_1');
  const atDestination = book(model, {
    account: transfer.destination,
    type: 'payment_refund',
    amount: -amount,
    currency,
    source: refundId,
  });
  model.tables.refunds.put(destinationRefund(transfer, refundId, created, amount, id, atDestination.id));
  countRefundAtDestination(model, transfer, amount);
  transfer.amount_reversed += amount;
  model.tables.transfers.put(transfer);
  const reversal = model.tables.transferReversals.put({
    id,
    created,
    amount,
    currency,
    transfer: transfer.id,
    balance_transaction: booked.id,
    destination_payment_refund: refundId,
    source_refund: sourceRefund,
    metadata,
  });
  emit(model, 'transfer.reversed', presentTransfer(transfer, model));
  return reversal;
}

function countRefundAtDestination(model: StripeModel, transfer: TransferRow, amount: number): void {
  const payment = model.tables.charges.get(transfer.destination_payment);
  if (!payment) return;
  payment.amount_refunded += amount;
  model.tables.charges.put(payment);
}

function destinationRefund(
  transfer: TransferRow,
  id: string,
  created: number,
  amount: number,
  reversalId: string,
  balanceTransaction: string,
): RefundRow {
  return {
    id,
    account: transfer.destination,
    created,
    amount,
    currency: transfer.currency,
    charge: transfer.destination_payment,
    payment_intent: null,
    payment_method: null,
    status: 'succeeded',
    reason: null,
    pending_reason: null,
    failure_reason: null,
    balance_transaction: balanceTransaction,
    failure_balance_transaction: null,
    transfer_reversal: null,
    source_transfer_reversal: reversalId,
    refundsApplicationFee: false,
    reversesTransfer: false,
    metadata: {},
  };
}

/**
 * Gives part of the application fee back to the connected account.
 *
 * @throws StripeError 400 beyond what is left of the fee
 */
export function refundApplicationFee(
  model: StripeModel,
  fee: ApplicationFeeRow,
  amount: number,
  metadata: Metadata,
  sourceRefund: string | null,
): FeeRefundRow {
  if (amount > fee.amount - fee.amount_refunded) {
    throw invalidRequest(
      'The refund is larger than what is left of the application fee.',
      'amount',
      'amount_too_large',
    );
  }
  const id = model.ids.text('fr_1');
  const { currency } = fee;
  const booked = book(model, {
    account: null,
    type: 'application_fee_refund',
    amount: -amount,
    currency,
    source: id,
  });
  book(model, { account: fee.account, type: 'application_fee_refund', amount, currency, source: id });
  fee.amount_refunded += amount;
  model.tables.applicationFees.put(fee);
  const refund = model.tables.feeRefunds.put({
    id,
    created: model.clock.nowSeconds(),
    amount,
    currency,
    fee: fee.id,
    balance_transaction: booked.id,
    sourceRefund,
    metadata,
  });
  emit(model, 'application_fee.refunded', presentApplicationFee(fee, model));
  return refund;
}
