import type { Actor } from '@app/accounts';
import { newId } from '@app/common';
import { sql, type RawBuilder } from '@app/database';
import type { OccurrencePayment } from './domain/series-payments';
import type { OccurrenceTerms, PlannedOccurrence } from './domain/series-plan';
import { FREE_CANCELLATION_MS } from './domain/series-terms';
import { creditOutcomeShown, plannedBackMinor } from './series-shares';
import type { CancelOutcome, Funding, SessionPaymentStatus, SessionStatus } from './session-record';

/** Who does it, when, and because of which plan; the worker has none. */
export interface SeriesAct {
  coachId: string;
  actor: Actor;
  now: Date;
  planId: string | null;
}

/** One of the sessions that an act changes together. */
export interface ChangedSession {
  id: string;
  from: SessionStatus | null;
  to: SessionStatus | null;
  outcome?: CancelOutcome;
  reason?: string | undefined;
  /** Of one that moves: where it was, ISO instant. */
  movedFrom?: string | undefined;
  /** Further facts for the timeline. */
  details?: Record<string, unknown>;
}

/** A session that is made for an occurrence. */
export interface NewSession {
  id: string;
  planned: PlannedOccurrence;
}

/** The sessions of a series are made as the series says; the series' row is there. */
export function insertSeriesSessions(
  { coachId, actor, now }: SeriesAct,
  seriesId: string,
  sessions: readonly NewSession[],
): RawBuilder<unknown> {
  const times = sessions.map(({ planned }) => timeOf(planned));
  const paid = sessions.map(({ planned }) => columnsOf(planned.paidBy));
  return sql`insert into sessions
    (coach_id, id, client_id, offering_id, series_id, original_starts_at, status, starts_at, ends_at, local_start, timezone, gap_shifted,
     before_minutes, after_minutes, offering_name, funding, price_minor, currency, policy_id, policy_rules, policy_accepted_at,
     policy_accepted_by, platform, client_sort_name, payment_status, entitlement_id, booked_at, booked_by, updated_at)
    select r.coach_id, each.id, r.client_id, r.offering_id, r.id, each.original, 'scheduled', each.starts_at,
      each.starts_at + make_interval(mins => each.minutes), each.local_start, each.timezone, each.gap_shifted,
      r.before_minutes, r.after_minutes, r.offering_name, each.funding, r.price_minor, r.currency, r.policy_id, r.policy_rules,
      r.policy_accepted_at, r.policy_accepted_by, r.platform, m.sort_name, each.payment_status, each.entitlement_id, ${now}::timestamptz, ${actor.kind === 'worker' ? 'system' : actor.kind}, ${now}::timestamptz
    from series r
    join clients m on m.coach_id = r.coach_id and m.id = r.client_id,
    unnest(${sessions.map(({ id }) => id)}::uuid[], ${sessions.map(({ planned }) => planned.newOriginalStartsAt)}::timestamptz[],
      ${times.map((time) => time.startsAt)}::timestamptz[], ${times.map((time) => time.localStart)}::timestamp[],
      ${times.map((time) => time.timezone)}::text[], ${times.map((time) => time.gapShifted)}::boolean[],
      ${times.map((time) => time.durationMinutes)}::int[], ${paid.map(({ funding }) => funding)}::text[],
      ${paid.map(({ paymentStatus }) => paymentStatus)}::text[], ${paid.map(({ entitlementId }) => entitlementId)}::uuid[])
      as each (id, original, starts_at, local_start, timezone, gap_shifted, minutes, funding, payment_status, entitlement_id)
    where r.coach_id = ${coachId}::uuid and r.id = ${seriesId}::uuid`;
}

/** How a session is paid, as its row says it: unpaid is what nothing but the client's own act pays. */
function columnsOf(paidBy: OccurrencePayment | null): {
  funding: Funding;
  paymentStatus: SessionPaymentStatus;
  entitlementId: string | null;
} {
  if (paidBy === null) return { funding: 'free', paymentStatus: 'free', entitlementId: null };
  if (paidBy.by === 'credit')
    return { funding: 'package', paymentStatus: 'covered_by_package', entitlementId: paidBy.entitlementId };
  const funding = paidBy.by === 'saved_card' ? 'pay_later' : 'card';
  return { funding, paymentStatus: 'unpaid', entitlementId: null };
}

