import { columnList, sql, type RawBuilder } from '@app/database';
import type { PolicyRules } from '@app/offerings';
import type { ConflictRule, OccurrenceState, OccurrenceTerms, SeriesShape } from './domain/series-plan';
import type { CancelOutcome, SessionStatus } from './session-record';

/** One row of `series`. `localStart` is wall time in `timezone`, the first occurrence of `rule`; amounts are minor units. */
export interface SeriesRecord extends Omit<SeriesShape, 'materialisedUntil' | 'pausedFrom' | 'pausedUntil'> {
  coachId: string;
  id: string;
  clientId: string;
  /** Since then its sessions are made without a credit, and both were told. */
  creditsEndedAt: Date | null;
  policyRules: PolicyRules;
  /** When the client agreed to its terms, for all its sessions. */
  policyAcceptedAt: Date | null;
  /** Each occurrence that the rule starts before this instant has its row. */
  materialisedUntil: Date;
  horizonDays: number;
  onConflict: ConflictRule;
  override: boolean;
  pausedFrom: Date | null;
  /** Not included; null with a start: until it is resumed. */
  pausedUntil: Date | null;
  splitFrom: string | null;
  calendarUid: string;
  calendarSequence: number;
  version: number;
  createdAt: Date;
  updatedAt: Date;
}

const COLUMNS: Record<keyof SeriesRecord, string> = {
  coachId: 'coach_id',
  id: 'id',
  clientId: 'client_id',
  state: 'state',
  rule: 'rule',
  localStart: 'local_start',
  timezone: 'timezone',
  offeringId: 'offering_id',
  offeringName: 'offering_name',
  durationMinutes: 'duration_minutes',
  beforeMinutes: 'before_minutes',
  afterMinutes: 'after_minutes',
  platform: 'platform',
  funding: 'funding',
  entitlementId: 'entitlement_id',
  fallback: 'fallback',
  chargeHoursBefore: 'charge_hours_before',
  creditsEndedAt: 'credits_ended_at',
  priceMinor: 'price_minor',
  currency: 'currency',
  policyId: 'policy_id',
  policyRules: 'policy_rules',
  policyAcceptedAt: 'policy_accepted_at',
  materialisedUntil: 'materialised_until',
  horizonDays: 'horizon_days',
  onConflict: 'on_conflict',
  override: 'override',
  pausedFrom: 'paused_from',
  pausedUntil: 'paused_until',
  splitFrom: 'split_from',
  calendarUid: 'calendar_uid',
  calendarSequence: 'calendar_sequence',
  version: 'version',
  createdAt: 'created_at',
  updatedAt: 'updated_at',
};

/** The select list of a `SeriesRecord` from `series r`. */
export const seriesColumns: RawBuilder<unknown> = columnList(COLUMNS, 'r');

/** An occurrence with what its session is now; the session's fields are null where it has none. */
export interface OccurrenceRecord {
  /** RECURRENCE-ID: the start that the rule gave it. */
  originalStartsAt: Date;
  state: OccurrenceState;
  added: boolean;
  reasons: { code: string; text: string }[];
  sessionId: string | null;
  sessionStatus: SessionStatus | null;
  outcome: CancelOutcome | null;
  startsAt: Date | null;
  endsAt: Date | null;
  localStart: string | null;
  timezone: string | null;
  gapShifted: boolean | null;
  sessionVersion: number | null;
  /** What the session is sold as. */
  terms: OccurrenceTerms | null;
  /** Until then the client cancels it free of charge; see `isFreelyCancellable`. */
  freeCancellationUntil: Date | null;
}

/** The select list of an `OccurrenceRecord` from `series_occurrences o left join sessions s`. */
export const occurrenceColumns: RawBuilder<unknown> = sql`
  o.original_starts_at as "originalStartsAt", o.state, o.added, o.reasons, o.session_id as "sessionId",
  s.status as "sessionStatus", s.outcome, s.starts_at as "startsAt", s.ends_at as "endsAt", s.local_start as "localStart",
  s.timezone, s.gap_shifted as "gapShifted", s.version as "sessionVersion", s.free_cancellation_until as "freeCancellationUntil",
  case when s.id is not null then jsonb_build_object('offeringId', s.offering_id, 'offeringName', s.offering_name, 'policyId', s.policy_id,
    'priceMinor', s.price_minor, 'platform', s.platform, 'beforeMinutes', s.before_minutes, 'afterMinutes', s.after_minutes) end as terms`;
