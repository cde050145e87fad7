import { InvalidTime } from '@app/common';
import { anchorRule } from './anchor-rule';
import { InvalidRule, TooManyOccurrences } from './invalid-rule';
import { lastOccurrence, nextOccurrence, occurrences } from './occurrences';
import { parseRule, ruleText } from './rule-text';

const NEW_YORK = 'America/New_York';
const window = (from: string, until: string) => ({ from: new Date(from), until: new Date(until) });

function dates(text: string, localStart: string, most = 1000): string[] {
  return occurrences(
    parseRule(text),
    { localStart, timezone: NEW_YORK },
    window('1997-01-01T00:00:00Z', '1998-10-01T00:00:00Z'),
    most,
  ).map(({ originalLocalStart }) => originalLocalStart.slice(2, 10));
}

describe('the examples of RFC 5545 (3.8.5.3)', () => {
  it.each([
    ['FREQ=DAILY;INTERVAL=10;COUNT=5', '97-09-02 97-09-12 97-09-22 97-10-02 97-10-12'],
    [
      'FREQ=WEEKLY;COUNT=10',
      '97-09-02 97-09-09 97-09-16 97-09-23 97-09-30 97-10-07 97-10-14 97-10-21 97-10-28 97-11-04',
    ],
    [
      'FREQ=WEEKLY;UNTIL=19971007T000000Z;WKST=SU;BYDAY=TU,TH',
      '97-09-02 97-09-04 97-09-09 97-09-11 97-09-16 97-09-18 97-09-23 97-09-25 97-09-30 97-10-02',
    ],
    [
      'FREQ=WEEKLY;INTERVAL=2;COUNT=8;WKST=SU;BYDAY=TU,TH',
      '97-09-02 97-09-04 97-09-16 97-09-18 97-09-30 97-10-02 97-10-14 97-10-16',
    ],
    ['FREQ=MONTHLY;INTERVAL=18;BYMONTHDAY=10;COUNT=1', '97-09-10'],
    [
      'FREQ=MONTHLY;INTERVAL=2;COUNT=6;BYDAY=1SU,-1SU',
      '97-09-07 97-09-28 97-11-02 97-11-30 98-01-04 98-01-25',
    ],
    ['FREQ=MONTHLY;COUNT=6;BYDAY=-2MO', '97-09-22 97-10-20 97-11-17 97-12-22 98-01-19 98-02-16'],
    ['FREQ=MONTHLY;BYMONTHDAY=-1;COUNT=4', '97-09-30 97-10-31 97-11-30 97-12-31'],
    [
      'FREQ=MONTHLY;INTERVAL=2;BYDAY=TU;COUNT=9',
      '97-09-02 97-09-09 97-09-16 97-09-23 97-09-30 97-11-04 97-11-11 97-11-18 97-11-25',
    ],
  ])('%s', (text, expected) => {
    expect(dates(text, '1997-09-02T09:00:00').join(' ')).toBe(expected);
  });

  it('WKST decides which weeks every second week means', () => {
    const monday = 'FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO';
    expect(dates(monday, '1997-08-05T09:00').join(' ')).toBe('97-08-05 97-08-10 97-08-19 97-08-24');
    expect(dates(monday.replace('WKST=MO', 'WKST=SU'), '1997-08-05T09:00').join(' ')).toBe(
      '97-08-05 97-08-17 97-08-19 97-08-31',
    );
  });

  it('keeps 09:00 across the change to winter time', () => {
    const found = occurrences(
      parseRule('FREQ=DAILY;UNTIL=19971224T000000Z'),
      { localStart: '1997-09-02T09:00:00', timezone: NEW_YORK },
      window('1997-10-25T00:00:00Z', '1997-10-28T00:00:00Z'),
    );
    expect(found.map(({ startsAt }) => startsAt.toISOString())).toEqual([
      '1997-10-25T13:00:00.000Z',
      '1997-10-26T14:00:00.000Z',
      '1997-10-27T14:00:00.000Z',
    ]);
  });
});

