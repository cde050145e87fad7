import { sql, type RawBuilder } from '@app/database';
import { otherClaims, type ClaimExceptions } from './claims';
import type { BusySpan, FreeTimeFacts, TimeOffSpan } from './domain/calendar';
import type { Span } from './domain/spans';
import type { MinuteInterval } from './domain/working-hours';

/** What facts are asked for, besides the range. */
export interface FactsQuestion extends ClaimExceptions {
  coachId: string;
  /** Its own weekly hours count, where it has some. */
  offeringId?: string;
  /**
   * Holds that have run out take no time any more: for showing. A booking sees them until it has cleared them away
   * under the lock, since their claims still stand.
   */
  withoutSpentHolds?: boolean;
  /** Minutes around the range in which claims are looked at; two days, unless the caller knows what it needs. */
  reachMinutes?: number;
}

/** More than any start reaches around itself. */
const LONGEST_REACH_MINUTES = 2_880;
/** What the caps of a week ask about. */
const CAPS_REACH_MINUTES = 14_400;

type WeeklyRow = [weekday: number, startsMinute: number, endsMinute: number];

/** One row; instants inside the lists are epoch milliseconds. */
export interface FactsRow {
  now: Date;
  timezone: string;
  startIncrementMinutes: number;
  minimumNoticeMinutes: number;
  bookingHorizonDays: number;
  mostSessionsPerDay: number | null;
  mostSessionsPerWeek: number | null;
  weekly: WeeklyRow[];
  offeringWeekly: WeeklyRow[] | null;
  overrides: [localDate: string, intervals: MinuteInterval[]][];
  timeOff: [fromMs: number, toMs: number, kind: TimeOffSpan['kind']][];
  busy: [
    fromMs: number,
    toMs: number,
    sessionId: string,
    kind: BusySpan['kind'],
    startsMs: number | null,
    endsMs: number | null,
  ][];
}

/** When a hold of `sessions s` has run out; while its payment is being processed it stays an hour longer (domain.md 5). */
const spentHold = sql.raw(`s.status = 'held' and s.hold_expires_at <=
  app_now() - case when s.payment_status = 'processing' then interval '1 hour' else interval '0' end`);

/**
 * All that decides about starts in the range, in one statement. A start reaches at most 28 hours around itself
 * (720 minutes, buffers of 960 and 480); the caps of a week ask for all its sessions.
 */
export function selectFacts(question: FactsQuestion, range: Span): RawBuilder<FactsRow> {
  const from = new Date(range.fromMs);
  const to = new Date(range.toMs);
  const near = (minutes: RawBuilder<unknown>): RawBuilder<unknown> =>
    sql`tstzrange(${from}::timestamptz - make_interval(mins => ${minutes}::int), ${to}::timestamptz + make_interval(mins => ${minutes}::int))`;
  return sql<FactsRow>`
    select app_now() as now, c.timezone,
      c.start_increment_minutes as "startIncrementMinutes", c.minimum_notice_minutes as "minimumNoticeMinutes",
      c.booking_horizon_days as "bookingHorizonDays", c.most_sessions_per_day as "mostSessionsPerDay",
      c.most_sessions_per_week as "mostSessionsPerWeek",
      (select coalesce(json_agg(json_build_array(w.weekday, w.starts_minute, w.ends_minute) order by w.weekday, w.starts_minute), '[]')
        from weekly_hours w where w.coach_id = c.coach_id) as weekly,
      (select (select coalesce(json_agg(json_build_array(i.weekday, i.starts_minute, i.ends_minute) order by i.weekday, i.starts_minute), '[]')
          from offering_hour_intervals i where i.coach_id = h.coach_id and i.offering_id = h.offering_id)
        from offering_hours h
        where h.coach_id = c.coach_id and h.offering_id = ${question.offeringId ?? null}::uuid and h.own) as "offeringWeekly",
      (select coalesce(json_agg(json_build_array(d.local_date, d.intervals)), '[]')
        from date_overrides d where d.coach_id = c.coach_id
          and d.local_date between ${from}::timestamptz::date - 3 and ${to}::timestamptz::date + 3) as overrides,
      (select coalesce(json_agg(json_build_array(${ms('o.starts_at')}, ${ms('o.ends_at')}, o.kind)), '[]')
        from time_off o where o.coach_id = c.coach_id
          and tstzrange(o.starts_at, o.ends_at) && ${near(sql`${LONGEST_REACH_MINUTES}`)}) as "timeOff",
      (select coalesce(json_agg(json_build_array(${ms('lower(k.blocked)')}, ${ms('upper(k.blocked)')}, k.session_id,
          case when s.status = 'held' then 'hold' else k.kind end, ${ms('s.starts_at')}, ${ms('s.ends_at')}) order by lower(k.blocked)), '[]')
        from calendar_claims k
        left join sessions s on k.kind = 'session' and s.coach_id = k.coach_id and s.id = k.session_id
        where k.coach_id = c.coach_id and ${otherClaims(question)}
          and (${question.withoutSpentHolds !== true}::boolean or ((${spentHold}) or k.expires_at <= app_now()) is not true)
          and k.blocked && ${near(sql`case when coalesce(c.most_sessions_per_day, c.most_sessions_per_week) is null
            then ${question.reachMinutes ?? LONGEST_REACH_MINUTES}::int else ${CAPS_REACH_MINUTES} end`)}
      ) as busy
    from coaches c where c.coach_id = ${question.coachId}`;
}

export function factsOf(row: FactsRow, covered: Span): FreeTimeFacts {
  return {
    nowMs: row.now.getTime(),
    timezone: row.timezone,
    rules: {
      startIncrementMinutes: row.startIncrementMinutes,
      minimumNoticeMinutes: row.minimumNoticeMinutes,
      bookingHorizonDays: row.bookingHorizonDays,
      mostSessionsPerDay: row.mostSessionsPerDay,
      mostSessionsPerWeek: row.mostSessionsPerWeek,
    },
    weekly: row.weekly.map(weeklyInterval),
    offeringWeekly: row.offeringWeekly?.map(weeklyInterval) ?? null,
    overrides: new Map(row.overrides),
    timeOff: row.timeOff.map(([fromMs, toMs, kind]) => ({ fromMs, toMs, kind })),
    busy: row.busy.map(busySpan),
    covered,
  };
}

function weeklyInterval([weekday, startsMinute, endsMinute]: WeeklyRow): FreeTimeFacts['weekly'][number] {
  return { weekday, startsMinute, endsMinute };
}

function busySpan([fromMs, toMs, sessionId, kind, startsMs, endsMs]: FactsRow['busy'][number]): BusySpan {
  const session = startsMs === null || endsMs === null ? null : { fromMs: startsMs, toMs: endsMs };
  return { fromMs, toMs, sessionId, kind, session };
}

/** @param instant an expression of this file */
function ms(instant: string): RawBuilder<unknown> {
  return sql.raw(`(extract(epoch from ${instant}) * 1000)::bigint`);
}
