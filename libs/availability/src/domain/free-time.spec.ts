import { wallTimeOf } from '@app/common';
import type { FreeTimeFacts, NeededTime } from './calendar';
import { freeStarts, isFree, nearestFreeStarts, whyNotFree } from './free-time';
import { publicReasons } from './free-time-rules';

const BERLIN = 'Europe/Berlin';
const SESSION = '0190a1b2-0000-7000-8000-000000000001';

const at = (text: string): number => Date.parse(text);

const hour: NeededTime = { durationMinutes: 60, beforeMinutes: 0, afterMinutes: 0 };

/** Weekdays 9–12 and 13–17 in Berlin, asked on Monday 1 June 2026 at midnight, starts every half hour. */
function facts(
  changes: Partial<FreeTimeFacts> = {},
  rules: Partial<FreeTimeFacts['rules']> = {},
): FreeTimeFacts {
  return {
    timezone: BERLIN,
    weekly: [1, 2, 3, 4, 5].flatMap((weekday) => [
      { weekday, startsMinute: 9 * 60, endsMinute: 12 * 60 },
      { weekday, startsMinute: 13 * 60, endsMinute: 17 * 60 },
    ]),
    offeringWeekly: null,
    overrides: new Map(),
    timeOff: [],
    busy: [],
    nowMs: at('2026-06-01T00:00+02:00'),
    covered: { fromMs: at('2026-05-25T00:00Z'), toMs: at('2026-12-31T00:00Z') },
    rules: {
      startIncrementMinutes: 30,
      minimumNoticeMinutes: 0,
      bookingHorizonDays: 90,
      mostSessionsPerDay: null,
      mostSessionsPerWeek: null,
      ...rules,
    },
    ...changes,
  };
}

/** Wall times of the free starts on one day in Berlin, "HH:mm". */
function starts(given: FreeTimeFacts, date = '2026-06-03', need = hour): string[] {
  const fromMs = at(`${date}T00:00Z`) - 6 * 3_600_000;
  return freeStarts(given, need, { fromMs, toMs: fromMs + 36 * 3_600_000 })
    .map((startMs) => wallTimeOf(new Date(startMs), given.timezone))
    .filter((wall) => wall.startsWith(date))
    .map((wall) => wall.slice(11, 16));
}

function off(fromMs: number, toMs: number): FreeTimeFacts['timeOff'][number] {
  return { fromMs, toMs, kind: 'time_off' };
}

function claim(from: string, to: string, before = 0, after = 0): FreeTimeFacts['busy'][number] {
  const session = { fromMs: at(from), toMs: at(to) };
  return {
    fromMs: session.fromMs - before * 60_000,
    toMs: session.toMs + after * 60_000,
    sessionId: SESSION,
    kind: 'session',
    session,
  };
}

