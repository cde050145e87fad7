import { wallTimeOf } from '@app/common';
import {
  calendarRuleText,
  lastOccurrence,
  occurrences,
  ruleOf,
  type Occurrence,
  type RecurrenceRule,
  type SeriesStart,
} from '@app/recurrence';
import { doubtfulTimes } from './wall-clock-times';

export interface TimeSpan {
  startsAt: Date;
  endsAt: Date;
}

/** An occurrence that is known by itself; of the others the rule alone speaks. */
export interface SeriesMember {
  /** RECURRENCE-ID */
  originalStartsAt: Date;
  /** When it takes place; null when it does not: skipped, paused, cancelled, not placed. */
  time: TimeSpan | null;
}

export interface SeriesTimes {
  /** Anchored: the start is the first occurrence. */
  rule: RecurrenceRule;
  start: SeriesStart;
  durationMinutes: number;
  /** From this instant on the rule gives nothing: the series ended, was cancelled from there, or is paused with no end. */
  endsBefore?: Date | undefined;
  /** Between these instants, the later one not included, the rule gives nothing. */
  pauses?: readonly { from: Date; until: Date }[];
  members: readonly SeriesMember[];
  /** When the change happened that is told of: endless rules are looked at for some years from then. */
  changedAt: Date;
}

/** A series in the terms of RFC 5545; instants are original starts. */
export interface CalendarSet {
  ruleText: string;
  leftOut: Date[];
  added: Date[];
  changed: { original: Date; time: TimeSpan }[];
  /** Nothing of the series takes place: it is taken out of calendars with CANCEL. */
  isEmpty: boolean;
  first: Date;
  /** The last start that was looked at. */
  last: Date;
  /** What the rule says for an original start, also where the clocks skip it. */
  wallTimeOf(original: Date): string;
}

/** How far exceptions of endless rules are written out; every later change writes them anew. */
const REACH_MS = 5 * 366 * 86_400_000;
/** Every day of the reach, and of a counted rule before it. */
const MOST_OCCURRENCES = 20_000;
const MINUTE_MS = 60_000;

/** Sorts the occurrences of a series into those that its rule tells, and its exceptions. @throws RangeError for a rule without any */
export function calendarSet(series: SeriesTimes): CalendarSet {
  const { rule, start, endsBefore } = series;
  const given = ruleOccurrences(series);
  const [first] = given;
  if (first === undefined) throw new RangeError('the rule of the series gives no occurrence');
  const kept = given.filter(({ originalStartsAt: at }) => endsBefore === undefined || at < endsBefore);
  const end = endsBefore === undefined ? undefined : (kept.at(-1) ?? first);
  const times = kept.map((occurrence) => ({
    ...occurrence,
    time: timeOf(series, occurrence.originalStartsAt),
  }));
  const leftOut = times.filter(({ time }) => time === null).map(({ originalStartsAt }) => originalStartsAt);
  const doubtful = doubtfulTimes(kept, series.durationMinutes, start.timezone);
  const ofRule = times.flatMap(({ originalStartsAt: original, time }) => {
    if (time === null) return [];
    const isOfRule = isUsual(series, original, time) && !doubtful.has(original.getTime());
    return isOfRule ? [] : [{ original, time }];
  });
  const keptStarts = new Set(kept.map(({ originalStartsAt }) => originalStartsAt.getTime()));
  const added = series.members.flatMap(({ originalStartsAt: original, time }) =>
    time === null || keptStarts.has(original.getTime()) ? [] : [{ original, time }],
  );
  return {
    ruleText: endedRuleText(rule, start, end),
    leftOut: kept.length === 0 ? [first.originalStartsAt] : leftOut,
    added: added.map(({ original }) => original),
    changed: [...ofRule, ...added.filter(({ original, time }) => !isUsual(series, original, time))],
    isEmpty: leftOut.length === kept.length && added.length === 0,
    first: first.originalStartsAt,
    last: given.at(-1)?.originalStartsAt ?? first.originalStartsAt,
    wallTimeOf: wallTimes(given, start.timezone),
  };
}

/** When an occurrence of the rule takes place; null when it does not. */
function timeOf(series: SeriesTimes, original: Date): TimeSpan | null {
  const member = series.members.find(
    ({ originalStartsAt }) => originalStartsAt.getTime() === original.getTime(),
  );
  if (member !== undefined) return member.time;
  const isPaused = series.pauses?.some(({ from, until }) => original >= from && original < until) ?? false;
  return isPaused ? null : usualTime(series, original);
}

function usualTime({ durationMinutes }: SeriesTimes, startsAt: Date): TimeSpan {
  return { startsAt, endsAt: new Date(startsAt.getTime() + durationMinutes * MINUTE_MS) };
}

function isUsual(series: SeriesTimes, original: Date, time: TimeSpan): boolean {
  const usual = usualTime(series, original);
  return (
    usual.startsAt.getTime() === time.startsAt.getTime() && usual.endsAt.getTime() === time.endsAt.getTime()
  );
}

/** From the first one to the last that matters: the end of the rule, or some years from the change. */
function ruleOccurrences({ rule, start, members, endsBefore, changedAt }: SeriesTimes): Occurrence[] {
  const known = members.map(({ originalStartsAt }) => originalStartsAt.getTime());
  const until = new Date(Math.max(changedAt.getTime() + REACH_MS, endsBefore?.getTime() ?? 0, ...known) + 1);
  return occurrences(rule, start, { from: new Date(0), until }, MOST_OCCURRENCES);
}

/** @param end the last occurrence, where something else than the rule ends it */
function endedRuleText(rule: RecurrenceRule, start: SeriesStart, end: Occurrence | undefined): string {
  const last = end ?? (rule.count === undefined ? undefined : lastOccurrence(rule, start));
  if (last === undefined) return calendarRuleText(rule, start);
  const { count: _, until: __, ...endless } = rule;
  const until = `${last.originalStartsAt.toISOString().slice(0, 19)}Z`;
  return calendarRuleText(ruleOf({ ...endless, until }), start);
}

function wallTimes(given: readonly Occurrence[], timezone: string): (original: Date) => string {
  const byStart = new Map(
    given.map(({ originalStartsAt, originalLocalStart }) => [originalStartsAt.getTime(), originalLocalStart]),
  );
  return (original) => byStart.get(original.getTime()) ?? wallTimeOf(original, timezone);
}
