import { publicId } from '@app/common';
import type { DifferenceRecord, ReconciliationRun } from '@app/payments';
import type { DifferenceView, ReconciliationView } from './reconciliation.dto';

export function reconciliationView(run: ReconciliationRun): ReconciliationView {
  const { kind, lookedAt, found, mended, raised, resolved } = run;
  return {
    id: publicId('reconciliation', run.id),
    kind,
    from: run.windowFrom.toISOString(),
    to: run.windowTo.toISOString(),
    requestedAt: run.requestedAt.toISOString(),
    startedAt: run.startedAt?.toISOString() ?? null,
    finishedAt: run.finishedAt?.toISOString() ?? null,
    payments: { there: run.paymentsThere, here: run.paymentsHere },
    refunds: { there: run.refundsThere, here: run.refundsHere },
    disputes: { there: run.disputesThere, here: run.disputesHere },
    lookedAt,
    found,
    mended,
    raised,
    resolved,
  };
}

export function differenceView(difference: DifferenceRecord): DifferenceView {
  const { kind, state, objectType, objectId, stripePaymentIntentId, ours, theirs, mendFailure } = difference;
  const { coachId, paymentId } = difference;
  return {
    id: publicId('difference', difference.id),
    kind,
    state,
    objectType,
    objectId,
    stripePaymentIntentId,
    coachId: coachId === null ? null : publicId('coach', coachId),
    paymentId: paymentId === null ? null : publicId('payment', paymentId),
    ours,
    theirs,
    mendFailure,
    firstRunId: publicId('reconciliation', difference.firstRunId),
    lastRunId: publicId('reconciliation', difference.lastRunId),
    foundAt: difference.foundAt.toISOString(),
    lastSeenAt: difference.lastSeenAt.toISOString(),
    raisedAt: difference.raisedAt?.toISOString() ?? null,
    mendedAt: difference.mendedAt?.toISOString() ?? null,
    resolvedAt: difference.resolvedAt?.toISOString() ?? null,
    acceptedAt: difference.acceptedAt?.toISOString() ?? null,
    acceptReason: difference.acceptReason,
  };
}