describe('freeStarts', () => {
  it('offers the working hours, the last start one session before their end', () => {
    expect(starts(facts())).toEqual([
      '09:00',
      '09:30',
      '10:00',
      '10:30',
      '11:00',
      '13:00',
      '13:30',
      '14:00',
      '14:30',
      '15:00',
      '15:30',
      '16:00',
    ]);
    expect(starts(facts(), '2026-06-06')).toEqual([]);
  });

  it('counts the steps from the beginning of each interval', () => {
    const weekly = [
      { weekday: 3, startsMinute: 9 * 60 + 10, endsMinute: 11 * 60 },
      { weekday: 3, startsMinute: 14 * 60 + 20, endsMinute: 16 * 60 },
    ];
    expect(starts(facts({ weekly }, { startIncrementMinutes: 25 }))).toEqual([
      '09:10',
      '09:35',
      '10:00',
      '14:20',
      '14:45',
    ]);
  });

  it('lets a session run on from one interval into the next that touches it, also over midnight', () => {
    const weekly = [
      { weekday: 3, startsMinute: 22 * 60, endsMinute: 24 * 60 },
      { weekday: 4, startsMinute: 0, endsMinute: 90 },
    ];
    expect(starts(facts({ weekly }), '2026-06-03')).toEqual(['22:00', '22:30', '23:00', '23:30']);
    expect(starts(facts({ weekly }), '2026-06-04')).toEqual(['00:00', '00:30']);
  });

  it('A160 a recurring break between intervals and a one-off break take starts away', () => {
    const withBreak = facts({
      timeOff: [off(at('2026-06-03T10:00+02:00'), at('2026-06-03T10:30+02:00'))],
    });
    expect(starts(facts())).not.toContain('12:00');
    expect(starts(withBreak).slice(0, 4)).toEqual(['09:00', '10:30', '11:00', '13:00']);
    expect(starts(withBreak, '2026-06-10')).toContain('10:00');
  });

  it('A160 time off over days leaves nothing, and ends to the minute', () => {
    const timeOff = [off(at('2026-06-02T15:00+02:00'), at('2026-06-04T09:00+02:00'))];
    expect(starts(facts({ timeOff }), '2026-06-02').at(-1)).toBe('14:00');
    expect(starts(facts({ timeOff }), '2026-06-03')).toEqual([]);
    expect(starts(facts({ timeOff }), '2026-06-04')[0]).toBe('09:00');
  });

  it('an override replaces the hours of its date alone; without intervals it is closed', () => {
    const overrides = new Map([
      ['2026-06-03', [{ startsMinute: 18 * 60, endsMinute: 20 * 60 }]],
      ['2026-06-04', []],
      ['2026-06-06', [{ startsMinute: 10 * 60, endsMinute: 11 * 60 }]],
    ]);
    expect(starts(facts({ overrides }), '2026-06-03')).toEqual(['18:00', '18:30', '19:00']);
    expect(starts(facts({ overrides }), '2026-06-04')).toEqual([]);
    expect(starts(facts({ overrides }), '2026-06-06')).toEqual(['10:00']);
    expect(starts(facts({ overrides }), '2026-06-05')).toHaveLength(12);
  });

  it("A157 keeps the other session's buffers and its own: neighbours' buffers add up", () => {
    const busy = [claim('2026-06-03T14:00+02:00', '2026-06-03T15:00+02:00', 15, 15)];
    expect(starts(facts({ busy }))).toEqual(['09:00', '09:30', '10:00', '10:30', '11:00', '15:30', '16:00']);
    const need = { durationMinutes: 60, beforeMinutes: 20, afterMinutes: 0 };
    expect(starts(facts({ busy }), '2026-06-03', need)).toEqual([
      '09:00',
      '09:30',
      '10:00',
      '10:30',
      '11:00',
      '16:00',
    ]);
  });

  it('A157 a session may follow another to the minute', () => {
    const busy = [claim('2026-06-03T10:00+02:00', '2026-06-03T11:00+02:00')];
    expect(starts(facts({ busy })).slice(0, 3)).toEqual(['09:00', '11:00', '13:00']);
    const aMinuteLonger = [claim('2026-06-03T10:00+02:00', '2026-06-03T11:01+02:00')];
    expect(starts(facts({ busy: aMinuteLonger })).slice(0, 2)).toEqual(['09:00', '13:00']);
  });

  it('A159 preparation before a session counts as busy, and may lie outside the hours', () => {
    const need = { durationMinutes: 60, beforeMinutes: 90, afterMinutes: 30 };
    expect(starts(facts(), '2026-06-03', need)[0]).toBe('09:00');
    const busy = [claim('2026-06-03T13:00+02:00', '2026-06-03T14:00+02:00')];
    expect(starts(facts({ busy }), '2026-06-03', need)).toEqual([
      '09:00',
      '09:30',
      '10:00',
      '10:30',
      '11:00',
      '15:30',
      '16:00',
    ]);
  });

  it.each([
    ['2026-06-03T08:30+02:00', 120, '10:30'],
    ['2026-06-03T08:31+02:00', 120, '11:00'],
    ['2026-06-03T09:00+02:00', 0, '09:00'],
    ['2026-06-03T09:00:01+02:00', 0, '09:30'],
    ['2026-06-02T10:00+02:00', 1440, '10:00'],
  ])('at %s with %d minutes of notice the first start is %s', (now, minimumNoticeMinutes, first) => {
    expect(starts(facts({ nowMs: at(now) }, { minimumNoticeMinutes }))[0]).toBe(first);
  });

  it('the horizon ends with a local day of the coach', () => {
    const near = facts({ nowMs: at('2026-06-01T23:30+02:00') }, { bookingHorizonDays: 2 });
    expect(starts(near, '2026-06-03')).toHaveLength(12);
    expect(starts(near, '2026-06-04')).toEqual([]);
  });

  it('A158 caps count sessions by local day, and by week from Monday', () => {
    const busy = [
      claim('2026-06-03T09:00+02:00', '2026-06-03T10:00+02:00'),
      claim('2026-06-03T14:00+02:00', '2026-06-03T15:00+02:00'),
      claim('2026-06-04T09:00+02:00', '2026-06-04T10:00+02:00'),
    ];
    expect(starts(facts({ busy }, { mostSessionsPerDay: 2 }), '2026-06-03')).toEqual([]);
    expect(starts(facts({ busy }, { mostSessionsPerDay: 2 }), '2026-06-04')).not.toEqual([]);
    expect(starts(facts({ busy }, { mostSessionsPerDay: 3 }), '2026-06-03')).not.toEqual([]);
    expect(starts(facts({ busy }, { mostSessionsPerWeek: 3 }), '2026-06-05')).toEqual([]);
    expect(starts(facts({ busy }, { mostSessionsPerWeek: 3 }), '2026-06-08')).not.toEqual([]);
    expect(starts(facts({ busy }, { mostSessionsPerWeek: 4 }), '2026-06-05')).not.toEqual([]);
  });

  describe('on days when the clocks change', () => {
    const allDay = { weekly: [{ weekday: 7, startsMinute: 0, endsMinute: 1440 }] };

    it('A177 a whole Sunday has 23 hours in spring and 25 in autumn', () => {
      const given = facts(
        { ...allDay, nowMs: at('2026-03-01T00:00Z'), covered: { fromMs: 0, toMs: at('2027-01-01T00:00Z') } },
        {
          startIncrementMinutes: 60,
          bookingHorizonDays: 365,
        },
      );
      const spring = starts(given, '2026-03-29');
      expect(spring).toHaveLength(23);
      expect(spring).not.toContain('02:00');
      const autumn = starts(given, '2026-10-25');
      expect(autumn).toHaveLength(25);
      expect(autumn.filter((wall) => wall === '02:00')).toHaveLength(2);
    });

    it.each([
      // Hours that begin or end in the gap of 29 March move forward by an hour.
      ['2026-03-29', 1 * 60, 2 * 60 + 30, ['2026-03-29T00:00:00.000Z', '2026-03-29T00:30:00.000Z']],
      ['2026-03-29', 2 * 60 + 30, 4 * 60 + 30, ['2026-03-29T01:30:00.000Z']],
      ['2026-03-29', 2 * 60, 3 * 60, []],
      // An hour that comes twice on 25 October begins with the earlier one, and ends with the earlier one.
      [
        '2026-10-25',
        2 * 60,
        3 * 60,
        ['2026-10-25T00:00:00.000Z', '2026-10-25T00:30:00.000Z', '2026-10-25T01:00:00.000Z'],
      ],
      ['2026-10-25', 1 * 60, 2 * 60 + 30, ['2026-10-24T23:00:00.000Z', '2026-10-24T23:30:00.000Z']],
    ])('on %s hours from minute %d to %d give %j', (date, startsMinute, endsMinute, expected) => {
      const given = facts(
        {
          weekly: [{ weekday: 7, startsMinute, endsMinute }],
          nowMs: at('2026-03-01T00:00Z'),
          covered: { fromMs: 0, toMs: at('2027-01-01T00:00Z') },
        },
        { bookingHorizonDays: 365 },
      );
      const fromMs = at(`${date}T00:00Z`) - 6 * 3_600_000;
      const found = freeStarts(given, hour, { fromMs, toMs: fromMs + 36 * 3_600_000 });
      expect(found.map((startMs) => new Date(startMs).toISOString())).toEqual(expected);
    });
  });

  it('is a bug to ask beyond what the facts cover, and nothing to ask about an empty range', () => {
    const { covered } = facts();
    expect(() => freeStarts(facts(), hour, { fromMs: covered.fromMs - 1, toMs: covered.toMs })).toThrow(
      RangeError,
    );
    expect(() => whyNotFree(facts(), hour, covered.toMs + 1)).toThrow(RangeError);
    expect(freeStarts(facts(), hour, { fromMs: covered.toMs, toMs: covered.fromMs })).toEqual([]);
  });
});