describe('occurrences', () => {
  const berlin = { localStart: '2026-03-22T02:30', timezone: 'Europe/Berlin' };

  it('moves a wall time out of the gap, says so, and keeps what the rule said', () => {
    const found = occurrences(
      parseRule('FREQ=WEEKLY;COUNT=3'),
      berlin,
      window('2026-01-01T00:00:00Z', '2027-01-01T00:00:00Z'),
    );
    expect(found.map(({ ordinal, gapShifted }) => [ordinal, gapShifted])).toEqual([
      [1, false],
      [2, true],
      [3, false],
    ]);
    expect(found[1]).toEqual({
      ordinal: 2,
      originalLocalStart: '2026-03-29T02:30:00',
      originalStartsAt: new Date('2026-03-29T01:30:00Z'),
      startsAt: new Date('2026-03-29T01:30:00Z'),
      localStart: '2026-03-29T03:30:00',
      gapShifted: true,
      ambiguous: false,
    });
  });

  it('takes the earlier of two instants in autumn', () => {
    const [only] = occurrences(
      parseRule('FREQ=WEEKLY'),
      berlin,
      window('2026-10-25T00:00:00Z', '2026-10-26T00:00:00Z'),
    );
    expect(only).toMatchObject({ startsAt: new Date('2026-10-25T00:30:00Z'), ambiguous: true });
    expect(only).not.toHaveProperty('ordinal');
  });

  it('has no two occurrences at one instant where a whole day does not exist', () => {
    const apia = { localStart: '2011-12-28T10:00:00', timezone: 'Pacific/Apia' };
    const whole = window('2011-12-01T00:00:00Z', '2012-02-01T00:00:00Z');
    const daily = occurrences(parseRule('FREQ=DAILY;COUNT=5'), apia, whole);
    expect(
      daily.map(({ originalLocalStart, ordinal }) => [originalLocalStart.slice(8, 10), ordinal]),
    ).toEqual([
      ['28', 1],
      ['29', 2],
      ['31', 4],
      ['01', 5],
    ]);
    const [friday] = occurrences(parseRule('FREQ=WEEKLY;BYDAY=FR;COUNT=1'), apia, whole);
    expect(friday).toMatchObject({
      originalLocalStart: '2011-12-30T10:00:00',
      localStart: '2011-12-31T10:00:00',
      gapShifted: true,
    });
  });

  it.each([
    ['UNTIL=20260617', 3],
    ['UNTIL=20260616', 3],
    ['UNTIL=20260615', 2],
    ['UNTIL=20260616T180000', 3],
    ['UNTIL=20260616T175959', 2],
    ['UNTIL=20260616T160000Z', 3],
    ['UNTIL=20260616T155959Z', 2],
    ['UNTIL=20260601', 0],
  ])('%s includes that moment: %i Tuesdays at 18:00 in Berlin', (until, expected) => {
    const start = { localStart: '2026-06-02T18:00', timezone: 'Europe/Berlin' };
    const rule = parseRule(`FREQ=WEEKLY;${until}`);
    const found = occurrences(rule, start, window('2026-01-01T00:00:00Z', '2030-01-01T00:00:00Z'));
    expect(found).toHaveLength(expected);
    expect(lastOccurrence(rule, start)).toEqual(found.at(-1));
  });

  it('ends at an instant before which a gap carried the last one over midnight', () => {
    // Nuuk's clocks go from 23:00 to 24:00 on 30 March 2024: 23:30 starts at 00:30 of the 31st, 01:30 UTC.
    const start = { localStart: '2024-03-29T23:30', timezone: 'America/Nuuk' };
    const until = (text: string) => lastOccurrence(parseRule(`FREQ=DAILY;UNTIL=${text}`), start);
    expect(until('20240331T013000Z')).toMatchObject({
      originalLocalStart: '2024-03-30T23:30:00',
      gapShifted: true,
    });
    expect(until('20240331T012959Z')).toMatchObject({ originalLocalStart: '2024-03-29T23:30:00' });
  });

  it('starts with the first match when the start is none, and counts from there', () => {
    const start = { localStart: '2026-06-03T18:00', timezone: 'Europe/Berlin' };
    const found = occurrences(
      parseRule('FREQ=WEEKLY;INTERVAL=2;BYDAY=TU;COUNT=2'),
      start,
      window('2026-01-01T00:00:00Z', '2030-01-01T00:00:00Z'),
    );
    expect(found.map(({ originalLocalStart }) => originalLocalStart.slice(0, 10))).toEqual([
      '2026-06-16',
      '2026-06-30',
    ]);
  });

  it('refuses to give more than the caller can take, at once for a century of days', () => {
    const daily = parseRule('FREQ=DAILY');
    const start = { localStart: '2026-01-01T09:00', timezone: 'UTC' };
    const tenDays = window('2026-01-01T00:00:00Z', '2026-01-11T00:00:00Z');
    expect(occurrences(daily, start, tenDays, 10)).toHaveLength(10);
    expect(() => occurrences(daily, start, tenDays, 9)).toThrow(new TooManyOccurrences(9));
    expect(() => occurrences(daily, start, window('2026-01-01T00:00:00Z', '2200-01-01T00:00:00Z'))).toThrow(
      expect.objectContaining({ code: 'recurrence.too_many_occurrences', extensions: { most: 1000 } }),
    );
  });

  it('looks at windows before the start, after the end and far away', () => {
    const start = { localStart: '2026-01-06T18:00', timezone: 'Europe/Berlin' };
    const far = window('2190-01-01T00:00:00Z', '2190-02-01T00:00:00Z');
    expect(occurrences(parseRule('FREQ=WEEKLY'), start, far)).toHaveLength(4);
    expect(occurrences(parseRule('FREQ=WEEKLY;COUNT=10'), start, far)).toEqual([]);
    expect(
      occurrences(parseRule('FREQ=WEEKLY'), start, window('1990-01-01T00:00:00Z', '2026-01-06T17:00:00Z')),
    ).toEqual([]);
    expect(
      occurrences(parseRule('FREQ=WEEKLY'), start, window('2026-01-06T17:00:00Z', '2026-01-06T17:00:01Z')),
    ).toHaveLength(1);
    expect(
      occurrences(parseRule('FREQ=WEEKLY'), start, window('2027-01-01T00:00:00Z', '2026-01-01T00:00:00Z')),
    ).toEqual([]);
  });

  it('refuses a malformed start and an unknown zone', () => {
    const rule = parseRule('FREQ=WEEKLY');
    const any = window('2026-01-01T00:00:00Z', '2026-02-01T00:00:00Z');
    expect(() => occurrences(rule, { localStart: '2026-01-06', timezone: 'UTC' }, any)).toThrow(InvalidTime);
    expect(() => occurrences(rule, { localStart: '2026-01-06T18:00', timezone: 'Mars/Base' }, any)).toThrow(
      InvalidTime,
    );
  });
});

