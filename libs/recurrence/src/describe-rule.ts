import { explicitRule, lastDateOf, localMsOf, wallTimeAt } from './local-starts';
import type { OrdinalWeekday, RecurrenceRule, SeriesStart } from './rule';
import { weekdayName, type Weekday } from './weekdays';

/**
 * A rule in English, as a part of a sentence: "every 2 weeks on Tuesday at 18:00, 12 times". The time is the wall time of
 * the series' zone, an end is the last day on which an occurrence may start.
 * @throws InvalidTime for a malformed start or an unknown zone
 */
export function describeRule(rule: RecurrenceRule, start: SeriesStart): string {
  const time = wallTimeAt(localMsOf(start.localStart)).slice(11, 16);
  return `${frequencyText(explicitRule(rule, start))} at ${time}${endText(rule, start)}`;
}

function frequencyText(rule: RecurrenceRule): string {
  const { frequency, interval, weekdays } = rule;
  if (frequency === 'monthly') return `${every(interval, 'month')} on ${monthDaysText(rule)}`;
  const days = list(weekdays.map(weekdayName));
  if (frequency === 'weekly') return `${every(interval, 'week')} on ${days}`;
  if (weekdays.length === 0) return every(interval, 'day');
  // Every day but only on Mondays is every week on Monday; every third day but only on Mondays is not.
  return interval === 1
    ? `every week on ${days}`
    : `${every(interval, 'day')} if it is ${alternatives(weekdays)}`;
}

function monthDaysText({ weekdays, ordinalWeekdays, monthDay }: RecurrenceRule): string {
  if (monthDay === -1) return 'the last day';
  if (monthDay !== undefined) {
    return `the ${nth(monthDay)}${monthDay > 28 ? ' (months without it are skipped)' : ''}`;
  }
  return list([
    ...weekdays.map((weekday) => `every ${weekdayName(weekday)}`),
    ...ordinalWeekdays.map(placeText),
  ]);
}

const PLACES = ['first', 'second', 'third', 'fourth', 'fifth'];

function placeText({ ordinal, weekday }: OrdinalWeekday): string {
  const place = PLACES[Math.abs(ordinal) - 1] ?? nth(Math.abs(ordinal));
  const name = weekdayName(weekday);
  if (ordinal === -1) return `the last ${name}`;
  const counted = ordinal > 0 ? `the ${place} ${name}` : `the ${place}-to-last ${name}`;
  return Math.abs(ordinal) === 5 ? `${counted} (months without it are skipped)` : counted;
}

function endText(rule: RecurrenceRule, start: SeriesStart): string {
  if (rule.count === 1) return ', once';
  if (rule.count !== undefined) return `, ${rule.count} times`;
  const lastDate = lastDateOf(rule, start);
  return lastDate === undefined ? '' : `, until ${DATE_FORMAT.format(Date.parse(lastDate))}`;
}

const DATE_FORMAT = new Intl.DateTimeFormat('en-GB', {
  timeZone: 'UTC',
  day: 'numeric',
  month: 'long',
  year: 'numeric',
});

function every(interval: number, unit: string): string {
  return interval === 1 ? `every ${unit}` : `every ${interval} ${unit}s`;
}

function alternatives(weekdays: readonly Weekday[]): string {
  return list(
    weekdays.map((weekday) => `a ${weekdayName(weekday)}`),
    'or',
  );
}

function list(words: readonly string[], conjunction = 'and'): string {
  if (words.length < 2) return words.join('');
  return `${words.slice(0, -1).join(', ')} ${conjunction} ${words.at(-1)}`;
}

function nth(number: number): string {
  const tens = number % 100;
  const suffixes: Readonly<Record<number, string>> = { 1: 'st', 2: 'nd', 3: 'rd' };
  const suffix = tens > 10 && tens < 14 ? 'th' : (suffixes[number % 10] ?? 'th');
  return `${number}${suffix}`;
}
