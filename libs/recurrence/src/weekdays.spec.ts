import {
  addWeekdays,
  isWeekday,
  weekdayCode,
  weekdayName,
  weekdayOfCode,
  weekdayOfDate,
  WEEKDAYS,
} from './weekdays';

describe('weekdays', () => {
  it('are ISO 8601 numbers with the codes of RFC 5545', () => {
    expect(WEEKDAYS.map(weekdayCode)).toEqual(['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU']);
    expect(WEEKDAYS.map((weekday) => weekdayOfCode(weekdayCode(weekday)))).toEqual(WEEKDAYS);
    expect(weekdayOfCode('mo')).toBeUndefined();
    expect([weekdayName(1), weekdayName(7)]).toEqual(['Monday', 'Sunday']);
    expect([0, 1, 7, 8, 1.5].filter(isWeekday)).toEqual([1, 7]);
  });

  it.each([
    ['2026-06-01', 1],
    ['2026-06-07', 7],
    ['2028-02-29', 2],
  ])('%s is weekday %i', (date, weekday) => {
    expect(weekdayOfDate(date)).toBe(weekday);
  });

  it.each([
    [7, 1, 1],
    [1, -1, 7],
    [3, 14, 3],
    [2, -16, 7],
  ] as const)('%i and %i days is %i', (weekday, days, expected) => {
    expect(addWeekdays(weekday, days)).toBe(expected);
  });
});
