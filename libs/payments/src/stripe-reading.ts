import type Stripe from 'stripe';
import { disputeStatusOf, type DisputeStatus } from './domain/dispute-status';
import { statusOfIntent, type PaymentStatus } from './domain/payment-status';
import { statusOfStripeRefund, type RefundStatus } from './domain/refund-status';

/** Our ids, as we put them on everything we make at Stripe. Absent on what somebody else has made. */
export interface OwnReference {
  coachId: string;
  /** Of the payment or the refund. */
  id: string;
}

/** The present state of a PaymentIntent at Stripe. Amounts are minor units. */
export interface PaymentSeen {
  intentId: string;
  own: OwnReference | undefined;
  /** Of the Checkout page that it was made on; undefined for one that we have made. */
  checkoutNumber: number | undefined;
  status: PaymentStatus;
  receivedMinor: number;
  /** What has gone back by now. */
  refundedMinor: number;
  receiptUrl: string | null;
  currency: string;
  chargeId: string | null;
  /** Why the last attempt was refused. */
  failureCode: string | null;
  /** When; null where nothing was refused, or Stripe does not say. */
  refusedAt: Date | null;
  /** Stripe's own fee; null while it is not known. Its currency is the one that Stripe settles in. */
  processingFee: { amountMinor: number; currency: string } | null;
}

/** What `paymentSeen` needs in one call. */
export const PAYMENT_EXPANSION = ['latest_charge.balance_transaction'];

export function paymentSeen(intent: Stripe.PaymentIntent): PaymentSeen {
  const charge = expanded(intent.latest_charge);
  const balance = expanded(charge?.balance_transaction);
  const error = intent.last_payment_error;
  return {
    intentId: intent.id,
    own: reference(intent.metadata, 'paymentId'),
    checkoutNumber: checkoutOf(intent),
    status: statusOfIntent(intent.status, error !== null),
    receivedMinor: intent.amount_received,
    refundedMinor: charge?.status === 'succeeded' ? charge.amount_refunded : 0,
    receiptUrl: charge?.status === 'succeeded' ? charge.receipt_url : null,
    currency: intent.currency.toUpperCase(),
    chargeId: charge?.status === 'succeeded' ? charge.id : null,
    failureCode: error?.decline_code ?? error?.code ?? null,
    refusedAt: charge?.status === 'failed' ? new Date(charge.created * 1_000) : null,
    processingFee:
      balance === undefined ? null : { amountMinor: balance.fee, currency: balance.currency.toUpperCase() },
  };
}

function checkoutOf({ metadata }: Stripe.PaymentIntent): number | undefined {
  const number = Number(metadata['checkout']);
  return Number.isSafeInteger(number) && number > 0 ? number : undefined;
}

/** The present state of a refund at Stripe, and of what it moved at the connected account. Amounts are minor units. */
export interface RefundSeen {
  stripeRefundId: string;
  own: OwnReference | undefined;
  /** Which of our attempts made it; 0 when somebody else did. */
  attempt: number;
  intentId: string | null;
  status: RefundStatus;
  amountMinor: number;
  currency: string;
  failureCode: string | null;
  /** Taken back from the connected account by this refund. */
  transferReversedMinor: number;
  /** By all refunds of the payment so far. */
  transferReversedTotalMinor: number;
  /** Application fee given back by all refunds of the payment so far: Stripe does not say by which. */
  feeReturnedTotalMinor: number;
}

/** What `refundSeen` needs in one call. */
export const REFUND_EXPANSION = ['transfer_reversal', 'charge.application_fee', 'charge.transfer'];

