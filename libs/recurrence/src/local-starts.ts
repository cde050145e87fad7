import { instantOf, localDateOf } from '@app/common';
import { RRuleTemporal } from 'rrule-temporal';
import type { RecurrenceRule, SeriesStart } from './rule';
import { weekdayCode, weekdayOfDate } from './weekdays';

/**
 * Rules are expanded on wall times that belong to no zone, kept as milliseconds as if they were UTC ("local
 * milliseconds"). Only afterwards is each given its instant: the zone data that the expanding library knows is incomplete,
 * and it drops the times that a zone's clocks skip, which a series keeps (domain.md 4).
 */
export const DAY_MS = 86_400_000;
/** The last day that times are kept for; a rule without end is not expanded beyond it. */
const LAST_LOCAL_MS = Date.UTC(2200, 11, 31, 23, 59, 59);
/** Endless rules are expanded piece by piece, so that a limit is noticed before a century of days is made. */
const PIECE_MS = 5 * 366 * DAY_MS;

/** A start read as if it were UTC. @throws InvalidTime */
export function localMsOf(localStart: string): number {
  return instantOf(localStart, 'UTC').instant.getTime();
}

/** `YYYY-MM-DDTHH:mm:ss`. */
export function wallTimeAt(localMs: number): string {
  return new Date(localMs).toISOString().slice(0, 19);
}

/** The local starts that a rule gives, with their bounds. */
export interface LocalStarts {
  readonly rule: RecurrenceRule;
  readonly startMs: number;
  /** The last moment that `until` allows. */
  readonly lastMs: number;
  /** The starts from `fromMs` to `toMs`, both included, ascending; one more than `most` at most. */
  between(fromMs: number, toMs: number, most: number): number[];
}

/** @throws InvalidTime for a malformed start or an unknown zone */
export function localStartsOf(rule: RecurrenceRule, start: SeriesStart): LocalStarts {
  const startMs = localMsOf(start.localStart);
  const lastMs = Math.min(lastLocalMs(rule, start, startMs), LAST_LOCAL_MS);
  const expansion = expansionOf(explicitRule(rule, start), wallTimeAt(startMs));
  return {
    rule,
    startMs,
    lastMs,
    between(fromMs, toMs, most) {
      const starts: number[] = [];
      const endMs = Math.min(toMs, lastMs);
      for (let atMs = Math.max(fromMs, startMs); atMs <= endMs && starts.length <= most; atMs += PIECE_MS) {
        const pieceEndMs = Math.min(atMs + PIECE_MS - 1, endMs);
        for (const each of expansion.between(new Date(atMs), new Date(pieceEndMs), true)) {
          starts.push(each.epochMilliseconds);
        }
      }
      return starts.slice(0, most + 1);
    },
  };
}

const FIRST_REACH_MS = 62 * DAY_MS;
const FURTHEST_REACH_MS = 10 * 366 * DAY_MS;

/** The first start at or after a local moment; undefined where there is none within ten years of it. */
export function firstStartFrom(starts: LocalStarts, localMs: number): number | undefined {
  const fromMs = Math.max(localMs, starts.startMs);
  for (let reachMs = FIRST_REACH_MS; ; reachMs = Math.min(reachMs * 4, FURTHEST_REACH_MS)) {
    const first = starts.between(fromMs, fromMs + reachMs, 1).at(0);
    if (first !== undefined || reachMs === FURTHEST_REACH_MS) return first;
  }
}

/** The last start before a local moment. */
export function lastStartBefore(starts: LocalStarts, localMs: number): number | undefined {
  const endMs = Math.min(localMs - 1, starts.lastMs);
  for (let reachMs = FIRST_REACH_MS; ; reachMs *= 4) {
    const last = starts.between(endMs - reachMs, endMs, Infinity).at(-1);
    if (last !== undefined || endMs - reachMs < starts.startMs) return last;
  }
}

/** How many starts there are before a local moment; for rules that are counted, so that it is never many. */
export function startsBefore(starts: LocalStarts, localMs: number): number {
  return starts.between(starts.startMs, localMs - 1, Infinity).length;
}

/** The rule with the weekday or day of the month written down that a bare WEEKLY or MONTHLY takes from its start. */
export function explicitRule(rule: RecurrenceRule, start: SeriesStart): RecurrenceRule {
  if (rule.frequency === 'weekly' && rule.weekdays.length === 0) {
    return { ...rule, weekdays: [weekdayOfDate(start.localStart.slice(0, 10))] };
  }
  const goesByWeekday = rule.weekdays.length > 0 || rule.ordinalWeekdays.length > 0;
  if (rule.frequency === 'monthly' && !goesByWeekday && rule.monthDay === undefined) {
    return { ...rule, monthDay: Number(start.localStart.slice(8, 10)) };
  }
  return rule;
}

/**
 * The local date of the last occurrence that an end allows, whether or not the rule has one that day; undefined where
 * there is no `until`. An end with a time of day before the start's leaves that day's occurrence out; one that is an instant
 * is compared with the instants of occurrences.
 * @throws InvalidTime
 */
export function lastDateOf(rule: RecurrenceRule, start: SeriesStart): string | undefined {
  if (rule.until === undefined) return undefined;
  return wallTimeAt(lastLocalMs(rule, start, localMsOf(start.localStart))).slice(0, 10);
}

function lastLocalMs({ until }: RecurrenceRule, { timezone }: SeriesStart, startMs: number): number {
  if (until === undefined) return Infinity;
  const timeOfDayMs = startMs % DAY_MS;
  if (!until.includes('T')) return localMsOf(`${until}T00:00:00`) + timeOfDayMs;
  if (!until.endsWith('Z')) {
    return Math.floor((localMsOf(until) - timeOfDayMs) / DAY_MS) * DAY_MS + timeOfDayMs;
  }
  const untilMs = Date.parse(until);
  let localMs = localMsOf(`${localDateOf(new Date(untilMs), timezone)}T00:00:00`) + timeOfDayMs;
  // A gap may have carried the occurrence of the day before to the other side of midnight.
  while (localMs >= startMs && instantOf(wallTimeAt(localMs), timezone).instant.getTime() > untilMs) {
    localMs -= DAY_MS;
  }
  return localMs;
}

/** rrule-temporal on wall times: its zone is always UTC, where each wall time exists once. */
function expansionOf(rule: RecurrenceRule, localStart: string): RRuleTemporal {
  const byDay = [
    ...rule.weekdays.map(weekdayCode),
    ...rule.ordinalWeekdays.map(({ ordinal, weekday }) => `${ordinal}${weekdayCode(weekday)}`),
  ];
  return new RRuleTemporal({
    freq: FREQUENCIES[rule.frequency],
    interval: rule.interval,
    tzid: 'UTC',
    dtstart: { timeZoneId: 'UTC', toString: () => `${localStart}+00:00[UTC]` },
    wkst: weekdayCode(rule.weekStart),
    ...(byDay.length > 0 ? { byDay } : {}),
    ...(rule.monthDay === undefined ? {} : { byMonthDay: [rule.monthDay] }),
    ...(rule.count === undefined ? {} : { count: rule.count }),
  });
}

const FREQUENCIES = { daily: 'DAILY', weekly: 'WEEKLY', monthly: 'MONTHLY' } as const;