describe('nextOccurrence and lastOccurrence', () => {
  it('finds rare days years ahead, and stops looking for days that never come', () => {
    const start = { localStart: '2025-02-10T18:00', timezone: 'UTC' };
    const leap = nextOccurrence(parseRule('FREQ=MONTHLY;INTERVAL=12;BYMONTHDAY=29'), start);
    expect(leap?.originalLocalStart).toBe('2028-02-29T18:00:00');
    expect(nextOccurrence(parseRule('FREQ=MONTHLY;INTERVAL=12;BYMONTHDAY=30'), start)).toBeUndefined();
  });

  it('knows the place of the last one, and that an endless rule has none', () => {
    const start = { localStart: '2026-01-06T18:00', timezone: 'UTC' };
    expect(lastOccurrence(parseRule('FREQ=WEEKLY;COUNT=52'), start)).toMatchObject({
      ordinal: 52,
      originalLocalStart: '2026-12-29T18:00:00',
    });
    expect(lastOccurrence(parseRule('FREQ=WEEKLY'), start)).toBeUndefined();
    expect(
      lastOccurrence(parseRule('FREQ=MONTHLY;INTERVAL=24;UNTIL=21991231'), start)?.originalLocalStart,
    ).toBe('2198-01-06T18:00:00');
  });
});

describe('anchorRule', () => {
  const anchored = (text: string, localStart: string) => {
    const { rule, start } = anchorRule(parseRule(text), { localStart, timezone: 'Europe/Berlin' });
    return [ruleText(rule), start.localStart];
  };

  it.each([
    ['FREQ=WEEKLY', '2026-06-02T18:00', ['FREQ=WEEKLY;BYDAY=TU', '2026-06-02T18:00:00']],
    ['FREQ=MONTHLY', '2026-05-31T18:00', ['FREQ=MONTHLY;BYMONTHDAY=31', '2026-05-31T18:00:00']],
    ['FREQ=WEEKLY;BYDAY=MO', '2026-06-02T18:00', ['FREQ=WEEKLY;BYDAY=MO', '2026-06-08T18:00:00']],
    [
      'FREQ=WEEKLY;UNTIL=20260616T120000',
      '2026-06-02T18:00',
      ['FREQ=WEEKLY;BYDAY=TU;UNTIL=20260615', '2026-06-02T18:00:00'],
    ],
    [
      'FREQ=DAILY;UNTIL=20260616T160000Z',
      '2026-06-02T18:00',
      ['FREQ=DAILY;UNTIL=20260616', '2026-06-02T18:00:00'],
    ],
  ])('writes %s from %s as %j', (text, localStart, expected) => {
    expect(anchored(text, localStart)).toEqual(expected);
  });

  it.each([
    ['FREQ=WEEKLY;UNTIL=20260601', 'UNTIL never_occurs'],
    ['FREQ=MONTHLY;INTERVAL=12;BYMONTHDAY=31', 'BYMONTHDAY never_occurs'],
    ['FREQ=MONTHLY;INTERVAL=24;COUNT=100', 'COUNT out_of_range'],
  ])('refuses %s: %s', (text, expected) => {
    expect.assertions(1);
    try {
      anchored(text, '2026-06-02T18:00');
    } catch (error) {
      if (error instanceof InvalidRule) expect(`${error.part} ${error.reason}`).toBe(expected);
    }
  });
});
