import * as fc from 'fast-check';
import { InvalidRule } from './invalid-rule';
import { FIELD_OF_PART, ruleOf, type RuleInput } from './rule';
import { calendarRuleText, parseRule, ruleText } from './rule-text';
import { anyRule } from './rules.test-world';

function refusal(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof InvalidRule) return `${error.part} ${error.reason}`;
    throw error;
  }
  return 'accepted';
}

describe('parseRule', () => {
  it.each([
    ['FREQ=DAILY', { frequency: 'daily' }],
    ['RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=TH,TU', { frequency: 'weekly', interval: 2, weekdays: [2, 4] }],
    ['freq=weekly;byday=we;count=12', { frequency: 'weekly', weekdays: [3], count: 12 }],
    [
      'FREQ=MONTHLY;BYDAY=-1FR,+2TU',
      {
        frequency: 'monthly',
        ordinalWeekdays: [
          { ordinal: 2, weekday: 2 },
          { ordinal: -1, weekday: 5 },
        ],
      },
    ],
    ['FREQ=MONTHLY;BYDAY=MO', { frequency: 'monthly', weekdays: [1] }],
    ['FREQ=MONTHLY;BYMONTHDAY=15', { frequency: 'monthly', monthDay: 15 }],
    ['FREQ=MONTHLY;BYMONTHDAY=-1', { frequency: 'monthly', monthDay: -1 }],
    ['FREQ=WEEKLY;UNTIL=20260630', { frequency: 'weekly', until: '2026-06-30' }],
    ['FREQ=WEEKLY;UNTIL=20260630T180000', { frequency: 'weekly', until: '2026-06-30T18:00:00' }],
    ['FREQ=WEEKLY;UNTIL=20260630T160000Z', { frequency: 'weekly', until: '2026-06-30T16:00:00Z' }],
    [
      'FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,SU;WKST=SU',
      { frequency: 'weekly', interval: 2, weekdays: [1, 7], weekStart: 7 },
    ],
    ['FREQ=WEEKLY;BYDAY=TU,TU,TU', { frequency: 'weekly', weekdays: [2] }],
    ['FREQ=WEEKLY;INTERVAL=1;WKST=SU', { frequency: 'weekly' }],
  ] as [string, RuleInput][])('reads %s', (text, fields) => {
    expect(parseRule(text)).toEqual(ruleOf(fields));
    expect(parseRule(text)).toMatchObject(fields);
  });

  it.each([
    ['', 'RRULE malformed'],
    ['WEEKLY', 'RRULE malformed'],
    ['FREQ=WEEKLY;', 'RRULE malformed'],
    ['FREQ=WEEKLY; COUNT=3', 'RRULE malformed'],
    ['FREQ=WEEKLY\r\nATTENDEE:x', 'RRULE malformed'],
    ['FREQ=WEEKLY;COUNT=', 'RRULE malformed'],
    [`FREQ=WEEKLY;BYDAY=${'TU,'.repeat(80)}TU`, 'RRULE out_of_range'],
    ['INTERVAL=2', 'FREQ malformed'],
    ['FREQ=HOURLY', 'FREQ unsupported'],
    ['FREQ=YEARLY', 'FREQ unsupported'],
    ['FREQ=WEEKLY;FREQ=DAILY', 'FREQ repeated'],
    ['FREQ=WEEKLY;COUNT=2;COUNT=2', 'COUNT repeated'],
    ['FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=-1', 'BYSETPOS unsupported'],
    ['FREQ=DAILY;BYHOUR=9,17', 'BYHOUR unsupported'],
    ['FREQ=DAILY;BYMONTH=1', 'BYMONTH unsupported'],
    ['FREQ=DAILY;X-NAME=1', 'X-NAME unsupported'],
    ['FREQ=DAILY;INTERVAL=0', 'INTERVAL out_of_range'],
    ['FREQ=DAILY;INTERVAL=731', 'INTERVAL out_of_range'],
    ['FREQ=WEEKLY;INTERVAL=105', 'INTERVAL out_of_range'],
    ['FREQ=MONTHLY;INTERVAL=25', 'INTERVAL out_of_range'],
    ['FREQ=DAILY;INTERVAL=-1', 'INTERVAL malformed'],
    ['FREQ=DAILY;INTERVAL=99999999999', 'INTERVAL malformed'],
    ['FREQ=DAILY;COUNT=0', 'COUNT out_of_range'],
    ['FREQ=DAILY;COUNT=1001', 'COUNT out_of_range'],
    ['FREQ=DAILY;COUNT=TEN', 'COUNT malformed'],
    ['FREQ=DAILY;COUNT=3;UNTIL=20260630', 'UNTIL conflicting'],
    ['FREQ=DAILY;UNTIL=20260230', 'UNTIL malformed'],
    ['FREQ=DAILY;UNTIL=20260630T2500', 'UNTIL malformed'],
    ['FREQ=DAILY;UNTIL=20260630T250000', 'UNTIL malformed'],
    ['FREQ=DAILY;UNTIL=99991231', 'UNTIL out_of_range'],
    ['FREQ=DAILY;UNTIL=99991231T235959Z', 'UNTIL out_of_range'],
    ['FREQ=WEEKLY;BYDAY=XX', 'BYDAY malformed'],
    ['FREQ=WEEKLY;BYDAY=TU,,TH', 'BYDAY malformed'],
    ['FREQ=WEEKLY;BYDAY=2TU', 'BYDAY unsupported'],
    ['FREQ=MONTHLY;BYDAY=6TU', 'BYDAY out_of_range'],
    ['FREQ=MONTHLY;BYDAY=0TU', 'BYDAY out_of_range'],
    ['FREQ=MONTHLY;BYDAY=TU,2TU', 'BYDAY conflicting'],
    ['FREQ=WEEKLY;BYMONTHDAY=3', 'BYMONTHDAY unsupported'],
    ['FREQ=MONTHLY;BYMONTHDAY=1,15', 'BYMONTHDAY unsupported'],
    ['FREQ=MONTHLY;BYMONTHDAY=32', 'BYMONTHDAY out_of_range'],
    ['FREQ=MONTHLY;BYMONTHDAY=-2', 'BYMONTHDAY out_of_range'],
    ['FREQ=MONTHLY;BYMONTHDAY=13;BYDAY=FR', 'BYMONTHDAY conflicting'],
    ['FREQ=WEEKLY;WKST=8', 'WKST malformed'],
  ])('refuses %j: %s', (text, expected) => {
    expect(refusal(() => parseRule(text))).toBe(expected);
  });

  it('says what is wrong in a stable code, names the part and the field that it is', () => {
    expect(() => parseRule('FREQ=DAILY;BYSETPOS=1')).toThrow(
      expect.objectContaining({
        kind: 'invalid',
        code: 'recurrence.unsupported',
        extensions: { part: 'BYSETPOS' },
      }),
    );
    expect(FIELD_OF_PART).toMatchObject({ UNTIL: 'until', BYDAY: 'weekdays' });
    expect(FIELD_OF_PART.RRULE).toBeUndefined();
  });
});

