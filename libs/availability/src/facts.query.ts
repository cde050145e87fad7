import { sql, type RawBuilder } from '@app/database';
import type { BusySpan, FreeTimeFacts } from './domain/calendar';
import type { Span } from './domain/spans';
import type { MinuteInterval } from './domain/working-hours';

/** One row; instants inside the lists are epoch milliseconds. */
export interface FactsRow {
  now: Date;
  timezone: string;
  startIncrementMinutes: number;
  minimumNoticeMinutes: number;
  bookingHorizonDays: number;
  mostSessionsPerDay: number | null;
  mostSessionsPerWeek: number | null;
  weekly: [weekday: number, startsMinute: number, endsMinute: number][];
  overrides: [localDate: string, intervals: MinuteInterval[]][];
  timeOff: [fromMs: number, toMs: number][];
  busy: [fromMs: number, toMs: number, sessionId: string, startsMs: number | null, endsMs: number | null][];
}

/**
 * All that decides about starts in the range, in one statement. A start reaches at most 28 hours around itself
 * (720 minutes, buffers of 960 and 480); the caps of a week ask for all its sessions.
 */
export function selectFacts(
  coachId: string,
  range: Span,
  exceptSessionId: string | null,
): RawBuilder<FactsRow> {
  const from = new Date(range.fromMs);
  const to = new Date(range.toMs);
  const near = (days: RawBuilder<unknown>): RawBuilder<unknown> =>
    sql`tstzrange(${from}::timestamptz - make_interval(days => ${days}), ${to}::timestamptz + make_interval(days => ${days}))`;
  return sql<FactsRow>`
    select app_now() as now, c.timezone,
      c.start_increment_minutes as "startIncrementMinutes", c.minimum_notice_minutes as "minimumNoticeMinutes",
      c.booking_horizon_days as "bookingHorizonDays", c.most_sessions_per_day as "mostSessionsPerDay",
      c.most_sessions_per_week as "mostSessionsPerWeek",
      (select coalesce(json_agg(json_build_array(w.weekday, w.starts_minute, w.ends_minute) order by w.weekday, w.starts_minute), '[]')
        from weekly_hours w where w.coach_id = c.coach_id) as weekly,
      (select coalesce(json_agg(json_build_array(d.local_date, d.intervals)), '[]')
        from date_overrides d where d.coach_id = c.coach_id
          and d.local_date between ${from}::timestamptz::date - 3 and ${to}::timestamptz::date + 3) as overrides,
      (select coalesce(json_agg(json_build_array(${ms('o.starts_at')}, ${ms('o.ends_at')})), '[]')
        from time_off o where o.coach_id = c.coach_id
          and tstzrange(o.starts_at, o.ends_at) && ${near(sql`2`)}) as "timeOff",
      (select coalesce(json_agg(json_build_array(${ms('lower(k.blocked)')}, ${ms('upper(k.blocked)')}, k.session_id,
          ${ms('s.starts_at')}, ${ms('s.ends_at')}) order by lower(k.blocked)), '[]')
        from calendar_claims k
        left join sessions s on k.kind = 'session' and s.coach_id = k.coach_id and s.id = k.session_id
        where k.coach_id = c.coach_id
          and k.session_id is distinct from ${exceptSessionId}::uuid
          and k.blocked && ${near(sql`case when coalesce(c.most_sessions_per_day, c.most_sessions_per_week) is null then 2 else 10 end`)}
      ) as busy
    from coaches c where c.coach_id = ${coachId}`;
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
    weekly: row.weekly.map(([weekday, startsMinute, endsMinute]) => ({ weekday, startsMinute, endsMinute })),
    overrides: new Map(row.overrides),
    timeOff: row.timeOff.map(([fromMs, toMs]) => ({ fromMs, toMs })),
    busy: row.busy.map(busySpan),
    covered,
  };
}

function busySpan([fromMs, toMs, sessionId, startsMs, endsMs]: FactsRow['busy'][number]): BusySpan {
  const session = startsMs === null || endsMs === null ? null : { fromMs: startsMs, toMs: endsMs };
  return { fromMs, toMs, sessionId, session };
}

/** @param instant an expression of this file */
function ms(instant: string): RawBuilder<unknown> {
  return sql.raw(`(extract(epoch from ${instant}) * 1000)::bigint`);
}
