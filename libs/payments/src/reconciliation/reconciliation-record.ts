import { columnList } from '@app/database';
import type { DifferenceKind, DifferenceState } from './difference-kinds';

export type RunKind = 'hourly' | 'daily' | 'requested';

/** One row of `reconciliation_runs`; instants are business time. */
export interface ReconciliationRun {
  id: string;
  kind: RunKind;
  windowFrom: Date;
  windowTo: Date;
  requestedBy: string | null;
  requestedAt: Date;
  startedAt: Date | null;
  finishedAt: Date | null;
  /** How many were compared: listed at Stripe, and of ours in the window. */
  paymentsThere: number;
  paymentsHere: number;
  refundsThere: number;
  refundsHere: number;
  disputesThere: number;
  disputesHere: number;
  /** Payments read again one by one, and what came of it. */
  lookedAt: number;
  found: number;
  mended: number;
  raised: number;
  resolved: number;
}

const RUN_COLUMNS: Record<keyof ReconciliationRun, string> = {
  id: 'id',
  kind: 'kind',
  windowFrom: 'window_from',
  windowTo: 'window_to',
  requestedBy: 'requested_by',
  requestedAt: 'requested_at',
  startedAt: 'started_at',
  finishedAt: 'finished_at',
  paymentsThere: 'payments_there',
  paymentsHere: 'payments_here',
  refundsThere: 'refunds_there',
  refundsHere: 'refunds_here',
  disputesThere: 'disputes_there',
  disputesHere: 'disputes_here',
  lookedAt: 'looked_at',
  found: 'found',
  mended: 'mended',
  raised: 'raised',
  resolved: 'resolved',
};

/** One row of `reconciliation_differences`; instants are business time. */
export interface DifferenceRecord {
  id: string;
  kind: DifferenceKind;
  state: DifferenceState;
  objectType: 'payment' | 'refund' | 'dispute';
  objectId: string;
  stripePaymentIntentId: string;
  coachId: string | null;
  paymentId: string | null;
  ours: Record<string, unknown>;
  theirs: Record<string, unknown>;
  mendFailure: string | null;
  firstRunId: string;
  lastRunId: string;
  foundAt: Date;
  lastSeenAt: Date;
  raisedAt: Date | null;
  mendedAt: Date | null;
  resolvedAt: Date | null;
  /** When a person let it stay as it is, and why. */
  acceptedAt: Date | null;
  acceptReason: string | null;
}

const DIFFERENCE_COLUMNS: Record<keyof DifferenceRecord, string> = {
  id: 'id',
  kind: 'kind',
  state: 'state',
  objectType: 'object_type',
  objectId: 'object_id',
  stripePaymentIntentId: 'stripe_payment_intent_id',
  coachId: 'coach_id',
  paymentId: 'payment_id',
  ours: 'ours',
  theirs: 'theirs',
  mendFailure: 'mend_failure',
  firstRunId: 'first_run_id',
  lastRunId: 'last_run_id',
  foundAt: 'found_at',
  lastSeenAt: 'last_seen_at',
  raisedAt: 'raised_at',
  mendedAt: 'mended_at',
  resolvedAt: 'resolved_at',
  acceptedAt: 'accepted_at',
  acceptReason: 'accept_reason',
};

/** The select list of a `ReconciliationRun`. */
export const runColumns = columnList(RUN_COLUMNS);
/** The select list of a `DifferenceRecord`. */
export const differenceColumns = columnList(DIFFERENCE_COLUMNS);
