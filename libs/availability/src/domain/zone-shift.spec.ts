import * as fc from 'fast-check';
import { weekdayOf, type LocalDate } from '@app/common';
import { intervalFaults } from './interval-rules';
import { localDateOfDay, type MinuteInterval, type WeeklyInterval } from './working-hours';
import { shiftedDates, shiftedWeek, type HoursOfDays } from './zone-shift';

const DAY = 1_440;
/** A Monday. */
const FIRST_DAY = Date.UTC(2027, 0, 4) / 86_400_000;

/** Hours begin and end at half hours: the first and the last minute of each, from three days before a week to three after. */
const MINUTES = Array.from({ length: 13 * 48 }, (_, half) => -3 * DAY + half * 30).flatMap((at) => [
  at,
  at + 29,
]);

const hour = (value: number): number => value * 60;

describe('hours on other clocks', () => {
  it('A172 move with the clocks, over midnight and over the end of the week', () => {
    const week = [
      { weekday: 1, startsMinute: hour(9), endsMinute: hour(12) },
      { weekday: 7, startsMinute: hour(20), endsMinute: hour(24) },
    ];
    expect(shiftedWeek(week, 180)).toEqual([
      { weekday: 1, startsMinute: 0, endsMinute: hour(3) },
      { weekday: 1, startsMinute: hour(12), endsMinute: hour(15) },
      { weekday: 7, startsMinute: hour(23), endsMinute: hour(24) },
    ]);
    expect(shiftedWeek(shiftedWeek(week, 180), -180)).toEqual(week);
    const always = [1, 2, 3, 4, 5, 6, 7].map((weekday) => ({ weekday, startsMinute: 0, endsMinute: DAY }));
    expect(shiftedWeek(always, 345)).toEqual(always);
  });

  it('A172 a date that is closed stays closed for the same day and night, on both dates that it then lies on', () => {
    const weekly = [1, 2, 3, 4, 5, 6, 7].map((weekday) => ({
      weekday,
      startsMinute: hour(9),
      endsMinute: hour(17),
    }));
    const shifted = shiftedDates({ weekly, overrides: new Map([['2027-01-06', []]]) }, () => hour(8));
    expect([...shifted]).toEqual([
      ['2027-01-06', [{ startsMinute: 0, endsMinute: hour(1) }]],
      ['2027-01-07', [{ startsMinute: hour(17), endsMinute: hour(24) }]],
    ]);
  });

  it('A172 are open at exactly the same moments as before, whatever the hours and however far the clocks are ahead', () => {
    fc.assert(
      fc.property(
        weeks(),
        dates(),
        fc.integer({ min: -26 * 60, max: 26 * 60 }),
        (weekly, overrides, ahead) => {
          const before = { weekly, overrides };
          const after = {
            weekly: shiftedWeek(weekly, ahead),
            overrides: shiftedDates(before, () => ahead),
          };
          expect(intervalFaults(after.weekly)).toEqual([]);
          for (const intervals of after.overrides.values()) expect(intervalFaults(intervals)).toEqual([]);
          const wrong = MINUTES.filter((minute) => isOpen(after, minute + ahead) !== isOpen(before, minute));
          expect(wrong).toEqual([]);
        },
      ),
      { numRuns: 25 },
    );
  });
});

/** Whether the coach works at this minute of the wall clock, counted from the first day's midnight. */
function isOpen({ weekly, overrides }: HoursOfDays, minute: number): boolean {
  const day = FIRST_DAY + Math.floor(minute / DAY);
  const ofDay = minute - Math.floor(minute / DAY) * DAY;
  const date = localDateOfDay(day);
  const open = overrides.get(date) ?? weekly.filter(({ weekday }) => weekday === weekdayOf(date));
  return open.some(({ startsMinute, endsMinute }) => startsMinute <= ofDay && ofDay < endsMinute);
}

/** Up to two intervals of a day, in order, apart or touching. */
function daysHours(): fc.Arbitrary<MinuteInterval[]> {
  return fc
    .uniqueArray(fc.integer({ min: 0, max: 48 }), { maxLength: 4 })
    .map((halves) => halves.toSorted((a, b) => a - b).map((half) => half * 30))
    .map(([a, b, c, d]) => [
      ...(a === undefined || b === undefined ? [] : [{ startsMinute: a, endsMinute: b }]),
      ...(c === undefined || d === undefined ? [] : [{ startsMinute: c, endsMinute: d }]),
    ]);
}

function weeks(): fc.Arbitrary<WeeklyInterval[]> {
  return fc
    .array(daysHours(), { minLength: 7, maxLength: 7 })
    .map((days) =>
      days.flatMap((intervals, day) => intervals.map((interval) => ({ weekday: day + 1, ...interval }))),
    );
}

function dates(): fc.Arbitrary<Map<LocalDate, MinuteInterval[]>> {
  return fc
    .array(fc.tuple(fc.integer({ min: 0, max: 6 }), daysHours()), { maxLength: 3 })
    .map(
      (entries) => new Map(entries.map(([day, intervals]) => [localDateOfDay(FIRST_DAY + day), intervals])),
    );
}
