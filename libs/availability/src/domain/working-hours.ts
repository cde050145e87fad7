import { instantOf, type LocalDate, type OffsetPeriod } from '@app/common';
import type { Span } from './spans';

/** A stretch of one local day, minutes of its wall clock from midnight; 1440 is the midnight that ends the day. */
export interface MinuteInterval {
  readonly startsMinute: number;
  readonly endsMinute: number;
}

export interface WeeklyInterval extends MinuteInterval {
  /** ISO 8601: 1 is Monday, 7 is Sunday. */
  readonly weekday: number;
}

/** When a coach works; wall times in the coach's zone. */
export interface WorkingHours {
  readonly timezone: string;
  readonly weekly: readonly WeeklyInterval[];
  /** The hours of the offering instead of the weekly ones; null where it has none of its own. */
  readonly offeringWeekly: readonly WeeklyInterval[] | null;
  /** The hours of single dates instead of the weekly ones; an empty list means closed. */
  readonly overrides: ReadonlyMap<LocalDate, readonly MinuteInterval[]>;
}

/** One interval of one date, as instants. */
export interface WorkingInterval extends Span, MinuteInterval {
  /** Midnight of its date, read as if it were UTC. */
  readonly localMidnightMs: number;
  /** Offset all through the interval; null near a change of the clocks, where each wall time is looked up. */
  readonly offsetMs: number | null;
}

const MINUTE_MS = 60_000;
export const DAY_MS = 86_400_000;

/** Days since 1970-01-01 of the date on the zone's calendar; the periods must cover the instant. */
export function localDayNumber(instantMs: number, periods: readonly OffsetPeriod[]): number {
  return Math.floor((instantMs + offsetAt(instantMs, periods)) / DAY_MS);
}

/** Weeks begin on Monday; day 0, 1970-01-01, was a Thursday. */
export function weekNumberOf(dayNumber: number): number {
  return Math.floor((dayNumber + 3) / 7);
}

function weekdayOfDay(dayNumber: number): number {
  return ((((dayNumber + 3) % 7) + 7) % 7) + 1;
}

export function localDateOfDay(dayNumber: number): LocalDate {
  return new Date(dayNumber * DAY_MS).toISOString().slice(0, 10);
}

/**
 * The working intervals of some local days as instants, in order of date. A boundary in a spring gap moves forward by the
 * gap, one that comes twice in autumn is the earlier instant (domain.md 4).
 *
 * @param periods offsets of the coach's zone from at least two days before the first day to two days after the last
 */
export function workingIntervals(
  hours: WorkingHours,
  periods: readonly OffsetPeriod[],
  firstDay: number,
  lastDay: number,
): WorkingInterval[] {
  const intervals: WorkingInterval[] = [];
  const week = hours.offeringWeekly ?? hours.weekly;
  const byWeekday = Array.from({ length: 8 }, (_, weekday) =>
    week.filter((each) => each.weekday === weekday),
  );
  const ofDates = overridesByDay(hours);
  for (let day = firstDay; day <= lastDay; day += 1) {
    const localMidnightMs = day * DAY_MS;
    const offsetMs = steadyOffset(localMidnightMs, periods);
    for (const { startsMinute, endsMinute } of openOn(
      hours,
      ofDates.get(day),
      byWeekday[weekdayOfDay(day)]!,
    )) {
      const fromMs = boundary(hours.timezone, localMidnightMs, startsMinute, offsetMs);
      const toMs = boundary(hours.timezone, localMidnightMs, endsMinute, offsetMs);
      if (fromMs < toMs)
        intervals.push({ fromMs, toMs, startsMinute, endsMinute, localMidnightMs, offsetMs });
    }
  }
  return intervals;
}

/**
 * Calls back with each start that an interval offers: the wall times from its beginning in steps, as on any other day.
 * A wall time that comes twice is offered twice, one in a gap where it moves to; starts may then come out of order and
 * repeat.
 */
