import { columnList, sql, type RawBuilder } from '@app/database';
import type { PolicyRules } from '@app/offerings';

export type SessionStatus = 'held' | 'scheduled' | 'completed' | 'cancelled' | 'no_show';
export type CancelOutcome =
  | 'in_time'
  | 'late'
  | 'by_coach'
  | 'hold_expired'
  | 'abandoned'
  | 'skipped'
  | 'paused'
  | 'retroactive';
export type SessionPaymentStatus =
  | 'free'
  | 'unpaid'
  | 'processing'
  | 'paid'
  | 'covered_by_package'
  | 'partially_refunded'
  | 'refund_pending'
  | 'refunded'
  | 'refund_failed'
  | 'failed'
  | 'disputed';
export type Funding = 'card' | 'package' | 'pay_later' | 'free';
export type Platform = 'zoom' | 'google_meet' | 'microsoft_teams';
export type MeetingState = 'none' | 'pending' | 'ready' | 'failed' | 'deleted';

/** One row of `sessions`. Instants are Dates; `localStart` is wall time in `timezone`; amounts are minor units. */
export interface SessionRecord {
  coachId: string;
  id: string;
  clientId: string;
  offeringId: string;
  seriesId: string | null;
  entitlementId: string | null;
  status: SessionStatus;
  outcome: CancelOutcome | null;
  noShowBy: 'client' | 'coach' | null;
  noShowMarkedAt: Date | null;
  /** When the client reported that the coach did not come. */
  noShowReportedAt: Date | null;
  followedUpAt: Date | null;
  /** The session that this one was booked after. */
  followsSessionId: string | null;
  /** The coach's present setting: minutes after the start before somebody counts as not there. */
  waitingMinutes: number;
  startsAt: Date;
  endsAt: Date;
  localStart: string;
  timezone: string;
  beforeMinutes: number;
  afterMinutes: number;
  offeringName: string;
  funding: Funding;
  priceMinor: number;
  currency: string;
  policyId: string;
  policyRules: PolicyRules;
  policyAcceptedAt: Date | null;
  /** When the saved card is to be charged; null where nothing is, and of sessions of a series. */
  chargeDueAt: Date | null;
  refundCapPercent: number | null;
  /** Until then its client cancels it free of charge: the coach moved it or made it dearer (domain.md 10). */
  freeCancellationUntil: Date | null;
  paymentStatus: SessionPaymentStatus;
  netMinor: number;
  rating: number | null;
  /** When it was rated first; the rating can be changed for a while from then on. */
  ratedAt: Date | null;
  /** Where it is to be; null: the coach's own order of platforms. */
  platform: Platform | null;
  meetingState: MeetingState;
  meetingPlatform: Platform | null;
  meetingJoinUrl: string | null;
  preparationFocus: string | null;
  preparationQuestions: string | null;
  preparationBackground: string | null;
  cancelledAt: Date | null;
  cancelledBy: 'coach' | 'client' | 'admin' | 'system' | null;
  cancelReasonCode: string | null;
  cancelReason: string | null;
  cancelMessage: string | null;
  holdExpiresAt: Date | null;
  bookedAt: Date;
  bookedBy: 'coach' | 'client' | 'admin' | 'system';
  completedAt: Date | null;
  calendarSequence: number;
  version: number;
  updatedAt: Date;
}

const COLUMNS: Record<Exclude<keyof SessionRecord, 'waitingMinutes'>, string> = {
  coachId: 'coach_id',
  id: 'id',
  clientId: 'client_id',
  offeringId: 'offering_id',
  seriesId: 'series_id',
  entitlementId: 'entitlement_id',
  status: 'status',
  outcome: 'outcome',
  noShowBy: 'no_show_by',
  noShowMarkedAt: 'no_show_marked_at',
  noShowReportedAt: 'no_show_reported_at',
  followedUpAt: 'followed_up_at',
  followsSessionId: 'follows_session_id',
  startsAt: 'starts_at',
  endsAt: 'ends_at',
  localStart: 'local_start',
  timezone: 'timezone',
  beforeMinutes: 'before_minutes',
  afterMinutes: 'after_minutes',
  offeringName: 'offering_name',
  funding: 'funding',
  priceMinor: 'price_minor',
  currency: 'currency',
  policyId: 'policy_id',
  policyRules: 'policy_rules',
  policyAcceptedAt: 'policy_accepted_at',
  chargeDueAt: 'charge_due_at',
  refundCapPercent: 'refund_cap_percent',
  freeCancellationUntil: 'free_cancellation_until',
  paymentStatus: 'payment_status',
  netMinor: 'net_minor',
  rating: 'rating',
  ratedAt: 'rated_at',
  platform: 'platform',
  meetingState: 'meeting_state',
  meetingPlatform: 'meeting_platform',
  meetingJoinUrl: 'meeting_join_url',
  preparationFocus: 'preparation_focus',
  preparationQuestions: 'preparation_questions',
  preparationBackground: 'preparation_background',
  cancelledAt: 'cancelled_at',
  cancelledBy: 'cancelled_by',
  cancelReasonCode: 'cancel_reason_code',
  cancelReason: 'cancel_reason',
  cancelMessage: 'cancel_message',
  holdExpiresAt: 'hold_expires_at',
  bookedAt: 'booked_at',
  bookedBy: 'booked_by',
  completedAt: 'completed_at',
  calendarSequence: 'calendar_sequence',
  version: 'version',
  updatedAt: 'updated_at',
};

/** The select list of a `SessionRecord` from `sessions s`. */
export const sessionColumns: RawBuilder<unknown> = sql`${columnList(COLUMNS, 's')},
  (select k.waiting_minutes from coaches k where k.coach_id = s.coach_id) as "waitingMinutes"`;
