import * as fc from 'fast-check';
import type { FreeTimeFacts, NeededTime } from './calendar';
import { freeStarts, isFree, whyNotFree } from './free-time';
import { referenceFreeStarts, WallClock } from './free-time.reference';
import type { Span } from './spans';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const YEARS = { fromMs: Date.UTC(2026, 0, 1), toMs: Date.UTC(2029, 0, 1) };

/** Changes at midnight, by half an hour, at odd offsets, on both hemispheres, several within weeks (Ramadan). */
const ZONES = [
  'Europe/Berlin',
  'Europe/London',
  'Atlantic/Azores',
  'America/New_York',
  'America/St_Johns',
  'America/Havana',
  'America/Santiago',
  'America/Nuuk',
  'Africa/Cairo',
  'Africa/Casablanca',
  'Australia/Lord_Howe',
  'Pacific/Chatham',
];

/** First instants of new offsets, found by Intl alone. */
function changesOf(timezone: string): number[] {
  const format = new Intl.DateTimeFormat('en-US', { timeZone: timezone, timeZoneName: 'longOffset' });
  const offsetAt = (atMs: number): string => format.format(atMs).split(' ').at(-1) ?? '';
  const changes: number[] = [];
  for (let dayMs = YEARS.fromMs; dayMs < YEARS.toMs; dayMs += DAY_MS) {
    let before = dayMs;
    let after = dayMs + DAY_MS;
    if (offsetAt(before) === offsetAt(after)) continue;
    while (after - before > MINUTE_MS) {
      const middle = before + Math.floor((after - before) / 2 / MINUTE_MS) * MINUTE_MS;
      if (offsetAt(middle) === offsetAt(before)) before = middle;
      else after = middle;
    }
    changes.push(after);
  }
  return changes;
}

const minutes = (max: number): fc.Arbitrary<number> =>
  fc.integer({ min: 0, max: max / 5 }).map((fives) => fives * 5);

/** Up to three intervals of one day that do not overlap, though they may touch. */
const intervalsOfDay = fc
  .uniqueArray(minutes(1440), { minLength: 2, maxLength: 6 })
  .map((edges) => edges.sort((a, b) => a - b))
  .chain((edges) =>
    fc.boolean().map((touching) => {
      const pairs = [];
      for (let at = 0; at + 1 < edges.length; at += touching ? 1 : 2) {
        pairs.push({ startsMinute: edges[at]!, endsMinute: edges[at + 1]! });
      }
      return pairs;
    }),
  );
const allDay = fc.constant([{ startsMinute: 0, endsMinute: 1440 }]);
const night = fc.constant([
  { startsMinute: 0, endsMinute: 150 },
  { startsMinute: 150, endsMinute: 240 },
  { startsMinute: 1320, endsMinute: 1440 },
]);
const dayHours = fc.oneof(intervalsOfDay, allDay, night);

function spanIn(range: Span, longestMinutes: number): fc.Arbitrary<Span> {
  const ticks = (range.toMs - range.fromMs) / (5 * MINUTE_MS);
  return fc.tuple(fc.integer({ min: 0, max: ticks }), minutes(longestMinutes)).map(([tick, length]) => {
    const fromMs = range.fromMs + tick * 5 * MINUTE_MS;
    return { fromMs, toMs: fromMs + Math.max(5, length) * MINUTE_MS };
  });
}

function factsAround(timezone: string, range: Span): fc.Arbitrary<FreeTimeFacts> {
  const wide = { fromMs: range.fromMs - DAY_MS, toMs: range.toMs + DAY_MS };
  const dates = Array.from({ length: 7 }, (_, index) =>
    new Date(range.fromMs + (index - 2) * DAY_MS).toISOString().slice(0, 10),
  );
  return fc.record({
    timezone: fc.constant(timezone),
    weekly: fc
      .array(fc.tuple(fc.integer({ min: 1, max: 7 }), dayHours), { minLength: 3, maxLength: 9 })
      .map((days) =>
        [...new Map(days)].flatMap(([weekday, hours]) => hours.map((each) => ({ weekday, ...each }))),
      ),
    overrides: fc
      .array(fc.tuple(fc.constantFrom(...dates), fc.oneof(dayHours, fc.constant([]))), { maxLength: 3 })
      .map((entries) => new Map(entries)),
    timeOff: fc.array(spanIn(wide, 600), { maxLength: 3 }),
    busy: fc.array(spanIn(wide, 180), { maxLength: 8 }).map((spans) =>
      spans.map((span, index) => ({
        ...span,
        sessionId: `0190a1b2-0000-7000-8000-00000000000${index}`,
        session: index % 3 === 2 ? null : span,
      })),
    ),
    nowMs: fc.oneof(
      spanIn(wide, 5).map(({ fromMs }) => fromMs),
      fc.constant(range.fromMs - 3 * DAY_MS),
    ),
    rules: fc.record({
      startIncrementMinutes: fc.constantFrom(5, 10, 15, 25, 30, 45, 60, 90, 240),
      minimumNoticeMinutes: fc.constantFrom(0, 120, 1440, 2880),
      bookingHorizonDays: fc.constantFrom(1, 3, 90),
      mostSessionsPerDay: fc.constantFrom(null, null, 1, 2),
      mostSessionsPerWeek: fc.constantFrom(null, null, 3),
    }),
    covered: fc.constant(range),
  });
}