export function eachStart(
  interval: WorkingInterval,
  hours: WorkingHours,
  periods: readonly OffsetPeriod[],
  incrementMinutes: number,
  visit: (startMs: number) => void,
): void {
  const { fromMs, toMs, localMidnightMs } = interval;
  if (interval.offsetMs !== null) {
    const stepMs = incrementMinutes * MINUTE_MS;
    for (let startMs = fromMs; startMs < toMs; startMs += stepMs) visit(startMs);
    return;
  }
  for (let minute = interval.startsMinute; minute < interval.endsMinute; minute += incrementMinutes) {
    const localMs = localMidnightMs + minute * MINUTE_MS;
    for (const startMs of instantsShowing(hours.timezone, localMs, periods)) {
      if (startMs >= fromMs && startMs < toMs) visit(startMs);
    }
  }
}

/** The hours of a local day where they are not those of its weekday. */
export function overrideOfDay(hours: WorkingHours, dayNumber: number): readonly MinuteInterval[] | undefined {
  return hours.overrides.get(localDateOfDay(dayNumber));
}

/** By number: writing the date of every day of a range would take longer than all the rest. */
function overridesByDay({ overrides }: WorkingHours): ReadonlyMap<number, readonly MinuteInterval[]> {
  return new Map([...overrides].map(([date, intervals]) => [Date.parse(date) / DAY_MS, intervals]));
}

/** On a date with hours of its own an offering keeps to both: to those of the date and to its own. */
function openOn(
  hours: WorkingHours,
  ofDate: readonly MinuteInterval[] | undefined,
  ofWeekday: readonly MinuteInterval[],
): readonly MinuteInterval[] {
  if (ofDate === undefined) return ofWeekday;
  return hours.offeringWeekly === null ? ofDate : inBoth(ofDate, ofWeekday);
}

function inBoth(some: readonly MinuteInterval[], others: readonly MinuteInterval[]): MinuteInterval[] {
  return some.flatMap((one) =>
    others.flatMap((other) => {
      const startsMinute = Math.max(one.startsMinute, other.startsMinute);
      const endsMinute = Math.min(one.endsMinute, other.endsMinute);
      return startsMinute < endsMinute ? [{ startsMinute, endsMinute }] : [];
    }),
  );
}

function offsetAt(instantMs: number, periods: readonly OffsetPeriod[]): number {
  for (let at = periods.length - 1; at >= 0; at -= 1) {
    const period = periods[at]!;
    if (period.from <= instantMs) return period.offsetMs;
  }
  throw new RangeError(`${instantMs} is before the zone offsets that were looked up`);
}

/** The offset of a day whose wall times are arithmetic, else null: no change of the clocks at, in or just before it. */
function steadyOffset(localMidnightMs: number, periods: readonly OffsetPeriod[]): number | null {
  for (let at = periods.length - 1; at >= 0; at -= 1) {
    const { from, offsetMs } = periods[at]!;
    const midnightMs = localMidnightMs - offsetMs;
    const before = periods[at - 1];
    // A change shortly before midnight reaches as far into the day as it moved the clocks.
    const reach = before === undefined ? 0 : Math.abs(offsetMs - before.offsetMs);
    if (from > midnightMs - reach) continue;
    const changesAt = periods[at + 1]?.from ?? Infinity;
    return changesAt > midnightMs + DAY_MS ? offsetMs : null;
  }
  return null;
}

function boundary(
  timezone: string,
  localMidnightMs: number,
  minute: number,
  offsetMs: number | null,
): number {
  const localMs = localMidnightMs + minute * MINUTE_MS;
  return offsetMs === null
    ? instantOf(wallTimeOfLocal(localMs), timezone).instant.getTime()
    : localMs - offsetMs;
}

function instantsShowing(timezone: string, localMs: number, periods: readonly OffsetPeriod[]): number[] {
  const instants: number[] = [];
  periods.forEach(({ from, offsetMs }, index) => {
    const instantMs = localMs - offsetMs;
    const changesAt = periods[index + 1]?.from ?? Infinity;
    if (instantMs >= from && instantMs < changesAt) instants.push(instantMs);
  });
  return instants.length > 0 ? instants : [instantOf(wallTimeOfLocal(localMs), timezone).instant.getTime()];
}

function wallTimeOfLocal(localMs: number): string {
  return new Date(localMs).toISOString().slice(0, 19);
}
