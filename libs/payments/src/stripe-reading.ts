import type Stripe from 'stripe';
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
  status: PaymentStatus;
  receivedMinor: number;
  currency: string;
  chargeId: string | null;
  /** Why the last attempt was refused. */
  failureCode: string | null;
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
    status: statusOfIntent(intent.status, error !== null),
    receivedMinor: intent.amount_received,
    currency: intent.currency.toUpperCase(),
    chargeId: charge?.status === 'succeeded' ? charge.id : null,
    failureCode: error?.decline_code ?? error?.code ?? null,
    processingFee:
      balance === undefined ? null : { amountMinor: balance.fee, currency: balance.currency.toUpperCase() },
  };
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
