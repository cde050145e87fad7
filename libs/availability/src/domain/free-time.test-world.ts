import * as fc from 'fast-check';
import type { FreeTimeFacts, NeededTime } from './calendar';
import type { Span } from './spans';

/** Random calendars; all their times lie on ticks of five minutes, which the reference needs. */
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** First instants of new offsets, found by Intl alone. */
export function changesOf(timezone: string, years: Span): number[] {
  const format = new Intl.DateTimeFormat('en-US', { timeZone: timezone, timeZoneName: 'longOffset' });
  const offsetAt = (atMs: number): string => format.format(atMs).split(' ').at(-1) ?? '';
  const changes: number[] = [];
  for (let dayMs = years.fromMs; dayMs < years.toMs; dayMs += DAY_MS) {
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
export const dayHours = fc.oneof(intervalsOfDay, allDay, night);

export function spanIn(range: Span, longestMinutes: number): fc.Arbitrary<Span> {
  const ticks = (range.toMs - range.fromMs) / (5 * MINUTE_MS);
  return fc.tuple(fc.integer({ min: 0, max: ticks }), minutes(longestMinutes)).map(([tick, length]) => {
    const fromMs = range.fromMs + tick * 5 * MINUTE_MS;
    return { fromMs, toMs: fromMs + Math.max(5, length) * MINUTE_MS };
  });
}

const KINDS = ['session', 'hold', 'proposed_time'] as const;

export const week = fc
  .array(fc.tuple(fc.integer({ min: 1, max: 7 }), dayHours), { minLength: 3, maxLength: 9 })
  .map((days) =>
    [...new Map(days)].flatMap(([weekday, hours]) => hours.map((each) => ({ weekday, ...each }))),
  );

export function factsAround(timezone: string, range: Span): fc.Arbitrary<FreeTimeFacts> {
  const wide = { fromMs: range.fromMs - DAY_MS, toMs: range.toMs + DAY_MS };
  const dates = Array.from({ length: 7 }, (_, index) =>
    new Date(range.fromMs + (index - 2) * DAY_MS).toISOString().slice(0, 10),
  );
  return fc.record({
    timezone: fc.constant(timezone),
    weekly: week,
    offeringWeekly: fc.oneof({ weight: 2, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: week }),
    overrides: fc
      .array(fc.tuple(fc.constantFrom(...dates), fc.oneof(dayHours, fc.constant([]))), { maxLength: 3 })
      .map((entries) => new Map(entries)),
    timeOff: fc
      .array(fc.tuple(spanIn(wide, 600), fc.constantFrom('time_off', 'break', 'prep')), { maxLength: 3 })
      .map((stretches) => stretches.map(([span, kind]) => ({ ...span, kind }))),
    busy: fc.array(spanIn(wide, 180), { maxLength: 8 }).map((spans) =>
      spans.map((span, index) => ({
        ...span,
        sessionId: `0190a1b2-0000-7000-8000-00000000000${index}`,
        kind: KINDS[index % 3]!,
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

export const needs: fc.Arbitrary<NeededTime> = fc.record({
  durationMinutes: fc.constantFrom(5, 25, 30, 50, 60, 90, 720),
  beforeMinutes: fc.constantFrom(0, 0, 15, 60),
  afterMinutes: fc.constantFrom(0, 10, 60),
});