const needs: fc.Arbitrary<NeededTime> = fc.record({
  durationMinutes: fc.constantFrom(5, 25, 30, 50, 60, 90, 720),
  beforeMinutes: fc.constantFrom(0, 0, 15, 60),
  afterMinutes: fc.constantFrom(0, 10, 60),
});

/** Ticks, three days, with the change in the middle. */
const around = (changeMs: number): Span => ({
  fromMs: changeMs - 36 * 3_600_000,
  toMs: changeMs + 36 * 3_600_000,
});

describe('free time', () => {
  it.each(ZONES)(
    'A177 slots equal a reference on random calendars over every change of the clocks 2026–2028: %s',
    (timezone) => {
      const changes = changesOf(timezone);
      expect(changes).not.toEqual([]);
      let slots = 0;
      for (const change of changes) {
        const range = around(change);
        const clock = new WallClock(timezone, range);
        fc.assert(
          fc.property(factsAround(timezone, range), needs, (facts, need) => {
            const starts = freeStarts(facts, need, range);
            expect(starts).toEqual(referenceFreeStarts(facts, need, range, clock));
            slots += starts.length;
          }),
          { numRuns: 40 },
        );
      }
      // The comparison is of something: the calendars are neither all empty nor all full.
      expect(slots).toBeGreaterThan(100);
    },
  );

  it('A177 slots equal the reference on ordinary days', () => {
    const range = { fromMs: Date.UTC(2026, 5, 9), toMs: Date.UTC(2026, 5, 14) };
    const clock = new WallClock('Asia/Kathmandu', range);
    fc.assert(
      fc.property(factsAround('Asia/Kathmandu', range), needs, (facts, need) => {
        expect(freeStarts(facts, need, range)).toEqual(referenceFreeStarts(facts, need, range, clock));
      }),
      { numRuns: 100 },
    );
  });

  it.each(['Europe/Berlin', 'Australia/Lord_Howe', 'America/Havana'])(
    'a start is shown exactly when nothing stands against it: %s',
    (timezone) => {
      for (const change of changesOf(timezone).slice(0, 2)) {
        const range = around(change);
        fc.assert(
          fc.property(
            factsAround(timezone, range),
            needs,
            fc.array(spanIn(range, 5), { minLength: 20, maxLength: 20 }),
            (facts, need, spans) => {
              const shown = freeStarts(facts, need, range);
              const starts = new Set(shown);
              for (const startMs of shown) expect(whyNotFree(facts, need, startMs)).toEqual([]);
              for (const { fromMs } of spans) {
                if (fromMs < range.toMs) expect(isFree(facts, need, fromMs)).toBe(starts.has(fromMs));
              }
            },
          ),
          { numRuns: 30 },
        );
      }
    },
  );

  it('a part of a range has the same starts as the whole', () => {
    const range = around(changesOf('Europe/Berlin')[0]!);
    fc.assert(
      fc.property(factsAround('Europe/Berlin', range), needs, spanIn(range, 1440), (facts, need, span) => {
        const part = { fromMs: span.fromMs, toMs: Math.min(span.toMs, range.toMs) };
        const whole = freeStarts(facts, need, range);
        expect(freeStarts(facts, need, part)).toEqual(
          whole.filter((startMs) => startMs >= part.fromMs && startMs < part.toMs),
        );
      }),
      { numRuns: 200 },
    );
  });

  it('A157 no start that is shown blocks time of a claim, nor of another start taken from the list', () => {
    const range = around(changesOf('Europe/Berlin')[1]!);
    fc.assert(
      fc.property(factsAround('Europe/Berlin', range), needs, (facts, need) => {
        const blocked = (startMs: number): Span => ({
          fromMs: startMs - need.beforeMinutes * MINUTE_MS,
          toMs: startMs + (need.durationMinutes + need.afterMinutes) * MINUTE_MS,
        });
        let present = facts;
        for (let booked = 0; booked < 5; booked += 1) {
          const starts = freeStarts(present, need, range);
          const next = starts[Math.floor(starts.length / 2)];
          if (next === undefined) return;
          const claim = blocked(next);
          for (const busy of present.busy)
            expect(claim.toMs <= busy.fromMs || busy.toMs <= claim.fromMs).toBe(true);
          const session = { fromMs: next, toMs: next + need.durationMinutes * MINUTE_MS };
          present = {
            ...present,
            busy: [...present.busy, { ...claim, sessionId: '0190a1b2-0000-7000-8000-000000000099', session }],
          };
        }
      }),
      { numRuns: 200 },
    );
  });
});
