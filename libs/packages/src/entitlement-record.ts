import type { LocalDate } from '@app/common';
import { sql, type RawBuilder } from '@app/database';
import type { ExpiryMeaning } from './domain/expiry';

export const ENTITLEMENT_STATUSES = [
  'awaiting_payment',
  'active',
  'expired',
  'refunded',
  'cancelled',
] as const;
export type EntitlementStatus = (typeof ENTITLEMENT_STATUSES)[number];

/** One row of `entitlements`. Package name, size, price, offerings and meaning are as bought. */
export interface EntitlementRecord {
  coachId: string;
  id: string;
  clientId: string;
  packageId: string;
  packageName: string;
  /** Credits that were bought. */
  sessionCount: number;
  /** Minor units of `currency`. */
  priceMinor: number;
  currency: string;
  validityDays: number;
  expiryMeaning: ExpiryMeaning;
  offeringIds: string[];
  status: EntitlementStatus;
  /** The client bought it, or the coach asks them to pay. */
  soldBy: 'client' | 'coach';
  /** Sum of its credit entries. */
  remaining: number;
  awaitsPaymentUntil: Date;
  /** Local day of the coach; null until it is paid, as is the next. */
  purchasedOn: LocalDate | null;
  /** Its last good day. */
  expiresOn: LocalDate | null;
  version: number;
}

/** The select list of an `EntitlementRecord` from `entitlements e`. */
export const entitlementColumns: RawBuilder<unknown> = sql`
  e.coach_id as "coachId", e.id, e.client_id as "clientId", e.package_id as "packageId", e.package_name as "packageName",
  e.session_count as "sessionCount", e.price_minor as "priceMinor", e.currency, e.validity_days as "validityDays",
  e.expiry_meaning as "expiryMeaning", e.offering_ids as "offeringIds", e.status, e.sold_by as "soldBy", e.remaining,
  e.awaits_payment_until as "awaitsPaymentUntil", e.purchased_on as "purchasedOn", e.expires_on as "expiresOn", e.version`;

/** Of `entitlements e`: no bank has its money, or has kept it; its credits can be drawn (docs/adr/0013). */
export const isUndisputed: RawBuilder<boolean> = sql<boolean>`(not exists (select from payments disputed
  where disputed.coach_id = e.coach_id and disputed.entitlement_id = e.id and disputed.status = 'disputed'))`;
