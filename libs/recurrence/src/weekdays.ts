import { weekdayOf } from '@app/common';

/** ISO 8601: 1 is Monday, 7 is Sunday. */
export type Weekday = 1 | 2 | 3 | 4 | 5 | 6 | 7;

export const WEEKDAYS: readonly Weekday[] = [1, 2, 3, 4, 5, 6, 7];

const CODES = ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'] as const;
const NAMES = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'] as const;

/** RFC 5545's two letters. */
export type WeekdayCode = (typeof CODES)[number];

export function isWeekday(value: number): value is Weekday {
  return Number.isInteger(value) && value >= 1 && value <= 7;
}

/** The weekday of a date, `YYYY-MM-DD`. @throws InvalidTime for a malformed date */
export function weekdayOfDate(date: string): Weekday {
  return WEEKDAYS[weekdayOf(date) - 1] ?? 1;
}

export function weekdayCode(weekday: Weekday): WeekdayCode {
  return CODES[weekday - 1] ?? 'MO';
}

/** The English name. */
export function weekdayName(weekday: Weekday): string {
  return NAMES[weekday - 1] ?? 'Monday';
}

/** The weekday of RFC 5545's two letters, in capitals; undefined for any other text. */
export function weekdayOfCode(code: string): Weekday | undefined {
  return WEEKDAYS.find((weekday) => weekdayCode(weekday) === code);
}

/** The weekday some days later, or earlier for a negative number. */
export function addWeekdays(weekday: Weekday, days: number): Weekday {
  return WEEKDAYS[(((weekday - 1 + days) % 7) + 7) % 7] ?? weekday;
}
