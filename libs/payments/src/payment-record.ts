import type { CurrencyCode } from '@app/common';
import { sql, type RawBuilder } from '@app/database';
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
};

/** The select list of a `PaymentRecord` from `payments p`. */
export const paymentColumns: RawBuilder<unknown> = sql.raw(
  Object.entries(COLUMNS)
    .map(([property, column]) => `p.${column} as "${property}"`)
    .join(', '),
);