/** Sessions that are paid in another way from now on. */
export function payOtherwise(coachId: string, sessions: readonly NewSession[]): RawBuilder<unknown> {
  const paid = sessions.map(({ planned }) => columnsOf(planned.paidBy));
  return sql`update sessions s set funding = each.funding, payment_status = each.payment_status, entitlement_id = each.entitlement_id
    from unnest(${sessions.map(({ id }) => id)}::uuid[], ${paid.map(({ funding }) => funding)}::text[],
      ${paid.map(({ paymentStatus }) => paymentStatus)}::text[], ${paid.map(({ entitlementId }) => entitlementId)}::uuid[])
      as each (id, funding, payment_status, entitlement_id)
    where s.coach_id = ${coachId}::uuid and s.id = each.id`;
}

/** Gives sessions the time of their plan; those that come back are scheduled again. */
export function placeSessions(
  { coachId, now }: SeriesAct,
  sessions: readonly NewSession[],
  isRestored: boolean,
): RawBuilder<unknown> {
  const times = sessions.map(({ planned }) => timeOf(planned));
  const back = isRestored
    ? sql`status = 'scheduled', outcome = null, cancelled_at = null, cancelled_by = null, cancel_reason = null,`
    : sql``;
  const freeUntil = new Date(now.getTime() + FREE_CANCELLATION_MS);
  return sql`update sessions s set ${back} starts_at = each.starts_at,
      ends_at = each.starts_at + make_interval(mins => each.minutes), local_start = each.local_start, timezone = each.timezone,
      gap_shifted = each.gap_shifted, calendar_sequence = s.calendar_sequence + 1, version = s.version + 1,
      free_cancellation_until = case when each.free_to_cancel then ${freeUntil}::timestamptz else s.free_cancellation_until end,
      updated_at = ${now}::timestamptz
    from unnest(${sessions.map(({ id }) => id)}::uuid[], ${times.map((time) => time.startsAt)}::timestamptz[],
      ${times.map((time) => time.localStart)}::timestamp[], ${times.map((time) => time.timezone)}::text[],
      ${times.map((time) => time.gapShifted)}::boolean[], ${times.map((time) => time.durationMinutes)}::int[],
      ${sessions.map(({ planned }) => planned.freeToCancel)}::boolean[])
      as each (id, starts_at, local_start, timezone, gap_shifted, minutes, free_to_cancel)
    where s.coach_id = ${coachId}::uuid and s.id = each.id`;
}

/**
 * What sessions are sold as from now on, where the plan says so. Other terms of cancelling are agreed to with the series, or
 * not yet.
 */
export function applyTerms(coachId: string, sessions: readonly NewSession[]): RawBuilder<unknown> {
  const terms = sessions.map(({ planned }) => planned.newTerms);
  return sql`update sessions s set offering_id = each.offering_id, offering_name = each.offering_name, price_minor = each.price_minor,
      platform = each.platform, before_minutes = each.before_minutes, after_minutes = each.after_minutes,
      policy_id = p.id, policy_rules = p.rules,
      policy_accepted_at = case when p.id = s.policy_id then s.policy_accepted_at when p.id = r.policy_id then r.policy_accepted_at end,
      policy_accepted_by = case when p.id = s.policy_id then s.policy_accepted_by when p.id = r.policy_id then r.policy_accepted_by end
    from unnest(${sessions.map(({ id }) => id)}::uuid[], ${terms.map((each) => each?.offeringId ?? null)}::uuid[],
      ${terms.map((each) => each?.offeringName ?? null)}::text[], ${terms.map((each) => each?.priceMinor ?? null)}::bigint[],
      ${terms.map((each) => each?.platform ?? null)}::text[], ${terms.map((each) => each?.beforeMinutes ?? null)}::int[],
      ${terms.map((each) => each?.afterMinutes ?? null)}::int[], ${terms.map((each) => each?.policyId ?? null)}::uuid[])
      as each (id, offering_id, offering_name, price_minor, platform, before_minutes, after_minutes, policy_id),
      series r, policies p
    where s.coach_id = ${coachId}::uuid and s.id = each.id and r.coach_id = s.coach_id and r.id = s.series_id
      and p.coach_id = s.coach_id and p.id = each.policy_id`;
}

