import type { Actor } from '@app/accounts';
import { newId } from '@app/common';
import { sql, type RawBuilder } from '@app/database';
import type { PlannedOccurrence } from './domain/series-plan';
import type { CancelOutcome, SessionStatus } from './session-record';

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
  return sql`insert into sessions
    (coach_id, id, client_id, offering_id, series_id, original_starts_at, status, starts_at, ends_at, local_start, timezone, gap_shifted,
     before_minutes, after_minutes, offering_name, funding, price_minor, currency, policy_id, policy_rules, client_sort_name,
     payment_status, booked_at, booked_by, updated_at)
    select r.coach_id, each.id, r.client_id, r.offering_id, r.id, each.original, 'scheduled', each.starts_at,
      each.starts_at + make_interval(mins => each.minutes), each.local_start, each.timezone, each.gap_shifted,
      r.before_minutes, r.after_minutes, r.offering_name, r.funding, r.price_minor, r.currency, r.policy_id, r.policy_rules, m.sort_name,
      'free', ${now}::timestamptz, ${actor.kind === 'worker' ? 'system' : actor.kind}, ${now}::timestamptz
    from series r
    join clients m on m.coach_id = r.coach_id and m.id = r.client_id,
    unnest(${sessions.map(({ id }) => id)}::uuid[], ${sessions.map(({ planned }) => planned.newOriginalStartsAt)}::timestamptz[],
      ${times.map((time) => time.startsAt)}::timestamptz[], ${times.map((time) => time.localStart)}::timestamp[],
      ${times.map((time) => time.timezone)}::text[], ${times.map((time) => time.gapShifted)}::boolean[],
      ${times.map((time) => time.durationMinutes)}::int[])
      as each (id, original, starts_at, local_start, timezone, gap_shifted, minutes)
    where r.coach_id = ${coachId}::uuid and r.id = ${seriesId}::uuid`;
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
  return sql`update sessions s set ${back} starts_at = each.starts_at,
      ends_at = each.starts_at + make_interval(mins => each.minutes), local_start = each.local_start, timezone = each.timezone,
      gap_shifted = each.gap_shifted, calendar_sequence = s.calendar_sequence + 1, version = s.version + 1,
      updated_at = ${now}::timestamptz
    from unnest(${sessions.map(({ id }) => id)}::uuid[], ${times.map((time) => time.startsAt)}::timestamptz[],
      ${times.map((time) => time.localStart)}::timestamp[], ${times.map((time) => time.timezone)}::text[],
      ${times.map((time) => time.gapShifted)}::boolean[], ${times.map((time) => time.durationMinutes)}::int[])
      as each (id, starts_at, local_start, timezone, gap_shifted, minutes)
    where s.coach_id = ${coachId}::uuid and s.id = each.id`;
}

/** What was edited from a point on: the sessions take the terms that their series has by then. */
export function takeTermsOfSeries(coachId: string, ids: readonly string[]): RawBuilder<unknown> {
  return sql`update sessions s set offering_id = r.offering_id, offering_name = r.offering_name
    from series r
    where s.coach_id = ${coachId}::uuid and s.id = any(${[...ids]}::uuid[]) and r.coach_id = s.coach_id and r.id = s.series_id`;
}

/** Each with its outcome; nothing is owed, since sessions of a series are free. */
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

/**
 * History, audit and event of each session that was changed; the rows are as they are after the change.
 *
 * @param details what the reader of the timeline is told beside it
 */
export function recordSessions(
  { coachId, actor, now, planId }: SeriesAct,
  sessions: readonly ChangedSession[],
  { kind, action, event }: { kind: 'status_changed' | 'moved'; action: string; event: string },
): RawBuilder<unknown>[] {
  const each = sql`unnest(${sessions.map(({ id }) => id)}::uuid[], ${sessions.map(({ from }) => from)}::text[],
      ${sessions.map(({ to }) => to)}::text[], ${sessions.map(({ outcome }) => outcome ?? null)}::text[],
      ${sessions.map(({ reason }) => reason ?? null)}::text[]) as each (id, from_status, to_status, outcome, reason)
    join sessions s on s.coach_id = ${coachId}::uuid and s.id = each.id`;
  return [
    sql`insert into session_timeline (coach_id, session_id, seq, at, kind, actor_kind, actor_id, from_status, to_status, outcome, reason, details)
      select s.coach_id, s.id,
        (select coalesce(max(t.seq), 0) + 1 from session_timeline t where t.coach_id = s.coach_id and t.session_id = s.id),
        ${now}::timestamptz, ${kind}, ${actor.kind}, ${actor.accountId}::uuid, each.from_status, each.to_status, each.outcome, each.reason,
        jsonb_build_object('seriesId', s.series_id, 'startsAt', to_char(s.starts_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'))
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
