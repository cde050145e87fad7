import type { ICalDateTimeValue } from 'ical-generator';
import { instantOf, offsetMinutesAt, wallTimeOf, zoneOffsets } from '@app/common';
import type { Occurrence, SeriesStart } from '@app/recurrence';

const MINUTE_MS = 60_000;
/** Longer than any session and any change of the clocks. */
const NEAR_MS = 2 * 86_400_000;

/**
 * When the first occurrence of a series begins and ends on the wall clocks of its zone. `end` is undefined where its wall
 * time would be read in several ways.
 */
export function firstTimes(
  start: SeriesStart,
  durationMinutes: number,
): { start: ICalDateTimeValue; end?: ICalDateTimeValue } {
  const { instant } = instantOf(start.localStart, start.timezone);
  const end = new Date(instant.getTime() + durationMinutes * MINUTE_MS);
  const isPlain = isPlainTime(start.localStart, end, start.timezone);
  return {
    start: wallClock(start.localStart),
    ...(isPlain ? { end: wallClock(wallTimeOf(end, start.timezone)) } : {}),
  };
}

/**
 * Whether every calendar program reads the wall times of an occurrence alike: neither start nor end is skipped by the clocks
 * or comes twice, and the clocks do not change in between.
 */
function isPlainTime(localStart: string, end: Date, timezone: string): boolean {
  const begin = instantOf(localStart, timezone);
  if (begin.gapShifted || begin.ambiguous) return false;
  if (instantOf(wallTimeOf(end, timezone), timezone).ambiguous) return false;
  return offsetMinutesAt(begin.instant, timezone) === offsetMinutesAt(end, timezone);
}

/** Of the occurrences of a series, those whose wall times programs read in several ways; instants are looked at only near changes. */
export function doubtfulTimes(
  occurrences: readonly Occurrence[],
  durationMinutes: number,
  timezone: string,
): Set<number> {
  const [first, last] = [occurrences.at(0), occurrences.at(-1)];
  if (first === undefined || last === undefined) return new Set();
  const [fromMs, toMs] = [first.startsAt.getTime() - NEAR_MS, last.startsAt.getTime() + NEAR_MS];
  const changes = zoneOffsets(timezone, new Date(fromMs), new Date(toMs)).slice(1);
  const doubtful = occurrences.filter(({ originalLocalStart, startsAt }) => {
    const startMs = startsAt.getTime();
    if (!changes.some(({ from }) => Math.abs(from - startMs) <= NEAR_MS)) return false;
    return !isPlainTime(originalLocalStart, new Date(startMs + durationMinutes * MINUTE_MS), timezone);
  });
  return new Set(doubtful.map(({ startsAt }) => startsAt.getTime()));
}

/** A time that the calendar library writes digit by digit: given an instant, it could not write one that clocks skip. */
function wallClock(wallTime: string): ICalDateTimeValue {
  const asUtc = new Date(`${wallTime.slice(0, 16)}:${wallTime.slice(17, 19) || '00'}Z`);
  const text = asUtc.toISOString().replaceAll(/[-:]/g, '');
  return {
    format: (parts?: string) => (parts === 'HHmmss' ? text.slice(9, 15) : text.slice(0, 8)),
    isValid: () => true,
    toDate: () => asUtc,
    toJSON: () => wallTime,
  };
}
