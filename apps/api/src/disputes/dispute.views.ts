import { publicId } from '@app/common';
import type { DisputeDetails } from '@app/payments';
import type { DisputeView } from './dispute.dto';

export function disputeView(row: DisputeDetails): DisputeView {
  return {
    id: publicId('dispute', row.id),
    paymentId: publicId('payment', row.paymentId),
    sessionId: row.sessionId === null ? null : publicId('session', row.sessionId),
    entitlementId: row.entitlementId === null ? null : publicId('entitlement', row.entitlementId),
    clientId: publicId('client', row.clientId),
    stripeDisputeId: row.stripeDisputeId,
    status: row.status,
    reason: row.reason,
    amount: { amount: row.amountMinor, currency: row.currency },
    fee: { amount: row.feeMinor - row.feeReturnedMinor, currency: row.feeCurrency ?? row.currency },
    takenFromCoach: { amount: row.transferReversedMinor, currency: row.currency },
    returnedToCoach: { amount: row.transferReturnedMinor, currency: row.currency },
    transferFailureCode: row.transferFailureCode,
    evidenceDueBy: row.evidenceDueAt?.toISOString() ?? null,
    blocksRefunds: row.blocksRefunds,
    openedAt: row.openedAt.toISOString(),
    closedAt: row.closedAt?.toISOString() ?? null,
    version: row.version,
  };
}