/** Each with its outcome; what paid it goes back beside it. */
export function callOffSessions(
  { coachId, actor, now }: SeriesAct,
  sessions: readonly ChangedSession[],
): RawBuilder<unknown> {
  return sql`update sessions s set status = 'cancelled', outcome = each.outcome, cancelled_at = ${now}::timestamptz,
      cancelled_by = ${actor.kind}, cancel_reason = each.reason, no_show_by = null, no_show_marked_at = null,
      calendar_sequence = s.calendar_sequence + 1, version = s.version + 1, updated_at = ${now}::timestamptz
    from unnest(${sessions.map(({ id }) => id)}::uuid[], ${sessions.map(({ outcome }) => outcome ?? null)}::text[],
      ${sessions.map(({ reason }) => reason ?? null)}::text[]) as each (id, outcome, reason)
    where s.coach_id = ${coachId}::uuid and s.id = each.id`;
}

/** The claims of sessions as their rows are now; inserted where there is none. */
export function claimTimes(coachId: string, ids: readonly string[], exists: boolean): RawBuilder<unknown> {
  const blocked = sql`tstzrange(s.starts_at - make_interval(mins => s.before_minutes), s.ends_at + make_interval(mins => s.after_minutes))`;
  const where = sql`s.coach_id = ${coachId}::uuid and s.id = any(${[...ids]}::uuid[])`;
  return exists
    ? sql`update calendar_claims k set blocked = ${blocked} from sessions s
        where ${where} and k.coach_id = s.coach_id and k.session_id = s.id and k.kind = 'session'`
    : sql`insert into calendar_claims (coach_id, id, session_id, kind, blocked)
        select s.coach_id, uuidv7(), s.id, 'session', ${blocked} from sessions s where ${where}`;
}

const startOfSession = sql`to_char(s.starts_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')`;

/**
 * History, audit and event of each session that was changed; the rows are as they are after the change.
 *
 * @param details what the reader of the timeline is told beside it
 */
export function recordSessions(
  { coachId, actor, now, planId }: SeriesAct,
  sessions: readonly ChangedSession[],
  { kind, action, event }: { kind: 'status_changed' | 'moved' | 'edited'; action: string; event: string },
): RawBuilder<unknown>[] {
  const each = sql`unnest(${sessions.map(({ id }) => id)}::uuid[], ${sessions.map(({ from }) => from)}::text[],
      ${sessions.map(({ to }) => to)}::text[], ${sessions.map(({ outcome }) => outcome ?? null)}::text[],
      ${sessions.map(({ reason }) => reason ?? null)}::text[], ${sessions.map(({ movedFrom }) => movedFrom ?? null)}::text[],
      ${sessions.map(({ details }) => JSON.stringify(details ?? {}))}::jsonb[])
      as each (id, from_status, to_status, outcome, reason, moved_from, details)
    join sessions s on s.coach_id = ${coachId}::uuid and s.id = each.id`;
  return [
    sql`insert into session_timeline (coach_id, session_id, seq, at, kind, actor_kind, actor_id, from_status, to_status, outcome, reason, details)
      select s.coach_id, s.id,
        (select coalesce(max(t.seq), 0) + 1 from session_timeline t where t.coach_id = s.coach_id and t.session_id = s.id),
        ${now}::timestamptz, ${kind}, ${actor.kind}, ${actor.accountId}::uuid, each.from_status, each.to_status, each.outcome, each.reason,
        jsonb_strip_nulls(jsonb_build_object('seriesId', s.series_id, 'startsAt', ${startOfSession},
          'from', each.moved_from, 'to', case when each.moved_from is not null then ${startOfSession} end)) || each.details
      from ${each}`,
    sql`insert into audit_entries (coach_id, id, at, actor_kind, actor_id, action, object_type, object_id, object_version, cause, request_id, before, after)
      select s.coach_id, uuidv7(), app_now(), ${actor.kind}, ${actor.accountId}::uuid, ${action}, 'session', s.id, s.version,
        ${planId}::text, ${actor.requestId ?? null}::text,
        case when each.from_status is null then null else jsonb_build_object('status', each.from_status) end,
        case when each.to_status is null then jsonb_build_object('startsAt', s.starts_at) else jsonb_build_object('status', each.to_status) end
      from ${each}`,
    sql`insert into outbox_messages (coach_id, id, type, payload)
      select s.coach_id, uuidv7(), ${event}, jsonb_strip_nulls(jsonb_build_object('sessionId', s.id, 'version', s.version, 'outcome', each.outcome))
      from ${each}`,
  ];
}

