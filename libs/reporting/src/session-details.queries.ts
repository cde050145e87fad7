import { Injectable } from '@nestjs/common';
import { reachableBy, type Principal } from '@app/accounts';
import { Database, sql } from '@app/database';
import { entitlementColumn, lifeColumns, type SessionListRow } from './session-page';
import { revenueColumns } from './session-revenue';

/** As the module video stores it. */
export interface DialInNumber {
  country: string;
  countryName: string;
  city: string | null;
  number: string;
  tollFree: boolean;
  pin: string | null;
}

export interface GoalOfSession {
  id: string;
  title: string;
  status: string;
  progressPercent: number;
  remark: string;
}

/** What is charged to the client's saved card. Amounts are minor units. */
export interface ChargeOfSession {
  paymentId: string;
  reason: 'pay_later' | 'no_show' | 'late_cancellation';
  amountMinor: number;
  /** An instant as JSON writes it. */
  dueAt: string;
  state: 'planned' | 'requested' | 'needs_action' | 'given_up' | 'settled';
  failureCode: string | null;
}

/** Everything the page of one session shows. */
export interface SessionDetailsRow extends Omit<SessionListRow, 'clientSortName'> {
  clientEmail: string;
  clientPhone: string | null;
  clientTimezone: string;
  /** Where the client's device was last seen. */
  clientLastSeenTimezone: string | null;
  sessionCount: number;
  lastSessionAt: Date | null;
  coachTimezone: string;
  meetingId: string | null;
  meetingPassword: string | null;
  dialIn: DialInNumber[];
  dialInReason: string | null;
  preparationFocus: string | null;
  preparationQuestions: string | null;
  preparationBackground: string | null;
  goals: GoalOfSession[];
  policyId: string;
  policyRules: unknown;
  freeCancellationUntil: Date | null;
  ratingComment: string | null;
  followsSessionId: string | null;
  nextSessionIds: string[];
  bookedAt: Date;
  bookedBy: string;
  completedAt: Date | null;
  cancelledAt: Date | null;
  cancelledBy: string | null;
  cancelReasonCode: string | null;
  cancelReason: string | null;
  holdExpiresAt: Date | null;
  paymentId: string | null;
  capturedMinor: number | null;
  refundedMinor: number | null;
  chargeDueAt: Date | null;
  charge: ChargeOfSession | null;
}

@Injectable()
export class SessionDetailsQueries {
  constructor(private readonly database: Database) {}

  /** One query; undefined also for somebody else's session. */
  async find(principal: Principal, id: string): Promise<SessionDetailsRow | undefined> {
    return this.database.maybe(sql<SessionDetailsRow>`
      select s.coach_id as "coachId", s.id, s.status, s.outcome, s.starts_at as "startsAt", s.ends_at as "endsAt", s.timezone,
        s.series_id as "seriesId", s.original_starts_at as "originalStartsAt", s.entitlement_id as "entitlementId", s.offering_id as "offeringId",
        s.offering_name as "offeringName", s.funding, ${revenueColumns}, s.net_minor as "netMinor", s.currency,
        s.payment_status as "paymentStatus", s.rating, s.rating_comment as "ratingComment", s.meeting_state as "meetingState",
        s.meeting_platform as "meetingPlatform", s.meeting_join_url as "meetingJoinUrl", s.client_id as "clientId",
        c.display_name as "clientName", c.photo_url as "clientPhotoUrl", c.email as "clientEmail", c.phone as "clientPhone",
        c.timezone as "clientTimezone",
        (select d.last_seen_timezone from accounts d where d.id = c.account_id) as "clientLastSeenTimezone", c.completed_sessions as "sessionCount",
        (select max(e.starts_at) from sessions e where e.coach_id = s.coach_id and e.client_id = s.client_id
          and e.status = 'completed' and e.starts_at < s.starts_at) as "lastSessionAt",
        a.display_name as "coachName", a.photo_url as "coachPhotoUrl", k.timezone as "coachTimezone",
        k.join_grace_minutes as "joinGraceMinutes", ${lifeColumns}, s.follows_session_id as "followsSessionId",
        array(select n.id from sessions n where n.coach_id = s.coach_id and n.follows_session_id = s.id order by n.id) as "nextSessionIds", m.external_id as "meetingId", m.passcode as "meetingPassword",
        coalesce(m.dial_in, '[]') as "dialIn", m.dial_in_reason as "dialInReason",
        s.preparation_focus as "preparationFocus", s.preparation_questions as "preparationQuestions",
        s.preparation_background as "preparationBackground",
        (select coalesce(jsonb_agg(jsonb_build_object('id', g.id, 'title', g.title, 'status', g.status,
            'progressPercent', g.progress_percent, 'remark', l.remark) order by l.linked_at, g.id), '[]')
          from session_goals l join goals g on g.coach_id = l.coach_id and g.id = l.goal_id
          where l.coach_id = s.coach_id and l.session_id = s.id) as goals,
        ${entitlementColumn},
        s.free_cancellation_until as "freeCancellationUntil", s.policy_id as "policyId", s.policy_rules as "policyRules", s.policy_accepted_at as "policyAcceptedAt",
        s.booked_at as "bookedAt", s.booked_by as "bookedBy", s.completed_at as "completedAt", s.cancelled_at as "cancelledAt",
        s.cancelled_by as "cancelledBy", s.cancel_reason_code as "cancelReasonCode", s.cancel_reason as "cancelReason",
        s.hold_expires_at as "holdExpiresAt", p.id as "paymentId", p.captured_minor as "capturedMinor",
        p.refunded_minor as "refundedMinor", s.charge_due_at as "chargeDueAt", p.charge, s.version, app_now() as now
      from sessions s
      join clients c on c.coach_id = s.coach_id and c.id = s.client_id
      join coaches k on k.coach_id = s.coach_id
      join accounts a on a.id = s.coach_id
      left join meetings m on m.coach_id = s.coach_id and m.session_id = s.id and m.state = 'ready'
      left join lateral (
        select p.id, p.captured_minor, p.refunded_minor,
          case when p.mode = 'off_session' and p.status <> 'canceled' then jsonb_build_object('paymentId', p.id, 'reason', p.reason, 'amountMinor', p.amount_minor,
            'dueAt', p.due_at, 'state', p.charge_state, 'failureCode', p.failure_code) end as charge
        from payments p
        where p.coach_id = s.coach_id and p.session_id = s.id 
        -- The one that counts, as the payments have it.
        order by p.status = 'canceled',
          case when p.captured_minor > 0 then p.captured_minor = p.refunded_minor else p.released_at is not null end, p.id desc
        limit 1) p on true
      where s.id = ${id}::uuid and ${reachableBy(principal, 's')}`);
  }
}
