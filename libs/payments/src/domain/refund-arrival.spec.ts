import { arrivalDays, expectedBetween } from './refund-arrival';

const USUAL = { earliest: 5, latest: 7 };

describe('A93 when a refund is expected', () => {
  it.each([
    // 2026-06: the 1st is a Monday.
    ['2026-06-01', '2026-06-08', '2026-06-10'], // Monday
    ['2026-06-03', '2026-06-10', '2026-06-12'], // Wednesday
    ['2026-06-05', '2026-06-12', '2026-06-16'], // Friday: the second weekend counts too
    ['2026-06-06', '2026-06-12', '2026-06-16'], // Saturday starts to count on Monday
    ['2026-06-07', '2026-06-12', '2026-06-16'],
    ['2026-12-28', '2027-01-04', '2027-01-06'], // over the year
  ])('started on %s: between %s and %s', (startedOn, earliestOn, latestOn) => {
    expect(expectedBetween(startedOn, USUAL)).toEqual({ earliestOn, latestOn });
  });

  it('takes the days from the setting', () => {
    expect(arrivalDays('5-7')).toEqual(USUAL);
    expect(arrivalDays('0-10')).toEqual({ earliest: 0, latest: 10 });
    expect(expectedBetween('2026-06-01', arrivalDays('0-1'))).toEqual({
      earliestOn: '2026-06-01',
      latestOn: '2026-06-02',
    });
  });

  it.each(['', '7-5', '5', '5-', 'a-b', '5 - 7'])('refuses the setting "%s"', (setting) => {
    expect(() => arrivalDays(setting)).toThrow(RangeError);
  });
});