describe('ruleOf', () => {
  it.each([
    [{ frequency: 'weekly', until: '2026-06-30T18:00' }, '2026-06-30T18:00:00'],
    [{ frequency: 'weekly', until: '2026-06-30T18:00:00+02:00' }, '2026-06-30T16:00:00Z'],
    [{ frequency: 'weekly', until: '2026-06-30' }, '2026-06-30'],
  ] as [RuleInput, string][])('reads the end of %j', (input, until) => {
    expect(ruleOf(input).until).toBe(until);
  });

  it.each([
    [{ frequency: 'yearly' }, 'FREQ unsupported'],
    [{ frequency: 'constructor' }, 'FREQ unsupported'],
    [{ frequency: 'weekly', interval: 1.5 }, 'INTERVAL malformed'],
    [{ frequency: 'weekly', interval: Number.NaN }, 'INTERVAL malformed'],
    [{ frequency: 'weekly', weekdays: [0] }, 'BYDAY out_of_range'],
    [{ frequency: 'weekly', weekdays: [8] }, 'BYDAY out_of_range'],
    [{ frequency: 'monthly', ordinalWeekdays: [{ ordinal: 1.5, weekday: 2 }] }, 'BYDAY out_of_range'],
    [{ frequency: 'monthly', ordinalWeekdays: [{ ordinal: 1, weekday: 9 }] }, 'BYDAY out_of_range'],
    [{ frequency: 'weekly', ordinalWeekdays: [{ ordinal: 1, weekday: 2 }] }, 'BYDAY unsupported'],
    [{ frequency: 'weekly', until: 'soon' }, 'UNTIL malformed'],
    [{ frequency: 'weekly', weekStart: 0 }, 'WKST out_of_range'],
  ] as [RuleInput, string][])('refuses %j: %s', (input, expected) => {
    expect(refusal(() => ruleOf(input))).toBe(expected);
  });
});

describe('ruleText', () => {
  it.each([
    [
      'UNTIL=20260630T160000Z;BYDAY=SU,MO;WKST=SU;INTERVAL=2;FREQ=WEEKLY',
      'FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,SU;UNTIL=20260630T160000Z;WKST=SU',
    ],
    ['FREQ=MONTHLY;COUNT=3;INTERVAL=1;BYDAY=-1FR,TU', 'FREQ=MONTHLY;BYDAY=TU,-1FR;COUNT=3'],
    ['FREQ=MONTHLY;UNTIL=20260630T180000;BYMONTHDAY=-1', 'FREQ=MONTHLY;BYMONTHDAY=-1;UNTIL=20260630T180000'],
    ['FREQ=DAILY;WKST=MO', 'FREQ=DAILY'],
  ])('writes %s as %s', (text, canonical) => {
    expect(ruleText(parseRule(text))).toBe(canonical);
  });

  it('is read back as the same rule', () => {
    fc.assert(
      fc.property(anyRule, (rule) => {
        expect(parseRule(ruleText(rule))).toEqual(rule);
      }),
      { numRuns: 500 },
    );
  });
});

describe('calendarRuleText', () => {
  it.each([
    ['FREQ=WEEKLY;UNTIL=20260630', 'FREQ=WEEKLY;UNTIL=20260630T215959Z'],
    ['FREQ=WEEKLY;UNTIL=20261215T180000', 'FREQ=WEEKLY;UNTIL=20261215T170000Z'],
    ['FREQ=WEEKLY;UNTIL=20260630T160000Z', 'FREQ=WEEKLY;UNTIL=20260630T160000Z'],
    ['FREQ=WEEKLY;COUNT=4', 'FREQ=WEEKLY;COUNT=4'],
  ])('writes %s of a series in Berlin as %s', (text, expected) => {
    const start = { localStart: '2026-01-06T18:00:00', timezone: 'Europe/Berlin' };
    expect(calendarRuleText(parseRule(text), start)).toBe(expected);
  });
});