export function refundSeen(refund: Stripe.Refund): RefundSeen {
  const charge = expanded(refund.charge);
  return {
    stripeRefundId: refund.id,
    own: reference(refund.metadata, 'refundId'),
    attempt: attemptOf(refund),
    intentId: idOf(refund.payment_intent),
    status: statusOfStripeRefund(refund.status),
    amountMinor: refund.amount,
    currency: refund.currency.toUpperCase(),
    failureCode: refund.failure_reason ?? null,
    transferReversedMinor: expanded(refund.transfer_reversal)?.amount ?? 0,
    transferReversedTotalMinor: expanded(charge?.transfer)?.amount_reversed ?? 0,
    feeReturnedTotalMinor: expanded(charge?.application_fee)?.amount_refunded ?? 0,
  };
}

/** The present state of a dispute at Stripe. Amounts are minor units. */
export interface DisputeSeen {
  stripeDisputeId: string;
  chargeId: string | null;
  intentId: string | null;
  amountMinor: number;
  currency: string;
  reason: string;
  status: DisputeStatus;
  evidenceDueAt: Date | null;
  openedAt: Date;
  /** Taken from the platform, and given back to it. */
  withdrawnMinor: number;
  reinstatedMinor: number;
  /** Stripe's own fee, in the currency that it settles in; null while there is none. */
  fee: { chargedMinor: number; returnedMinor: number; currency: string } | null;
}

export function disputeSeen(dispute: Stripe.Dispute): DisputeSeen {
  const { amount, currency, balance_transactions: movements, evidence_details: evidence } = dispute;
  return {
    stripeDisputeId: dispute.id,
    chargeId: idOf(dispute.charge),
    intentId: idOf(dispute.payment_intent),
    amountMinor: amount,
    currency: currency.toUpperCase(),
    reason: dispute.reason,
    status: disputeStatusOf(dispute.status),
    evidenceDueAt: evidence.due_by === null ? null : new Date(evidence.due_by * 1_000),
    openedAt: new Date(dispute.created * 1_000),
    withdrawnMinor: movedBy(
      dispute,
      movements.filter((each) => each.amount < 0),
    ),
    reinstatedMinor: movedBy(
      dispute,
      movements.filter((each) => each.amount > 0),
    ),
    fee: disputeFee(movements),
  };
}

/** In the dispute's own currency; a movement in another one, that of the platform's account, moved all of it. */
function movedBy({ amount, currency }: Stripe.Dispute, movements: Stripe.BalanceTransaction[]): number {
  if (movements.length === 0) return 0;
  const own = movements.every((movement) => movement.currency === currency);
  return own ? Math.abs(movements.reduce((sum, movement) => sum + movement.amount, 0)) : amount;
}

function disputeFee(movements: Stripe.BalanceTransaction[]): DisputeSeen['fee'] {
  const [first] = movements;
  if (first === undefined) return null;
  const sumOf = (fees: number[]): number => fees.reduce((sum, fee) => sum + fee, 0);
  const fees = movements.map(({ fee }) => fee);
  return {
    chargedMinor: sumOf(fees.filter((fee) => fee > 0)),
    returnedMinor: -sumOf(fees.filter((fee) => fee < 0)),
    currency: first.currency.toUpperCase(),
  };
}

/** Number of the attempt in a refund's metadata; 0 when it has none of ours. */
export function attemptOf(refund: Stripe.Refund): number {
  const attempt = Number(refund.metadata?.['attempt']);
  return Number.isSafeInteger(attempt) ? attempt : 0;
}

export function idOf(value: string | { id: string } | null | undefined): string | null {
  if (value === null || value === undefined) return null;
  return typeof value === 'string' ? value : value.id;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Metadata can be written by others too: what is not an id of ours is none. */
export function reference(metadata: Stripe.Metadata | null, name: string): OwnReference | undefined {
  const coachId = metadata?.['coachId'] ?? '';
  const id = metadata?.[name] ?? '';
  return UUID.test(coachId) && UUID.test(id) ? { coachId, id } : undefined;
}

function expanded<T extends object>(value: string | T | null | undefined): T | undefined {
  return typeof value === 'object' && value !== null ? value : undefined;
}
