import * as fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { InvalidTime } from './invalid-time';
import {
  addLocalDays,
  endOfLocalDay,
  formatLocal,
  instantOf,
  localDateOf,
  parseInstant,
  startOfLocalDay,
  wallTimeOf,
  weekdayOf,
} from './time';

const iso = (instant: Date) => instant.toISOString().replace(':00.000Z', 'Z');

function reasonOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof InvalidTime) return error.reason;
    throw error;
  }
  return 'accepted';
}

describe('instantOf', () => {
  it.each([
    ['2026-03-28T10:00', 'Europe/Berlin', '2026-03-28T09:00Z', 0, false],
    ['2026-03-29T02:30', 'Europe/Berlin', '2026-03-29T01:30Z', 60, false],
    ['2026-03-29T02:00', 'Europe/Berlin', '2026-03-29T01:00Z', 60, false],
    ['2026-03-29T03:00', 'Europe/Berlin', '2026-03-29T01:00Z', 0, false],
    ['2026-10-25T02:30', 'Europe/Berlin', '2026-10-25T00:30Z', 0, true],
    ['2026-10-25T03:00', 'Europe/Berlin', '2026-10-25T02:00Z', 0, false],
    ['2026-03-08T02:30', 'America/New_York', '2026-03-08T07:30Z', 60, false],
    ['2026-11-01T01:30', 'America/New_York', '2026-11-01T05:30Z', 0, true],
    ['2026-10-04T02:15', 'Australia/Lord_Howe', '2026-10-03T15:45Z', 30, false],
    ['2026-04-05T01:45', 'Australia/Lord_Howe', '2026-04-04T14:45Z', 0, true],
    ['2026-04-24T00:30', 'Africa/Cairo', '2026-04-23T22:30Z', 60, false],
    ['2026-06-01T09:00', 'Asia/Kathmandu', '2026-06-01T03:15Z', 0, false],
    ['2026-09-27T02:50', 'Pacific/Chatham', '2026-09-26T14:05Z', 60, false],
    ['2018-11-04T00:30', 'America/Sao_Paulo', '2018-11-04T03:30Z', 60, false],
    ['2011-12-30T10:00', 'Pacific/Apia', '2011-12-30T20:00Z', 1440, false],
    ['2014-05-15T23:30', 'Africa/Cairo', '2014-05-15T21:30Z', 0, false],
    ['2014-05-16T00:30', 'Africa/Cairo', '2014-05-15T22:30Z', 60, false],
    ['2100-03-28T02:30', 'Europe/Berlin', '2100-03-28T01:30Z', 60, false],
    ['2199-07-01T12:00', 'Europe/Berlin', '2199-07-01T10:00Z', 0, false],
  ])('%s in %s is %s (shifted %i min, ambiguous %p)', (wall, zone, expected, shiftedMinutes, ambiguous) => {
    const { instant, ...rest } = instantOf(wall, zone);
    expect(iso(instant)).toBe(expected);
    expect(rest).toEqual({ gapShifted: shiftedMinutes > 0, ambiguous, shiftedMinutes });
  });

  it.each([
    ['2026-03-28', 'malformed'],
    ['2026-03-28 10:00', 'malformed'],
    ['2026-03-28T10:00Z', 'malformed'],
    ['2026-03-28T10:00:60', 'malformed'],
    ['2026-02-30T10:00', 'no_such_time'],
    ['2026-03-28T24:00', 'no_such_time'],
    ['2026-03-28T10:60', 'no_such_time'],
    ['1969-12-31T10:00', 'out_of_range'],
    ['2201-01-01T00:00', 'out_of_range'],
  ])('refuses %s: %s', (wall, reason) => {
    expect(reasonOf(() => instantOf(wall, 'Europe/Berlin'))).toBe(reason);
  });

  it.each(['Berlin', '+02:00', '', 'Europe/Berlin ', 'constructor'])('refuses the zone %p', (zone) => {
    expect(reasonOf(() => instantOf('2026-03-28T10:00', zone))).toBe('unknown_zone');
  });

  it('agrees with Temporal wherever Temporal is right (the next years)', () => {
    const minutesOfFiveYears = 5 * 366 * 24 * 60;
    fc.assert(
      fc.property(
        fc.constantFrom(
          'Europe/Berlin',
          'America/New_York',
          'Australia/Lord_Howe',
          'Africa/Cairo',
          'Asia/Kolkata',
        ),
        fc.integer({ min: 0, max: minutesOfFiveYears }),
        (zone, minutes) => {
          const wall = new Date(Date.UTC(2025, 0, 1) + minutes * 60_000).toISOString().slice(0, 16);
          const expected = Temporal.PlainDateTime.from(wall).toZonedDateTime(zone, {
            disambiguation: 'compatible',
          });
          expect(instantOf(wall, zone).instant.getTime()).toBe(expected.epochMilliseconds);
        },
      ),
      { numRuns: 5_000 },
    );
  });
});

