import type { CurrencyCode } from '@app/common';
import { columnList, type RawBuilder } from '@app/database';
import type { RefundStatus } from './domain/refund-status';

export type RefundReason =
  | 'session_cancelled'
  | 'late_payment'
  | 'goodwill'
  | 'no_show'
  | 'entitlement_refunded'
  | 'no_show_undone'
  | 'paid_twice';

/** One row of `refunds`. Amounts are minor units of `currency`. */
export interface RefundRecord {
  coachId: string;
  id: string;
  paymentId: string;
  sessionId: string | null;
  amountMinor: number;
  currency: CurrencyCode;
  reason: RefundReason;
  note: string | null;
  status: RefundStatus;
  /** Our expectation (domain.md 3). */
  estimatedFeeReturnedMinor: number;
  /** As Stripe reports it; null until Stripe has the refund. */
  feeReturnedMinor: number | null;
  transferReversedMinor: number | null;
  stripeRefundId: string | null;
  /** Attempt under a key of its own; rises only when the one before has definitely not happened, or failed. */
  stripeKeyNumber: number;
  failureCode: string | null;
  requestedByKind: string;
  requestedBy: string | null;
  requestedAt: Date;
  submittedAt: Date | null;
  settledAt: Date | null;
  updatedAt: Date;
  version: number;
}

const COLUMNS: Record<keyof RefundRecord, string> = {
  coachId: 'coach_id',
  id: 'id',
  paymentId: 'payment_id',
  sessionId: 'session_id',
  amountMinor: 'amount_minor',
  currency: 'currency',
  reason: 'reason',
  note: 'note',
  status: 'status',
  estimatedFeeReturnedMinor: 'estimated_fee_returned_minor',
  feeReturnedMinor: 'fee_returned_minor',
  transferReversedMinor: 'transfer_reversed_minor',
  stripeRefundId: 'stripe_refund_id',
  stripeKeyNumber: 'stripe_key_number',
  failureCode: 'failure_code',
  requestedByKind: 'requested_by_kind',
  requestedBy: 'requested_by',
  requestedAt: 'requested_at',
  submittedAt: 'submitted_at',
  settledAt: 'settled_at',
  updatedAt: 'updated_at',
  version: 'version',
};

/** The select list of a `RefundRecord` from `refunds r`. */
export const refundColumns: RawBuilder<unknown> = columnList(COLUMNS, 'r');
