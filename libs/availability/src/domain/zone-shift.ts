import { weekdayOf, type LocalDate } from '@app/common';
import { DAY_MS, localDateOfDay, type MinuteInterval, type WeeklyInterval } from './working-hours';

const DAY_MINUTES = 1_440;
const WEEK_MINUTES = 7 * DAY_MINUTES;

/** A stretch of an axis of wall minutes: of a week from its Monday, or of days since 1970-01-01. */
interface Stretch {
  from: number;
  /** Not included. */
  to: number;
}

/** The hours that a coach keeps, by weekday and for single dates. */
export interface HoursOfDays {
  weekly: readonly WeeklyInterval[];
  overrides: ReadonlyMap<LocalDate, readonly MinuteInterval[]>;
}

/**
 * The same hours of a week on clocks that are ahead: 22:00–24:00 on Monday is 01:00–03:00 on Tuesday where it is three
 * hours later. What runs over midnight is parted there, since intervals belong to one day.
 *
 * @param aheadMinutes of the new clocks; negative where they are behind
 */
export function shiftedWeek(weekly: readonly WeeklyInterval[], aheadMinutes: number): WeeklyInterval[] {
  const stretches = weekly.map(({ weekday, startsMinute, endsMinute }) => ({
    from: (weekday - 1) * DAY_MINUTES + startsMinute + aheadMinutes,
    to: (weekday - 1) * DAY_MINUTES + endsMinute + aheadMinutes,
  }));
  // The week is a ring: what leaves it on one side comes in on the other.
  const around = stretches.flatMap(({ from, to }) =>
    [-WEEK_MINUTES, 0, WEEK_MINUTES].map((turn) => ({ from: from + turn, to: to + turn })),
  );
  return Array.from({ length: 7 }, (_, day) =>
    onDay(around, day).map((interval) => ({ weekday: day + 1, ...interval })),
  ).flat();
}

/**
 * The hours of single dates on clocks that are ahead. A date of the old clocks lies on two of the new ones, so each of them
 * gets hours of its own: what of the old dates falls on it, whether the date or its weekday said so.
 *
 * @param aheadMinutesOn how far the new clocks are ahead at noon of a day, given as days since 1970-01-01
 */
export function shiftedDates(
  hours: HoursOfDays,
  aheadMinutesOn: (day: number) => number,
): Map<LocalDate, MinuteInterval[]> {
  const shifted = new Map<LocalDate, MinuteInterval[]>();
  for (const date of hours.overrides.keys()) {
    const oldDay = Date.parse(date) / DAY_MS;
    // No two zones are more than 26 hours apart.
    for (let day = oldDay - 2; day <= oldDay + 2; day += 1) {
      const aheadMinutes = aheadMinutesOn(day);
      const sources = oldDaysOf(day, aheadMinutes);
      if (!sources.includes(oldDay)) continue;
      const stretches = sources.flatMap((source) => stretchesOf(hours, source, aheadMinutes));
      shifted.set(localDateOfDay(day), onDay(stretches, day));
    }
  }
  return shifted;
}

/** The days on the old clocks that share a moment with the day on the new ones. */
function oldDaysOf(day: number, aheadMinutes: number): number[] {
  const first = Math.floor((day * DAY_MINUTES - aheadMinutes) / DAY_MINUTES);
  const last = Math.floor(((day + 1) * DAY_MINUTES - 1 - aheadMinutes) / DAY_MINUTES);
  return first === last ? [first] : [first, last];
}

function stretchesOf({ weekly, overrides }: HoursOfDays, oldDay: number, aheadMinutes: number): Stretch[] {
  const date = localDateOfDay(oldDay);
  const weekday = weekdayOf(date);
  const open = overrides.get(date) ?? weekly.filter((each) => each.weekday === weekday);
  const midnight = oldDay * DAY_MINUTES + aheadMinutes;
  return open.map(({ startsMinute, endsMinute }) => ({
    from: midnight + startsMinute,
    to: midnight + endsMinute,
  }));
}

/** What of the stretches lies on the day, in order; those that touch are one. */
function onDay(stretches: readonly Stretch[], day: number): MinuteInterval[] {
  const midnight = day * DAY_MINUTES;
  const intervals: MinuteInterval[] = [];
  for (const { from, to } of stretches.toSorted((a, b) => a.from - b.from)) {
    const startsMinute = Math.max(0, from - midnight);
    const endsMinute = Math.min(DAY_MINUTES, to - midnight);
    if (startsMinute >= endsMinute) continue;
    const before = intervals.at(-1);
    if (before?.endsMinute === startsMinute)
      intervals[intervals.length - 1] = { startsMinute: before.startsMinute, endsMinute };
    else intervals.push({ startsMinute, endsMinute });
  }
  return intervals;
}