describe('local dates and wall times', () => {
  it.each([
    ['2026-03-29T01:00:00.999Z', 'Europe/Berlin', '2026-03-29T03:00:00'],
    ['2026-03-29T00:59:59Z', 'Europe/Berlin', '2026-03-29T01:59:59'],
    ['2026-01-01T03:00:00Z', 'America/New_York', '2025-12-31T22:00:00'],
    ['1970-01-01T00:00:00Z', 'Africa/Monrovia', '1969-12-31T23:15:30'],
  ])('%s in %s reads %s', (instant, zone, wall) => {
    expect(wallTimeOf(new Date(instant), zone)).toBe(wall);
    expect(localDateOf(new Date(instant), zone)).toBe(wall.slice(0, 10));
  });

  it.each([
    ['2026-03-29', 'Europe/Berlin', '2026-03-28T23:00Z', 23],
    ['2026-10-25', 'Europe/Berlin', '2026-10-24T22:00Z', 25],
    ['2026-06-01', 'Asia/Kathmandu', '2026-05-31T18:15Z', 24],
    ['2026-04-24', 'Africa/Cairo', '2026-04-23T22:00Z', 23],
    ['2018-11-04', 'America/Sao_Paulo', '2018-11-04T03:00Z', 23],
    ['2018-02-17', 'America/Sao_Paulo', '2018-02-17T02:00Z', 25],
    ['2026-10-04', 'Australia/Lord_Howe', '2026-10-03T13:30Z', 23.5],
    ['2011-12-29', 'Pacific/Apia', '2011-12-29T10:00Z', 24],
    ['2011-12-30', 'Pacific/Apia', '2011-12-30T10:00Z', 0],
    ['2011-12-31', 'Pacific/Apia', '2011-12-30T10:00Z', 24],
    ['2200-12-31', 'UTC', '2200-12-31T00:00Z', 24],
  ])('%s in %s starts at %s and has %d hours', (date, zone, start, hours) => {
    const startsAt = startOfLocalDay(date, zone);
    expect(iso(startsAt)).toBe(start);
    expect((endOfLocalDay(date, zone).getTime() - startsAt.getTime()) / 3_600_000).toBe(hours);
  });

  it.each([
    ['2026-02-28', 1, '2026-03-01'],
    ['2028-02-28', 1, '2028-02-29'],
    ['2026-01-01', -1, '2025-12-31'],
    ['2026-03-28', 0, '2026-03-28'],
    ['2026-01-01', 365, '2027-01-01'],
  ])('%s plus %i days is %s', (date, days, expected) => {
    expect(addLocalDays(date, days)).toBe(expected);
  });

  it.each([
    ['2026-03-30', 1],
    ['2026-03-29', 7],
    ['2028-02-29', 2],
  ])('%s is weekday %i', (date, weekday) => {
    expect(weekdayOf(date)).toBe(weekday);
  });

  it.each([
    ['2026-2-1', 'malformed'],
    ['2026-03-28T00:00', 'malformed'],
    ['2026-02-30', 'no_such_time'],
  ])('refuses the date %s: %s', (date, reason) => {
    expect(reasonOf(() => weekdayOf(date))).toBe(reason);
    expect(reasonOf(() => startOfLocalDay(date, 'UTC'))).toBe(reason);
  });
});

