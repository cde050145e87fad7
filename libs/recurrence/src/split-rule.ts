import {
  explicitRule,
  firstStartFrom,
  lastStartBefore,
  localMsOf,
  localStartsOf,
  startsBefore,
  wallTimeAt,
} from './local-starts';
import { endingOn, type AnchoredRule, type RecurrenceRule, type SeriesStart } from './rule';

export interface SplitRule {
  /** What lies before; undefined when nothing does. */
  readonly head?: AnchoredRule;
  /** What lies at or after; undefined when nothing does. Its start is its first occurrence. */
  readonly tail?: AnchoredRule;
}

/**
 * Cuts a series in two, for "this and all future" and for ending early: together the halves have the occurrences of the
 * whole, none of them twice. The head ends with UNTIL, the date of its last occurrence, whatever ended the whole; the tail
 * keeps the whole's UNTIL or what the head leaves of its COUNT.
 *
 * @param at wall time in the zone of the series; an occurrence whose `originalLocalStart` it is belongs to the tail
 * @throws InvalidTime
 */
export function splitRule(rule: RecurrenceRule, start: SeriesStart, at: string): SplitRule {
  const explicit = explicitRule(rule, start);
  const starts = localStartsOf(explicit, start);
  const atMs = localMsOf(at);
  const lastOfHead = lastStartBefore(starts, atMs);
  const firstOfTail = firstStartFrom(starts, atMs);
  if (firstOfTail === undefined) return lastOfHead === undefined ? {} : { head: { rule: explicit, start } };
  const localStart = wallTimeAt(firstOfTail);
  const tail = {
    rule:
      explicit.count === undefined
        ? explicit
        : { ...explicit, count: explicit.count - startsBefore(starts, firstOfTail) },
    start: { localStart, timezone: start.timezone },
  };
  if (lastOfHead === undefined) return { tail };
  return { head: { rule: endingOn(explicit, wallTimeAt(lastOfHead).slice(0, 10)), start }, tail };
}
