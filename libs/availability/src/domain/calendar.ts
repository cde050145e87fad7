import { endOfLocalDay, zoneOffsets, type OffsetPeriod } from '@app/common';
import { disjoint, type DisjointSpans, type Span } from './spans';
import {
  DAY_MS,
  localDateOfDay,
  localDayNumber,
  weekNumberOf,
  workingIntervals,
  type WorkingHours,
  type WorkingInterval,
} from './working-hours';

/** A claim of a session on the coach's time, buffers included. */
export interface BusySpan extends Span {
  readonly sessionId: string;
  /** A hold awaits its payment; a proposed time awaits an answer. */
  readonly kind: 'session' | 'hold' | 'proposed_time';
  /** The session itself, without its buffers; null for a time that is only proposed. */
  readonly session: Span | null;
}

/** Whatever its kind, it takes working hours away. */
export interface TimeOffSpan extends Span {
  readonly kind: 'time_off' | 'break' | 'prep';
}

export interface BookingRules {
  readonly startIncrementMinutes: number;
  /** Elapsed minutes from now to the start. */
  readonly minimumNoticeMinutes: number;
  /** The last day that can be booked is this many local days after today. */
  readonly bookingHorizonDays: number;
  /** Sessions that start on one local day of the coach, or in one week from Monday; null for no cap. */
  readonly mostSessionsPerDay: number | null;
  readonly mostSessionsPerWeek: number | null;
}

/** All that decides whether a coach's time is free. Instants are epoch milliseconds. */
export interface FreeTimeFacts extends WorkingHours {
  readonly nowMs: number;
  readonly rules: BookingRules;
  readonly timeOff: readonly TimeOffSpan[];
  readonly busy: readonly BusySpan[];
  /** Starts that may be asked about: further away, time off and claims were not read. */
  readonly covered: Span;
}

/** What a session takes of the coach's time. */
export interface NeededTime {
  readonly durationMinutes: number;
  /** Kept free before the start, preparation included. */
  readonly beforeMinutes: number;
  readonly afterMinutes: number;
}

/** The facts, arranged for many questions about one kind of session. */
export interface Calendar {
  readonly facts: FreeTimeFacts;
  readonly periods: readonly OffsetPeriod[];
  readonly intervals: readonly WorkingInterval[];
  readonly open: DisjointSpans;
  readonly off: DisjointSpans;
  readonly claimed: DisjointSpans;
  readonly horizonEndsMs: number;
  readonly sessionsPerDay: ReadonlyMap<number, number>;
  readonly sessionsPerWeek: ReadonlyMap<number, number>;
  readonly durationMs: number;
  readonly beforeMs: number;
  readonly afterMs: number;
}

const MINUTE_MS = 60_000;
/** A week's sessions count for its caps, so the offsets of the whole week are needed. */
const WEEK_MARGIN_MS = 9 * DAY_MS;

/** @throws RangeError when the facts do not cover the range */
export function calendarOf(facts: FreeTimeFacts, need: NeededTime, range: Span): Calendar {
  if (range.fromMs < facts.covered.fromMs || range.toMs > facts.covered.toMs + 1) {
    throw new RangeError('the facts do not cover the range that is asked about');
  }
  const periods = zoneOffsets(
    facts.timezone,
    new Date(range.fromMs - WEEK_MARGIN_MS),
    new Date(range.toMs + WEEK_MARGIN_MS),
  );
  // A day more on either side: its hours may reach into the range, or carry on where the range ends.
  const firstDay = localDayNumber(range.fromMs, periods) - 1;
  const lastDay = localDayNumber(range.toMs, periods) + 1;
  const intervals = workingIntervals(facts, periods, firstDay, lastDay);
  return {
    facts,
    periods,
    intervals,
    open: disjoint(intervals),
    off: disjoint(facts.timeOff),
    claimed: disjoint(facts.busy),
    horizonEndsMs: horizonEnd(facts),
    ...sessionCounts(facts, periods, range),
    ...lengthsOf(need),
  };
}

/** The same calendar, asked about another kind of session. */
export function forNeed(calendar: Calendar, need: NeededTime): Calendar {
  return { ...calendar, ...lengthsOf(need) };
}

function lengthsOf(need: NeededTime): Pick<Calendar, 'durationMs' | 'beforeMs' | 'afterMs'> {
  return {
    durationMs: need.durationMinutes * MINUTE_MS,
    beforeMs: need.beforeMinutes * MINUTE_MS,
    afterMs: need.afterMinutes * MINUTE_MS,
  };
}

function horizonEnd({ nowMs, timezone, rules }: FreeTimeFacts): number {
  const today = localDayNumber(nowMs, zoneOffsets(timezone, new Date(nowMs), new Date(nowMs)));
  return endOfLocalDay(localDateOfDay(today + rules.bookingHorizonDays), timezone).getTime();
}

function sessionCounts(
  { busy, rules }: FreeTimeFacts,
  periods: readonly OffsetPeriod[],
  range: Span,
): Pick<Calendar, 'sessionsPerDay' | 'sessionsPerWeek'> {
  const sessionsPerDay = new Map<number, number>();
  const sessionsPerWeek = new Map<number, number>();
  if (rules.mostSessionsPerDay === null && rules.mostSessionsPerWeek === null)
    return { sessionsPerDay, sessionsPerWeek };
  for (const { session } of busy) {
    if (
      session === null ||
      session.fromMs < range.fromMs - 8 * DAY_MS ||
      session.fromMs > range.toMs + 8 * DAY_MS
    )
      continue;
    const day = localDayNumber(session.fromMs, periods);
    const week = weekNumberOf(day);
    sessionsPerDay.set(day, (sessionsPerDay.get(day) ?? 0) + 1);
    sessionsPerWeek.set(week, (sessionsPerWeek.get(week) ?? 0) + 1);
  }
  return { sessionsPerDay, sessionsPerWeek };
}
