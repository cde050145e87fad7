import type { CurrencyCode } from '@app/common';
import { columnList, type RawBuilder } from '@app/database';
import type { ChargeReason, ChargeState, PaymentMode } from './charge-record';
import type { PaymentStatus } from './domain/payment-status';

/** One row of `payments`. Amounts are minor units of `currency`. */
export interface PaymentRecord {
  coachId: string;
  id: string;
  clientId: string;
  /** What is paid for: a session, or else an entitlement. */
  sessionId: string | null;
  entitlementId: string | null;
  amountMinor: number;
  currency: CurrencyCode;
  applicationFeeMinor: number;
  capturedMinor: number;
  /** Refunds that did not fail, also those not yet done. */
  refundedMinor: number;
  /** As Stripe reports it, of the refunds that have succeeded. */
  feeReturnedMinor: number;
  processingFeeMinor: number;
  status: PaymentStatus;
  failureCode: string | null;
  stripeAccountId: string;
  stripePaymentIntentId: string | null;
  stripeChargeId: string | null;
  stripeKeyNumber: number;
  createdAt: Date;
  paidAt: Date | null;
  updatedAt: Date;
  version: number;
  mode: PaymentMode;
  /** Of charges of a saved card alone, like all that follows. */
  reason: ChargeReason | null;
  /** Business instant from which the card may be charged. */
  dueAt: Date | null;
  chargeState: ChargeState | null;
  nextAttemptAt: Date | null;
  /** How often a card was asked. */
  attempts: number;
  attemptedAt: Date | null;
  /** The saved card that was asked last. */
  attemptedCard: string | null;
  /** Nobody knows yet how the last attempt ended. */
  attemptIsOpen: boolean;
  /** Since then the client owes it, and the ledger says so. */
  fellDueAt: Date | null;
  /** Since then nothing is to be paid any more. */
  releasedAt: Date | null;
  /** The page on which it is paid, while it has one. */
  stripeCheckoutSessionId: string | null;
  /** Of the newest page; 0 before the first. */
  checkoutNumber: number;
  checkoutExpiresAt: Date | null;
  /** What had gone back already, by Stripe's word, when the capture was read. */
  stripeRefundedMinor: number;
  receiptUrl: string | null;
  /** The payment that this money came for a second time; it goes back whole. */
  paidTwiceOf: string | null;
  /** The last one, also when it is decided. */
  disputeId: string | null;
}

const COLUMNS: Record<keyof PaymentRecord, string> = {
  coachId: 'coach_id',
  id: 'id',
  clientId: 'client_id',
  sessionId: 'session_id',
  entitlementId: 'entitlement_id',
  amountMinor: 'amount_minor',
  currency: 'currency',
  applicationFeeMinor: 'application_fee_minor',
  capturedMinor: 'captured_minor',
  refundedMinor: 'refunded_minor',
  feeReturnedMinor: 'fee_returned_minor',
  processingFeeMinor: 'processing_fee_minor',
  status: 'status',
  failureCode: 'failure_code',
  stripeAccountId: 'stripe_account_id',
  stripePaymentIntentId: 'stripe_payment_intent_id',
  stripeChargeId: 'stripe_charge_id',
  stripeKeyNumber: 'stripe_key_number',
  createdAt: 'created_at',
  paidAt: 'paid_at',
  updatedAt: 'updated_at',
  version: 'version',
  mode: 'mode',
  reason: 'reason',
  dueAt: 'due_at',
  chargeState: 'charge_state',
  nextAttemptAt: 'next_attempt_at',
  attempts: 'attempts',
  attemptedAt: 'attempted_at',
  attemptedCard: 'attempted_card',
  attemptIsOpen: 'attempt_is_open',
  fellDueAt: 'fell_due_at',
  releasedAt: 'released_at',
  stripeCheckoutSessionId: 'stripe_checkout_session_id',
  checkoutNumber: 'checkout_number',
  checkoutExpiresAt: 'checkout_expires_at',
  stripeRefundedMinor: 'stripe_refunded_minor',
  receiptUrl: 'receipt_url',
  paidTwiceOf: 'paid_twice_of',
  disputeId: 'dispute_id',
};

/** The select list of a `PaymentRecord` from `payments p`. */
export const paymentColumns: RawBuilder<unknown> = columnList(COLUMNS, 'p');
