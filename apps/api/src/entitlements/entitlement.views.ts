import type { Principal } from '@app/accounts';
import { endOfLocalDay, localDateOf, publicId } from '@app/common';
import { creditCounts, EntitlementNotFound, isExpiringSoon, type EntitlementStatus } from '@app/packages';
import type { CreditEntryRow, EntitlementQueries, EntitlementRow } from '@app/reporting';
import type { CreditEntryView, EntitlementView } from './entitlement.dto';

/** @param now business time */
export function entitlementView(row: EntitlementRow, now: Date): EntitlementView {
  const { expiresOn, coachTimezone, currency } = row;
  const status = row.status as EntitlementStatus;
  const counts = creditCounts(row);
  return {
    id: publicId('entitlement', row.id),
    coach: { id: publicId('coach', row.coachId), timezone: coachTimezone },
    client: { id: publicId('client', row.clientId), name: row.clientName },
    packageId: publicId('package', row.packageId),
    packageName: row.packageName,
    offeringIds: row.offeringIds.map((id) => publicId('offering', id)),
    status,
    awaitsPaymentUntil: status === 'awaiting_payment' ? row.awaitsPaymentUntil.toISOString() : null,
    ...counts,
    purchasedOn: row.purchasedOn,
    expiresOn,
    expiresAt: expiresOn === null ? null : endOfLocalDay(expiresOn, coachTimezone).toISOString(),
    isExpiringSoon:
      status === 'active' &&
      expiresOn !== null &&
      isExpiringSoon(localDateOf(now, coachTimezone), expiresOn, counts.remaining, row.expiringSoonDays),
    expiryMeaning: row.expiryMeaning,
    price: { amount: row.priceMinor, currency },
    payment: {
      id: publicId('payment', row.paymentId),
      status: row.paymentStatus,
      paid: { amount: row.capturedMinor, currency },
      refunded: { amount: row.refundedMinor, currency },
    },
    version: row.version,
  };
}

/** One entitlement as the reader may see it. @throws EntitlementNotFound also for somebody else's */
export async function shownEntitlement(
  queries: EntitlementQueries,
  principal: Principal,
  id: string,
  now: Date,
): Promise<EntitlementView> {
  const row = await queries.find(principal, id);
  if (row === undefined) throw new EntitlementNotFound();
  return entitlementView(row, now);
}

export function creditEntryView(row: CreditEntryRow): CreditEntryView {
  return {
    id: publicId('creditEntry', row.id),
    kind: row.kind,
    amount: row.amount,
    balance: row.balance,
    sessionId: row.sessionId === null ? null : publicId('session', row.sessionId),
    cause: row.cause,
    actor: row.actorKind,
    at: row.at.toISOString(),
  };
}
