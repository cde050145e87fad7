import type { Principal } from '@app/accounts';
import { localDateOf, publicId } from '@app/common';
import {
  expectedBetween,
  type ArrivalDays,
  type LedgerLine,
  type PaymentRecord,
  type PayoutAccountRecord,
  type RefundRecord,
} from '@app/payments';
import type { MoneyView } from '../http/money.dto';
import type { LedgerEntryView, PaymentView, PayoutAccountView, RefundView } from './payment.dto';

/** The client sees what they paid and got back; the fee is between coach and platform. */
export function paymentView(row: PaymentRecord, reader: Principal): PaymentView {
  const money = (amount: number): MoneyView => ({ amount, currency: row.currency });
  return {
    id: publicId('payment', row.id),
    sessionId: row.sessionId === null ? null : publicId('session', row.sessionId),
    entitlementId: row.entitlementId === null ? null : publicId('entitlement', row.entitlementId),
    clientId: publicId('client', row.clientId),
    status: row.status,
    amount: money(row.amountMinor),
    captured: money(row.capturedMinor),
    refunded: money(row.refundedMinor),
    ...(reader.kind === 'client'
      ? {}
      : {
          applicationFee: money(row.applicationFeeMinor),
          feeReturned: money(row.feeReturnedMinor),
          disputeId: row.disputeId === null ? null : publicId('dispute', row.disputeId),
        }),
    mode: row.mode,
    reason: row.reason,
    dueAt: text(row.dueAt),
    nextAttemptAt: text(row.nextAttemptAt),
    chargeState: row.chargeState,
    attempts: row.attempts,
    failureCode: row.failureCode,
    receiptUrl: row.receiptUrl,
    paidTwiceOf: row.paidTwiceOf === null ? null : publicId('payment', row.paidTwiceOf),
    createdAt: row.createdAt.toISOString(),
    paidAt: text(row.paidAt),
    version: row.version,
  };
}

/** @param arrival business days of REFUND_ARRIVAL_DAYS */
export function refundView(row: RefundRecord, reader: Principal, arrival: ArrivalDays): RefundView {
  const money = (amount: number): MoneyView => ({ amount, currency: row.currency });
  const startedOn = localDateOf(row.submittedAt ?? row.requestedAt, reader.timezone);
  const isOnItsWay = row.status !== 'failed' && row.status !== 'needs_attention';
  return {
    id: publicId('refund', row.id),
    paymentId: publicId('payment', row.paymentId),
    sessionId: row.sessionId === null ? null : publicId('session', row.sessionId),
    status: row.status,
    amount: money(row.amountMinor),
    reason: row.reason,
    expectedBetween: isOnItsWay ? expectedBetween(startedOn, arrival) : null,
    ...(reader.kind === 'client'
      ? {}
      : {
          estimatedFeeReturned: money(row.estimatedFeeReturnedMinor),
          feeReturned: row.feeReturnedMinor === null ? null : money(row.feeReturnedMinor),
          note: row.note,
          failureCode: row.failureCode,
        }),
    requestedAt: row.requestedAt.toISOString(),
    submittedAt: text(row.submittedAt),
    settledAt: text(row.settledAt),
    version: row.version,
  };
}

export function ledgerEntryView(line: LedgerLine): LedgerEntryView {
  return {
    transactionId: publicId('ledgerTransaction', line.transactionId),
    at: line.at.toISOString(),
    kind: line.kind,
    refundId: line.refundId === null ? null : publicId('refund', line.refundId),
    account: line.account,
    amount: { amount: line.amountMinor, currency: line.currency },
    balance: { amount: line.balanceMinor, currency: line.currency },
  };
}

export function payoutAccountView(row: PayoutAccountRecord | undefined): PayoutAccountView {
  if (row === undefined) {
    return {
      status: 'not_started',
      transfersActive: false,
      payoutsEnabled: false,
      requirementsDue: [],
      version: 0,
    };
  }
  return {
    status: row.transfersActive ? 'ready' : 'incomplete',
    transfersActive: row.transfersActive,
    payoutsEnabled: row.payoutsEnabled,
    requirementsDue: row.requirementsDue,
    version: row.version,
  };
}

function text(instant: Date | null): string | null {
  return instant?.toISOString() ?? null;
}
