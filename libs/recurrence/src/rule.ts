import { instantOf, InvalidTime, parseInstant } from '@app/common';
import { InvalidRule } from './invalid-rule';
import { isWeekday, weekdayCode, type Weekday } from './weekdays';

export type Frequency = 'daily' | 'weekly' | 'monthly';

/** "The second Tuesday", "the last Friday" of a month. */
export interface OrdinalWeekday {
  /** 1..5 from the start of the month, -1..-5 from its end. */
  readonly ordinal: number;
  readonly weekday: Weekday;
}

/**
 * The part of RFC 5545's RRULE that series use (domain.md 10). Made by `ruleOf` or `parseRule` only, so that it is
 * checked and canonical: two rules that say the same in the same words are deeply equal.
 */
export interface RecurrenceRule {
  readonly frequency: Frequency;
  /** Every so many days, weeks or months, from 1. */
  readonly interval: number;
  /**
   * Weekdays without a position, Monday first; on a monthly rule each such day of the month. Empty: daily, all days;
   * weekly, the weekday of the start.
   */
  readonly weekdays: readonly Weekday[];
  /** Monthly rules only. */
  readonly ordinalWeekdays: readonly OrdinalWeekday[];
  /** Monthly rules only: 1..31, months without that day are skipped; -1 is the last day, whichever it is. */
  readonly monthDay?: number;
  /** How many occurrences there are, from the start of the series. Never beside `until`; neither means endless. */
  readonly count?: number;
  /**
   * The last moment at which an occurrence may start, itself included. `YYYY-MM-DD`: that whole day of the series' zone;
   * `YYYY-MM-DDTHH:mm:ss`: a wall time of the series' zone; with a `Z`: an instant.
   */
  readonly until?: string;
  /** The first day of the week, which decides which weeks a rule of every second week means. Monday where it does not matter. */
  readonly weekStart: Weekday;
}

/** A rule as a caller states it field by field. An offset in `until` is understood too. */
export interface RuleInput {
  readonly frequency: Frequency;
  readonly interval?: number;
  readonly weekdays?: readonly number[];
  readonly ordinalWeekdays?: readonly { readonly ordinal: number; readonly weekday: number }[];
  readonly monthDay?: number;
  readonly count?: number;
  readonly until?: string;
  readonly weekStart?: number;
}

/** Where a series begins: a wall time, `YYYY-MM-DDTHH:mm[:ss]`, in an IANA zone. */
export interface SeriesStart {
  readonly localStart: string;
  readonly timezone: string;
}

/** A rule and the start that it is counted from. */
export interface AnchoredRule {
  readonly rule: RecurrenceRule;
  readonly start: SeriesStart;
}

/** Two years at most between two occurrences. */
export const MAX_INTERVAL: Readonly<Record<Frequency, number>> = { daily: 730, weekly: 104, monthly: 24 };
/** 19 years of every week; more is meant to be endless. */
export const MAX_COUNT = 1000;

/** The field of `RuleInput` that a part of RFC 5545's text is; BYDAY is `weekdays` and `ordinalWeekdays`. */
export const FIELD_OF_PART: Readonly<Record<string, keyof RuleInput | undefined>> = {
  FREQ: 'frequency',
  INTERVAL: 'interval',
  BYDAY: 'weekdays',
  BYMONTHDAY: 'monthDay',
  COUNT: 'count',
  UNTIL: 'until',
  WKST: 'weekStart',
};

/** Checks a rule and writes it in its canonical form. @throws InvalidRule naming the part */
export function ruleOf(input: RuleInput): RecurrenceRule {
  const { frequency, interval = 1, count, monthDay } = input;
  if (!Object.hasOwn(MAX_INTERVAL, frequency)) {
    throw new InvalidRule('unsupported', 'FREQ', 'the frequency is daily, weekly or monthly');
  }
  wholeNumber('INTERVAL', interval, MAX_INTERVAL[frequency]);
  if (count !== undefined) wholeNumber('COUNT', count, MAX_COUNT);
  if (count !== undefined && input.until !== undefined) {
    throw new InvalidRule('conflicting', 'UNTIL', 'a rule ends by COUNT or by UNTIL, not by both');
  }
  const until = input.until === undefined ? undefined : untilOf(input.until);
  const weekdays = [...new Set(input.weekdays ?? [])].map(weekdayIn('BYDAY')).sort((a, b) => a - b);
  const ordinalWeekdays = ordinalWeekdaysOf(input, weekdays);
  if (monthDay !== undefined) checkMonthDay(input, monthDay);
  const weekStart = weekdayIn('WKST')(input.weekStart ?? 1);
  return {
    frequency,
    interval,
    weekdays,
    ordinalWeekdays,
    ...(monthDay === undefined ? {} : { monthDay }),
    ...(count === undefined ? {} : { count }),
    ...(until === undefined ? {} : { until }),
    weekStart: frequency === 'weekly' && interval > 1 ? weekStart : 1,
  };
}

