import type { ResolvedWallTime } from '@app/common';
import { TooManyOccurrences } from './invalid-rule';
import {
  DAY_MS,
  firstStartFrom,
  lastStartBefore,
  localStartsOf,
  startsBefore,
  wallTimeAt,
  type LocalStarts,
} from './local-starts';
import type { RecurrenceRule, SeriesStart } from './rule';
import { zoneClock } from './zone-clock';

/** One member of a series as the rule gives it. Wall times are `YYYY-MM-DDTHH:mm:ss` in the zone of the series. */
export interface Occurrence {
  /** Its place in the series, from 1; only where the rule has a `count`. */
  readonly ordinal?: number;
  /** What the rule says, also where the clocks never show it. */
  readonly originalLocalStart: string;
  /** RECURRENCE-ID: no two occurrences of a series have the same, and it stays when the occurrence is moved. */
  readonly originalStartsAt: Date;
  /** When it takes place until somebody moves it: the same instant. */
  readonly startsAt: Date;
  /** What the clocks show at its start: later than `originalLocalStart` by the gap where there is one. */
  readonly localStart: string;
  /** The wall time does not exist that day and was moved forward by the gap. */
  readonly gapShifted: boolean;
  /** The wall time exists twice that day; the start is the earlier one. */
  readonly ambiguous: boolean;
}

/** Instants: `from` included, `until` not. */
export interface Window {
  readonly from: Date;
  readonly until: Date;
}

/** What one call expands unless told otherwise: 90 days of every day many times over, 19 years of every week. */
const DEFAULT_MOST = 1000;
/** Local time is within 14 hours of UTC, and no gap is longer than a day (Apia 2011). */
const ZONE_SLACK_MS = 2 * DAY_MS;

/**
 * The occurrences of a rule that start within a window, in order of time. Cheap however far the window is from the start; a
 * rule with `count` is counted from its start. A start that does not match the rule is no occurrence: the first one is
 * the first match after it, and it still decides which weeks or months an interval means (RFC 5545 leaves this open).
 *
 * Each occurrence keeps its wall time across clock changes. A wall time in a gap moves forward by the gap, one that exists
 * twice is the earlier instant (domain.md 4). Where a whole day does not exist, an occurrence of that day which would fall
 * upon the next one is left out, though `count` counts it.
 *
 * @param most how many the caller can take
 * @throws TooManyOccurrences; InvalidTime for a malformed start or an unknown zone
 */
export function occurrences(
  rule: RecurrenceRule,
  start: SeriesStart,
  window: Window,
  most: number = DEFAULT_MOST,
): Occurrence[] {
  const fromMs = window.from.getTime();
  const untilMs = window.until.getTime();
  const starts = localStartsOf(rule, start);
  const around = startsAround(starts, fromMs, untilMs, most);
  const [first] = around;
  const last = around.at(-1);
  if (!first || !last) return [];
  const resolve = zoneClock(start.timezone, first.localMs, last.localMs);
  const found: Occurrence[] = [];
  for (const { localMs, ordinal } of around) {
    const occurrence = occurrenceAt(localMs, resolve(localMs), ordinal);
    const startsAtMs = occurrence.startsAt.getTime();
    if (startsAtMs < fromMs || startsAtMs >= untilMs) continue;
    if (found.at(-1)?.startsAt.getTime() === startsAtMs) found.pop();
    found.push(occurrence);
  }
  if (found.length > most) throw new TooManyOccurrences(most);
  return found;
}

/**
 * The first occurrence that starts at or after an instant, by default the first of all; undefined where there is none
 * within ten years.
 */
export function nextOccurrence(
  rule: RecurrenceRule,
  start: SeriesStart,
  from?: Date,
): Occurrence | undefined {
  const starts = localStartsOf(rule, start);
  const fromMs = from?.getTime() ?? -Infinity;
  let localMs = firstStartFrom(starts, fromMs - ZONE_SLACK_MS);
  while (localMs !== undefined) {
    const ordinal = rule.count === undefined ? undefined : startsBefore(starts, localMs) + 1;
    const occurrence = occurrenceIn(start.timezone, localMs, ordinal);
    if (occurrence.startsAt.getTime() >= fromMs) return occurrence;
    localMs = firstStartFrom(starts, localMs + 1);
  }
  return undefined;
}

/** The last occurrence; undefined for an endless rule and for one without any. */
export function lastOccurrence(rule: RecurrenceRule, start: SeriesStart): Occurrence | undefined {
  if (rule.count === undefined && rule.until === undefined) return undefined;
  const starts = localStartsOf(rule, start);
  if (rule.count === undefined) {
    const last = lastStartBefore(starts, starts.lastMs + 1);
    return last === undefined ? undefined : occurrenceIn(start.timezone, last);
  }
  const all = starts.between(starts.startMs, starts.lastMs, rule.count);
  const last = all.at(-1);
  return last === undefined ? undefined : occurrenceIn(start.timezone, last, all.length);
}

/** Local starts whose instants may lie in a window, with their places where the rule is counted. */
function startsAround(
  starts: LocalStarts,
  fromMs: number,
  untilMs: number,
  most: number,
): { localMs: number; ordinal?: number }[] {
  const lowerMs = Math.max(fromMs - ZONE_SLACK_MS, starts.startMs);
  const upperMs = untilMs + ZONE_SLACK_MS;
  if (starts.rule.count === undefined) {
    const slack = (2 * ZONE_SLACK_MS) / DAY_MS;
    return starts.between(lowerMs, upperMs, most + slack).map((localMs) => ({ localMs }));
  }
  return starts
    .between(starts.startMs, upperMs, starts.rule.count)
    .map((localMs, index) => ({ localMs, ordinal: index + 1 }))
    .filter(({ localMs }) => localMs >= lowerMs);
}

function occurrenceIn(timezone: string, localMs: number, ordinal?: number): Occurrence {
  return occurrenceAt(localMs, zoneClock(timezone, localMs, localMs)(localMs), ordinal);
}

function occurrenceAt(
  localMs: number,
  { instant, gapShifted, ambiguous, shiftedMinutes }: ResolvedWallTime,
  ordinal?: number,
): Occurrence {
  const originalLocalStart = wallTimeAt(localMs);
  return {
    ...(ordinal === undefined ? {} : { ordinal }),
    originalLocalStart,
    originalStartsAt: instant,
    startsAt: instant,
    localStart: gapShifted ? wallTimeAt(localMs + shiftedMinutes * 60_000) : originalLocalStart,
    gapShifted,
    ambiguous,
  };
}
