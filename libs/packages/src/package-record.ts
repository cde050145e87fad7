import { sql, type RawBuilder } from '@app/database';
import type { ExpiryMeaning } from './domain/expiry';

/** What a coach decides about a package. */
export interface PackageFields {
  name: string;
  sessionCount: number;
  /** Minor units of `currency`. */
  priceMinor: number;
  currency: string;
  /** Local days of the coach after the day of purchase. */
  validityDays: number;
  expiryMeaning: ExpiryMeaning;
  /** What a credit pays for. */
  offeringIds: string[];
}

/** One row of `session_packages`, with its offerings. */
export interface PackageRecord extends PackageFields {
  coachId: string;
  id: string;
  archivedAt: Date | null;
  version: number;
  createdAt: Date;
  updatedAt: Date;
}

/** The select list of a `PackageRecord` from `session_packages k`. */
export const packageColumns: RawBuilder<unknown> = sql`
  k.coach_id as "coachId", k.id, k.name, k.session_count as "sessionCount", k.price_minor as "priceMinor", k.currency,
  k.validity_days as "validityDays", k.expiry_meaning as "expiryMeaning", k.archived_at as "archivedAt", k.version,
  k.created_at as "createdAt", k.updated_at as "updatedAt",
  array(select o.offering_id from session_package_offerings o
    where o.coach_id = k.coach_id and o.package_id = k.id order by o.offering_id) as "offeringIds"`;
