import type { CurrencyCode } from '@app/common';
import { columnList, type RawBuilder } from '@app/database';
import type { DisputeStatus, TransferState } from './domain/dispute-status';

/** One row of `disputes`. Amounts are minor units of `currency`, those of the fee of `feeCurrency`. */
export interface DisputeRecord {
  coachId: string;
  id: string;
  paymentId: string;
  stripeDisputeId: string;
  amountMinor: number;
  currency: CurrencyCode;
  /** Stripe's word, like the status. */
  reason: string;
  status: DisputeStatus;
  evidenceDueAt: Date | null;
  openedAt: Date;
  closedAt: Date | null;
  /** Taken from the platform by Stripe, and given back. */
  withdrawnMinor: number;
  reinstatedMinor: number;
  feeMinor: number;
  feeReturnedMinor: number;
  feeCurrency: CurrencyCode | null;
  transferState: TransferState;
  /** What a call under way asks for. */
  transferAskedMinor: number | null;
  transferAskedAt: Date | null;
  /** Taken from the coach for it, and given back. */
  transferReversedMinor: number;
  transferReturnedMinor: number;
  transferFailureCode: string | null;
  stripeReturnId: string | null;
  /** Of what was given back, taken again for refunds made since. */
  takenBackMinor: number;
  stripeKeyNumber: number;
  createdAt: Date;
  updatedAt: Date;
  version: number;
}

const COLUMNS: Record<keyof DisputeRecord, string> = {
  coachId: 'coach_id',
  id: 'id',
  paymentId: 'payment_id',
  stripeDisputeId: 'stripe_dispute_id',
  amountMinor: 'amount_minor',
  currency: 'currency',
  reason: 'reason',
  status: 'status',
  evidenceDueAt: 'evidence_due_at',
  openedAt: 'opened_at',
  closedAt: 'closed_at',
  withdrawnMinor: 'withdrawn_minor',
  reinstatedMinor: 'reinstated_minor',
  feeMinor: 'fee_minor',
  feeReturnedMinor: 'fee_returned_minor',
  feeCurrency: 'fee_currency',
  transferState: 'transfer_state',
  transferAskedMinor: 'transfer_asked_minor',
  transferAskedAt: 'transfer_asked_at',
  transferReversedMinor: 'transfer_reversed_minor',
  transferReturnedMinor: 'transfer_returned_minor',
  transferFailureCode: 'transfer_failure_code',
  stripeReturnId: 'stripe_return_id',
  takenBackMinor: 'taken_back_minor',
  stripeKeyNumber: 'stripe_key_number',
  createdAt: 'created_at',
  updatedAt: 'updated_at',
  version: 'version',
};

/** The select list of a `DisputeRecord` from `disputes d`. */
export const disputeColumns: RawBuilder<unknown> = columnList(COLUMNS, 'd');
