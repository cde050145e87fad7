import { InvalidRule } from './invalid-rule';
import { explicitRule, lastDateOf } from './local-starts';
import { lastOccurrence, nextOccurrence } from './occurrences';
import { endingOn, type AnchoredRule, type RecurrenceRule, type SeriesStart } from './rule';

/**
 * The same occurrences with nothing left to guess, as a series keeps them and a calendar understands them: the start is
 * the first occurrence, a bare WEEKLY or MONTHLY has its weekday or day, an UNTIL is a date in the zone of the series.
 * @throws InvalidRule when the rule never occurs, or is counted beyond the year 2200; InvalidTime
 */
export function anchorRule(rule: RecurrenceRule, start: SeriesStart): AnchoredRule {
  const explicit = explicitRule(rule, start);
  const first = nextOccurrence(explicit, start);
  if (!first) throw neverOccurs(explicit);
  if (rule.count !== undefined && lastOccurrence(explicit, start)?.ordinal !== rule.count) {
    throw new InvalidRule('out_of_range', 'COUNT', `${rule.count} occurrences reach beyond the year 2200`);
  }
  const lastDate = lastDateOf(rule, start);
  return {
    rule: lastDate === undefined ? explicit : endingOn(explicit, lastDate),
    start: { localStart: first.originalLocalStart, timezone: start.timezone },
  };
}

function neverOccurs({ until, monthDay }: RecurrenceRule): InvalidRule {
  if (until !== undefined) {
    return new InvalidRule('never_occurs', 'UNTIL', 'the rule ends before its first occurrence');
  }
  const part = monthDay === undefined ? 'BYDAY' : 'BYMONTHDAY';
  return new InvalidRule('never_occurs', part, 'the months of the rule have no such day');
}
