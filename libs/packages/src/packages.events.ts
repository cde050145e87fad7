import type { LocalDate } from '@app/common';
import type { DomainEvent } from '@app/outbox';

export interface EntitlementRef {
  coachId: string;
  id: string;
}

/** Announced by the sweeps, which write in SQL. */
export const ENTITLEMENT_CANCELLED = 'packages.entitlement_cancelled';
export const ENTITLEMENT_EXPIRED = 'packages.entitlement_expired';
/** The time has come to tell the client until when the credits are good. */
export const EXPIRY_NEAR = 'packages.expiry_near';

const ofEntitlement = (
  type: string,
  { coachId, id }: EntitlementRef,
  more: DomainEvent['payload'] = {},
): DomainEvent => ({ type, coachId, payload: { entitlementId: id, ...more } });

export const entitlementRequested = (entitlement: EntitlementRef): DomainEvent =>
  ofEntitlement('packages.entitlement_requested', entitlement);

/** Paid: its credits can be spent. */
export const entitlementActivated = (entitlement: EntitlementRef): DomainEvent =>
  ofEntitlement('packages.entitlement_activated', entitlement);

export const entitlementExtended = (entitlement: EntitlementRef, expiresOn: LocalDate): DomainEvent =>
  ofEntitlement('packages.entitlement_extended', entitlement, { expiresOn });

/** Given back: closed, its credits gone. */
export const entitlementRefunded = (entitlement: EntitlementRef): DomainEvent =>
  ofEntitlement('packages.entitlement_refunded', entitlement);

/** Announced by sweeps too: a session of it was delivered, or is no more; what that earns is to be booked. */
export const REVENUE_DUE = 'packages.revenue_due';

export const revenueDue = (entitlement: EntitlementRef): DomainEvent =>
  ofEntitlement(REVENUE_DUE, entitlement);

export const creditsAdjusted = (entitlement: EntitlementRef, credits: number): DomainEvent =>
  ofEntitlement('packages.credits_adjusted', entitlement, { credits });
