import type { VideoPlatform } from '@app/accounts';
import { sql, type RawBuilder } from '@app/database';
import type { FundingOption } from './domain/offering-rules';

/** What a coach decides about an offering. Null buffers, platform and policy mean the coach's own. */
export interface OfferingFields {
  name: string;
  description: string;
  durationMinutes: number;
  priceMinor: number;
  currency: string;
  fundingOptions: FundingOption[];
  bufferBeforeMinutes: number | null;
  bufferAfterMinutes: number | null;
  prepMinutes: number | null;
  platform: VideoPlatform | null;
  breakoutRooms: boolean;
  policyId: string | null;
  /** Of `pay_later`: when the saved card is charged. */
  chargeTiming: 'free_cancellation_ends' | 'before_start' | 'after_session';
  /** With `before_start`: how long before. */
  chargeHoursBefore: number | null;
}

export interface OfferingRecord extends OfferingFields {
  coachId: string;
  id: string;
  archivedAt: Date | null;
  version: number;
  createdAt: Date;
  updatedAt: Date;
}

/** Column and type of each field. */
export const OFFERING_COLUMNS: {
  readonly [Field in keyof OfferingFields]: readonly [column: string, type: string];
} = {
  name: ['name', 'text'],
  description: ['description', 'text'],
  durationMinutes: ['duration_minutes', 'int'],
  priceMinor: ['price_minor', 'bigint'],
  currency: ['currency', 'char(3)'],
  fundingOptions: ['funding_options', 'text[]'],
  bufferBeforeMinutes: ['buffer_before_minutes', 'int'],
  bufferAfterMinutes: ['buffer_after_minutes', 'int'],
  prepMinutes: ['prep_minutes', 'int'],
  platform: ['platform', 'text'],
  breakoutRooms: ['breakout_rooms', 'boolean'],
  policyId: ['policy_id', 'uuid'],
  chargeTiming: ['charge_timing', 'text'],
  chargeHoursBefore: ['charge_hours_before', 'int'],
};

/** The select list of an `OfferingRecord` from `offerings o`. */
export const offeringColumns: RawBuilder<unknown> = sql.join([
  sql`o.coach_id as "coachId", o.id, o.archived_at as "archivedAt", o.version, o.created_at as "createdAt", o.updated_at as "updatedAt"`,
  ...Object.entries(OFFERING_COLUMNS).map(
    ([field, [column]]) => sql`${sql.ref(`o.${column}`)} as ${sql.ref(field)}`,
  ),
]);
