import { calendarOf, type Calendar, type FreeTimeFacts, type NeededTime } from './calendar';
import { gridRule, RULES, type Reason } from './free-time-rules';
import type { Span } from './spans';
import { eachStart } from './working-hours';

/**
 * The starts that can be booked, epoch milliseconds, ascending. Rules: domain.md 6, docs/adr/0006-free-time.md.
 *
 * @param range starts from `fromMs` (included) to `toMs` (not included)
 * @throws RangeError when the facts do not cover the range
 */
export function freeStarts(facts: FreeTimeFacts, need: NeededTime, range: Span): number[] {
  if (range.fromMs >= range.toMs) return [];
  const calendar = calendarOf(facts, need, range);
  const starts: number[] = [];
  let inOrder = true;
  let latest = -Infinity;
  for (const interval of calendar.intervals) {
    eachStart(interval, facts, calendar.periods, facts.rules.startIncrementMinutes, (startMs) => {
      if (startMs < range.fromMs || startMs >= range.toMs || isBroken(calendar, startMs)) return;
      if (startMs <= latest) inOrder = false;
      latest = startMs;
      starts.push(startMs);
    });
  }
  return inOrder ? starts : [...new Set(starts)].sort((a, b) => a - b);
}

/**
 * Everything that stands against a start; empty exactly when `freeStarts` has it.
 *
 * @throws RangeError when the facts do not cover the start
 */
export function whyNotFree(facts: FreeTimeFacts, need: NeededTime, startMs: number): Reason[] {
  return whyNotFreeIn(calendarOf(facts, need, { fromMs: startMs, toMs: startMs + 1 }), startMs);
}

/** The same on a calendar that is at hand; it was made for a range with the start in it. */
export function whyNotFreeIn(calendar: Calendar, startMs: number): Reason[] {
  return [...RULES, gridRule]
    .filter((rule) => rule.isBroken(calendar, startMs))
    .flatMap((rule) => rule.reasons(calendar, startMs));
}

export function isFree(facts: FreeTimeFacts, need: NeededTime, startMs: number): boolean {
  return whyNotFree(facts, need, startMs).length === 0;
}

/** The free starts nearest to an instant among those the facts cover, in order of time. */
export function nearestFreeStarts(
  facts: FreeTimeFacts,
  need: NeededTime,
  nearMs: number,
  most: number,
): number[] {
  return freeStarts(facts, need, facts.covered)
    .sort((a, b) => Math.abs(a - nearMs) - Math.abs(b - nearMs) || a - b)
    .slice(0, most)
    .sort((a, b) => a - b);
}

function isBroken(calendar: Calendar, startMs: number): boolean {
  for (const rule of RULES) if (rule.isBroken(calendar, startMs)) return true;
  return false;
}