/** The same rule with nothing said about its end. */
export function withoutEnd(rule: RecurrenceRule): RecurrenceRule {
  const { count: _count, until: _until, ...endless } = rule;
  return endless;
}

/** A rule with, instead of its end, another: its last day in the series' zone. */
export function endingOn(rule: RecurrenceRule, lastDate: string): RecurrenceRule {
  return { ...withoutEnd(rule), until: lastDate };
}

function wholeNumber(part: string, value: number, most: number): void {
  if (!Number.isInteger(value)) throw new InvalidRule('malformed', part, `${part} is a whole number`);
  if (value < 1 || value > most) throw new InvalidRule('out_of_range', part, `${part} is in 1..${most}`);
}

function weekdayIn(part: string): (value: number) => Weekday {
  return (value) => {
    if (!isWeekday(value)) {
      throw new InvalidRule('out_of_range', part, 'a weekday is 1 (Monday) to 7 (Sunday)');
    }
    return value;
  };
}

function ordinalWeekdaysOf(input: RuleInput, weekdays: readonly Weekday[]): OrdinalWeekday[] {
  const byText = new Map<string, OrdinalWeekday>();
  for (const { ordinal, weekday: number } of input.ordinalWeekdays ?? []) {
    const weekday = weekdayIn('BYDAY')(number);
    if (input.frequency !== 'monthly') {
      throw new InvalidRule('unsupported', 'BYDAY', 'only a monthly rule counts weekdays, as in 2TU');
    }
    if (!Number.isInteger(ordinal) || ordinal === 0 || Math.abs(ordinal) > 5) {
      throw new InvalidRule('out_of_range', 'BYDAY', 'the place of a weekday in its month is 1..5 or -1..-5');
    }
    if (weekdays.includes(weekday)) {
      throw new InvalidRule('conflicting', 'BYDAY', `${weekdayCode(weekday)} already means all of the month`);
    }
    byText.set(`${ordinal}${weekday}`, { ordinal, weekday });
  }
  return [...byText.values()].sort((a, b) => a.weekday - b.weekday || a.ordinal - b.ordinal);
}

function checkMonthDay(input: RuleInput, monthDay: number): void {
  if (input.frequency !== 'monthly') {
    throw new InvalidRule('unsupported', 'BYMONTHDAY', 'only a monthly rule has a day of the month');
  }
  if (input.weekdays?.length || input.ordinalWeekdays?.length) {
    throw new InvalidRule(
      'conflicting',
      'BYMONTHDAY',
      'a monthly rule goes by weekday or by day, not by both',
    );
  }
  if (!Number.isInteger(monthDay) || (monthDay !== -1 && (monthDay < 1 || monthDay > 31))) {
    throw new InvalidRule('out_of_range', 'BYMONTHDAY', 'the day of the month is 1..31, or -1 for the last');
  }
}

const DATE = /^\d{4}-\d\d-\d\d$/;
const WALL_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d)?$/;

/** The canonical text of an end: date, wall time to the second, or instant in UTC to the second. */
function untilOf(text: string): string {
  try {
    if (DATE.test(text)) return utcIso(instantOf(`${text}T00:00:00`, 'UTC').instant).slice(0, 10);
    if (WALL_TIME.test(text)) return utcIso(instantOf(text, 'UTC').instant).slice(0, 19);
    return utcIso(parseInstant(text));
  } catch (error) {
    if (!(error instanceof InvalidTime)) throw error;
    const reason = error.reason === 'out_of_range' ? 'out_of_range' : 'malformed';
    throw new InvalidRule(reason, 'UNTIL', `UNTIL is a date, a wall time or an instant: ${error.message}`);
  }
}

function utcIso(instant: Date): string {
  return `${instant.toISOString().slice(0, 19)}Z`;
}