describe('parseInstant', () => {
  it.each([
    ['2026-03-28T09:00:00Z', '2026-03-28T09:00:00.000Z'],
    ['2026-03-28T09:00Z', '2026-03-28T09:00:00.000Z'],
    ['2026-03-28t09:00:00z', '2026-03-28T09:00:00.000Z'],
    ['2026-03-28T09:00:00+01:00', '2026-03-28T08:00:00.000Z'],
    ['2026-03-28T09:00:00.1239-03:30', '2026-03-28T12:30:00.123Z'],
    ['2026-03-28T09:00:00+01:00[Europe/Berlin]', '2026-03-28T08:00:00.000Z'],
    ['2026-03-28T09:00:00+01:00[!Europe/Berlin]', '2026-03-28T08:00:00.000Z'],
    ['2026-03-28T09:00:00Z[Europe/Berlin]', '2026-03-28T09:00:00.000Z'],
    ['2026-03-28T09:00:00-00:00[Europe/Berlin]', '2026-03-28T09:00:00.000Z'],
    ['2026-10-25T02:30:00+02:00[Europe/Berlin]', '2026-10-25T00:30:00.000Z'],
    ['2026-10-25T02:30:00+01:00[Europe/Berlin]', '2026-10-25T01:30:00.000Z'],
    ['1970-01-01T00:00:00Z', '1970-01-01T00:00:00.000Z'],
    ['2200-12-31T23:59:59.999Z', '2200-12-31T23:59:59.999Z'],
  ])('reads %s as %s', (text, expected) => {
    expect(parseInstant(text).toISOString()).toBe(expected);
  });

  it.each([
    ['2026-03-28T09:00:00', 'offset_missing'],
    ['2026-03-28T09:00', 'offset_missing'],
    ['2026-03-28T09:00:00[Europe/Berlin]', 'offset_missing'],
    ['2026-03-28T09:00:00+02:00[Europe/Berlin]', 'offset_mismatch'],
    ['2026-03-29T02:30:00+01:00[Europe/Paris', 'malformed'],
    ['2026-07-28T09:00:00+01:00[Europe/Berlin]', 'offset_mismatch'],
    ['2026-03-28T09:00:00+01:00[Mars/Base]', 'unknown_zone'],
    ['2026-03-28T09:00:00+01:00[+01:00]', 'unknown_zone'],
    ['2026-03-28', 'malformed'],
    ['2026-03-28 09:00:00Z', 'malformed'],
    ['2026-03-28T09:00:00+0100', 'malformed'],
    ['2026-03-28T09:00:00+24:00', 'malformed'],
    ['2026-03-28T23:59:60Z', 'malformed'],
    ['tomorrow', 'malformed'],
    ['', 'malformed'],
    ['2026-02-30T09:00:00Z', 'no_such_time'],
    ['2026-03-28T25:00:00Z', 'no_such_time'],
    ['2026-13-01T09:00:00Z', 'no_such_time'],
    ['1969-12-31T23:59:59Z', 'out_of_range'],
    ['1970-01-01T00:30:00+01:00', 'out_of_range'],
    ['2201-01-01T00:00:00Z', 'out_of_range'],
    ['9999-12-31T00:00:00Z', 'out_of_range'],
    ['0000-01-01T00:00:00Z', 'out_of_range'],
  ])('refuses %s: %s', (text, reason) => {
    expect(reasonOf(() => parseInstant(text))).toBe(reason);
  });

  it('says what is wrong in a stable code and in words', () => {
    expect(() => parseInstant('2026-07-28T09:00:00+01:00[Europe/Berlin]')).toThrow(
      expect.objectContaining({
        kind: 'invalid',
        code: 'time.offset_mismatch',
        message: 'Europe/Berlin is not at +01:00 then, but +02:00',
      }),
    );
  });
});

describe('formatLocal', () => {
  it.each([
    ['2026-03-29T08:00:00Z', 'Europe/Berlin', 'en-GB', ['Sunday', '29 March 2026', '10:00', 'CEST']],
    ['2026-03-29T08:00:00Z', 'Europe/Berlin', 'de-DE', ['Sonntag', '29. März 2026', '10:00', 'MESZ']],
    [
      '2026-01-05T18:00:00Z',
      'America/New_York',
      'en-US',
      ['Monday', 'January 5, 2026', '01:00', 'PM', 'EST'],
    ],
  ])('%s in %s for %s names %p', (instant, zone, locale, parts) => {
    const text = formatLocal(new Date(instant), zone, locale);
    for (const part of parts) expect(text).toContain(part);
  });
});