describe('whyNotFree', () => {
  const codes = (given: FreeTimeFacts, start: string, need = hour): string[] =>
    whyNotFree(given, need, at(start)).map(({ code }) => code);
  const texts = (given: FreeTimeFacts, start: string, need = hour): string[] =>
    whyNotFree(given, need, at(start)).map(({ text }) => text);

  it.each<[string, FreeTimeFacts, string, string[], RegExp]>([
    [
      'the past',
      facts({ nowMs: at('2026-06-03T12:00+02:00') }),
      '2026-06-03T10:00+02:00',
      ['in_the_past'],
      /has passed/,
    ],
    [
      'notice',
      facts({}, { minimumNoticeMinutes: 4320 }),
      '2026-06-03T10:00+02:00',
      ['notice'],
      /Less than 72 h notice/,
    ],
    [
      'odd notice',
      facts({}, { minimumNoticeMinutes: 3500 }),
      '2026-06-03T10:00+02:00',
      ['notice'],
      /Less than 3500 min/,
    ],
    [
      'the horizon',
      facts({}, { bookingHorizonDays: 1 }),
      '2026-06-03T10:00+02:00',
      ['horizon'],
      /More than 1 day ahead/,
    ],
    ['hours', facts(), '2026-06-03T12:00+02:00', ['outside_hours'], /Outside the working hours/],
    ['the end of the hours', facts(), '2026-06-03T16:30+02:00', ['outside_hours'], /Outside/],
    [
      'a closed date',
      facts({ overrides: new Map([['2026-06-03', []]]) }),
      '2026-06-03T10:00+02:00',
      ['override_closed'],
      /Closed on 2026-06-03/,
    ],
    ['the grid', facts(), '2026-06-03T10:10+02:00', ['not_on_grid'], /every 30 minutes/],
    [
      'time off',
      facts({ timeOff: [off(at('2026-06-03T10:30+02:00'), at('2026-06-04T12:00+02:00'))] }),
      '2026-06-03T10:00+02:00',
      ['time_off'],
      /Time off until 2026-06-04 12:00 \(Europe\/Berlin\)/,
    ],
    [
      'a session',
      facts({ busy: [claim('2026-06-03T10:30+02:00', '2026-06-03T11:30+02:00')] }),
      '2026-06-03T10:00+02:00',
      ['taken'],
      /Taken by ses_/,
    ],
    [
      'the buffer of a session',
      facts({ busy: [claim('2026-06-03T11:00+02:00', '2026-06-03T12:00+02:00', 15)] }),
      '2026-06-03T10:00+02:00',
      ['buffer'],
      /In the buffer of ses_/,
    ],
    [
      'a full day and week',
      facts(
        { busy: [claim('2026-06-03T13:00+02:00', '2026-06-03T14:00+02:00')] },
        { mostSessionsPerDay: 1, mostSessionsPerWeek: 1 },
      ),
      '2026-06-03T10:00+02:00',
      ['cap_day', 'cap_week'],
      /The day has its 1 sessions already/,
    ],
  ])('names %s', (_, given, start, expected, text) => {
    expect(codes(given, start)).toEqual(expected);
    expect(texts(given, start)[0]).toMatch(text);
    expect(isFree(given, hour, at(start))).toBe(false);
  });

  it('names its own buffer, where only that reaches another session', () => {
    const busy = [claim('2026-06-03T11:00+02:00', '2026-06-03T12:00+02:00')];
    const need = { durationMinutes: 60, beforeMinutes: 0, afterMinutes: 10 };
    const [reason] = whyNotFree(facts({ busy }), need, at('2026-06-03T10:00+02:00'));
    expect(reason).toMatchObject({ code: 'buffer', sessionId: SESSION });
    expect(reason?.text).toMatch(/^Its own buffer would reach into ses_/);
  });

  it('names everything at once, and the session that has the time', () => {
    const busy = [claim('2026-06-06T10:00+02:00', '2026-06-06T11:00+02:00')];
    const given = facts(
      { busy, timeOff: [off(at('2026-06-06T00:00Z'), at('2026-06-07T00:00Z'))] },
      { minimumNoticeMinutes: 10_080 },
    );
    const reasons = whyNotFree(given, hour, at('2026-06-06T10:00+02:00'));
    expect(reasons.map(({ code }) => code)).toEqual(['notice', 'outside_hours', 'time_off', 'taken']);
    expect(reasons.at(-1)).toMatchObject({ sessionId: SESSION });
  });

  it('tells a client no more than that the time is taken or the coach away, each once', () => {
    const busy = [
      claim('2026-06-06T10:00+02:00', '2026-06-06T11:00+02:00'),
      claim('2026-06-06T11:00+02:00', '2026-06-06T12:00+02:00', 15),
    ];
    const given = facts({
      busy,
      timeOff: [off(at('2026-06-06T00:00Z'), at('2026-06-07T00:00Z'))],
    });
    const shown = publicReasons(whyNotFree(given, hour, at('2026-06-06T10:00+02:00')));
    expect(shown).toEqual([
      { code: 'outside_hours', text: 'The coach does not work at that time.' },
      { code: 'taken', text: 'The time is taken.' },
    ]);
    expect(JSON.stringify(shown)).not.toContain('ses_');
  });
});

describe('nearestFreeStarts', () => {
  it('are the nearest on both sides, in order of time; of two as near the earlier', () => {
    const busy = [claim('2026-06-03T14:00+02:00', '2026-06-03T15:00+02:00')];
    const near = nearestFreeStarts(facts({ busy }), hour, at('2026-06-03T14:00+02:00'), 3);
    expect(near.map((startMs) => wallTimeOf(new Date(startMs), BERLIN))).toEqual([
      '2026-06-03T13:00:00',
      '2026-06-03T15:00:00',
      '2026-06-03T15:30:00',
    ]);
    expect(nearestFreeStarts(facts({ weekly: [] }), hour, at('2026-06-03T14:00+02:00'), 3)).toEqual([]);
  });
});