/** Counts of completed sessions, after some of them were voided. */
export function recountCompleted(coachId: string, sessionIds: readonly string[]): RawBuilder<unknown> {
  return sql`update clients m set version = m.version + 1,
      completed_sessions = (select count(*) from sessions o where o.coach_id = m.coach_id and o.client_id = m.id and o.status = 'completed'),
      last_session_at = (select max(o.starts_at) from sessions o where o.coach_id = m.coach_id and o.client_id = m.id and o.status = 'completed')
    where m.coach_id = ${coachId}::uuid
      and m.id in (select s.client_id from sessions s where s.coach_id = ${coachId}::uuid and s.id = any(${[...sessionIds]}::uuid[]))`;
}

export function newSessions(planned: readonly PlannedOccurrence[]): NewSession[] {
  return planned.map((each) => ({ id: each.sessionId ?? newId(), planned: each }));
}

function timeOf({ after }: PlannedOccurrence): NonNullable<PlannedOccurrence['after']> {
  if (after === null) throw new Error('An occurrence that is placed has a time.');
  return after;
}

/** What the history says of a session that gets another time, other terms, or comes back. */
export function changedSession(
  id: string,
  planned: PlannedOccurrence,
  how: 'move' | 'edit' | 'restore',
): ChangedSession {
  const { before, after, terms, newTerms, freeToCancel } = planned;
  const details = {
    ...(how === 'edit' ? editOf(terms, newTerms, before?.durationMinutes, after?.durationMinutes) : {}),
    // From here on the client has not agreed, unless with the series (see the invariant of acceptance).
    ...(newTerms !== null && newTerms.policyId !== terms?.policyId ? { newPolicyId: newTerms.policyId } : {}),
    ...(freeToCancel ? { freeToCancel } : {}),
    ...paymentDetails(planned),
  };
  if (how === 'restore') return { id, from: 'cancelled', to: 'scheduled', details };
  return { id, from: null, to: null, movedFrom: how === 'move' ? before?.startsAt : undefined, details };
}

/** What the act does about the session's money, for its timeline. */
export function paymentDetails(planned: PlannedOccurrence): Record<string, unknown> {
  const { isPaidAnew, paidBy, givesBack } = planned;
  const credit = givesBack?.credit ?? null;
  const refundMinor = plannedBackMinor(planned);
  return {
    ...(isPaidAnew ? { funding: columnsOf(paidBy).funding } : {}),
    ...(isPaidAnew && paidBy?.by === 'credit' ? { entitlementId: paidBy.entitlementId } : {}),
    ...(credit === null ? {} : { credit: creditOutcomeShown(credit) }),
    ...(refundMinor === 0 ? {} : { refundMinor }),
  };
}

function editOf(
  terms: OccurrenceTerms | null,
  newTerms: OccurrenceTerms | null,
  oldMinutes: number | undefined,
  newMinutes: number | undefined,
): Record<string, unknown> {
  const changed = (['offeringName', 'priceMinor', 'platform'] as const).flatMap((name) =>
    newTerms === null || terms?.[name] === newTerms[name]
      ? []
      : [[name, { from: terms?.[name] ?? null, to: newTerms[name] }] as const],
  );
  const minutes = oldMinutes === newMinutes ? {} : { durationMinutes: { from: oldMinutes, to: newMinutes } };
  return { changes: { ...Object.fromEntries(changed), ...minutes } };
}
