import { addLocalDays } from '@app/common';
import { InvalidRule } from './invalid-rule';
import { DAY_MS, explicitRule, lastDateOf, localMsOf, localStartsOf, wallTimeAt } from './local-starts';
import {
  endingOn,
  withoutEnd,
  type AnchoredRule,
  type OrdinalWeekday,
  type RecurrenceRule,
  type SeriesStart,
} from './rule';
import { addWeekdays, weekdayOfDate, type Weekday } from './weekdays';

/**
 * The rule of a series whose first occurrence moves to another wall time, for "move all future". A daily or weekly series
 * moves by that many days as a whole, each occurrence alike. A monthly one keeps its kind: "the second Tuesday" moved to
 * Thursday the 9th becomes "the second Thursday", the 15th moved to the 17th becomes the 17th, the last day stays the last where the
 * new date is one. The number of occurrences stays the same.
 *
 * @param from anchored (`anchorRule`): its start is its first occurrence
 * @param to the new first occurrence, in the zone that the series has from then on
 * @throws InvalidRule for a monthly rule by several weekdays that moves to another date: the caller has to state the new rule
 */
export function moveRule(from: AnchoredRule, to: SeriesStart): AnchoredRule {
  const rule = explicitRule(from.rule, from.start);
  const fromDate = localDateIn(from.start);
  const toDate = localDateIn(to);
  const days = Math.round((dateMs(toDate) - dateMs(fromDate)) / DAY_MS);
  const lastDate = lastDateOf(rule, from.start);
  if (days === 0 || rule.frequency !== 'monthly' || isEveryWeek(rule)) {
    const moved = byDays(rule, days);
    return {
      rule: lastDate === undefined ? moved : endingOn(moved, addLocalDays(lastDate, days)),
      start: to,
    };
  }
  const moved = onDate(rule, toDate);
  if (lastDate === undefined) return { rule: moved, start: to };
  const before = localStartsOf(rule, from.start);
  const number = before.between(before.startMs, before.lastMs, Infinity).length;
  const after = localStartsOf(withoutEnd(moved), to);
  const last = after.between(after.startMs, after.lastMs, number).slice(0, number).at(-1);
  return { rule: endingOn(moved, last === undefined ? toDate : wallTimeAt(last).slice(0, 10)), start: to };
}

/** "Every Tuesday of every month" is every week; so is any set of weekdays without a position. */
function isEveryWeek(rule: RecurrenceRule): boolean {
  return rule.interval === 1 && rule.weekdays.length > 0 && rule.ordinalWeekdays.length === 0;
}

/** Weeks begin the same number of days later too, so that a rule of every second week keeps its weeks together. */
function byDays(rule: RecurrenceRule, days: number): RecurrenceRule {
  const rotate = (weekday: Weekday): Weekday => addWeekdays(weekday, days);
  const counted = rule.frequency === 'weekly' && rule.interval > 1;
  return {
    ...rule,
    weekdays: rule.weekdays.map(rotate).sort((a, b) => a - b),
    weekStart: counted ? rotate(rule.weekStart) : rule.weekStart,
  };
}

function onDate(rule: RecurrenceRule, date: string): RecurrenceRule {
  const day = Number(date.slice(8));
  const daysLeft = daysInMonth(date) - day;
  if (rule.monthDay !== undefined) {
    return { ...rule, monthDay: rule.monthDay === -1 && daysLeft === 0 ? -1 : day };
  }
  const [only, ...others] = rule.ordinalWeekdays;
  if (!only || others.length > 0 || rule.weekdays.length > 0) {
    throw new InvalidRule('conflicting', 'BYDAY', 'several weekdays of a month do not move together');
  }
  return { ...rule, ordinalWeekdays: [samePlace(only, date, day, daysLeft)] };
}

/** Where the date has a fifth of its weekday, counted from the other end: not every month has one. */
function samePlace(old: OrdinalWeekday, date: string, day: number, daysLeft: number): OrdinalWeekday {
  const weekday = weekdayOfDate(date);
  const fromStart = Math.ceil(day / 7);
  const fromEnd = Math.floor(daysLeft / 7) + 1;
  if (old.ordinal > 0) return { ordinal: fromStart === 5 ? -1 : fromStart, weekday };
  return { ordinal: fromEnd === 5 ? 1 : -fromEnd, weekday };
}

function localDateIn({ localStart }: SeriesStart): string {
  return wallTimeAt(localMsOf(localStart)).slice(0, 10);
}

function dateMs(date: string): number {
  return localMsOf(`${date}T00:00:00`);
}

function daysInMonth(date: string): number {
  return new Date(Date.UTC(Number(date.slice(0, 4)), Number(date.slice(5, 7)), 0)).getUTCDate();
}
