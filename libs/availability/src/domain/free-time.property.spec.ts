import * as fc from 'fast-check';
import type { BusySpan } from './calendar';
import { freeStarts, isFree, whyNotFree } from './free-time';
import { whyNotFreeTogether, type WantedStart } from './free-together';
import { referenceFreeStarts, WallClock } from './free-time.reference';
import { changesOf as changesBetween, factsAround, needs, spanIn } from './free-time.test-world';
import type { Span } from './spans';

const RUNS_PER_CHANGE = 10;
const MINUTE_MS = 60_000;
const changesOf = (timezone: string): number[] => changesBetween(timezone, YEARS);
const YEARS = { fromMs: Date.UTC(2026, 0, 1), toMs: Date.UTC(2031, 0, 1) };

/** Changes at midnight, by half an hour and by two, at odd offsets, on both hemispheres, several within weeks (Ramadan). */
const ZONES = [
  'Africa/Cairo',
  'Africa/Casablanca',
  'America/Chicago',
  'America/Havana',
  'America/Los_Angeles',
  'America/New_York',
  'America/Nuuk',
  'America/Santiago',
  'America/St_Johns',
  'Antarctica/Troll',
  'Asia/Beirut',
  'Asia/Gaza',
  'Asia/Jerusalem',
  'Atlantic/Azores',
  'Australia/Adelaide',
  'Australia/Lord_Howe',
  'Australia/Sydney',
  'Europe/Berlin',
  'Europe/Dublin',
  'Europe/London',
  'Pacific/Auckland',
  'Pacific/Chatham',
  'Pacific/Easter',
  'Pacific/Norfolk',
];

/** Ticks, three days, with the change in the middle. */
const around = (changeMs: number): Span => ({
  fromMs: changeMs - 36 * 3_600_000,
  toMs: changeMs + 36 * 3_600_000,
});

describe('free time', () => {
  it.each(ZONES)(
    'A177 slots equal a reference on random calendars over every change of the clocks 2026–2030: %s',
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
          { numRuns: RUNS_PER_CHANGE },
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
        let present = facts;
        for (let booked = 0; booked < 5; booked += 1) {
          const starts = freeStarts(present, need, range);
          const next = starts[Math.floor(starts.length / 2)];
          if (next === undefined) return;
          const claim = claimOf({ ...need, startMs: next });
          for (const busy of present.busy)
            expect(claim.toMs <= busy.fromMs || busy.toMs <= claim.fromMs).toBe(true);
          present = { ...present, busy: [...present.busy, claim] };
        }
      }),
      { numRuns: 200 },
    );
  });

  it.each(['America/New_York', 'Pacific/Chatham'])(
    'A158 starts that are taken together are judged as if each were booked before the next: %s',
    (timezone) => {
      const range = around(changesOf(timezone)[0]!);
      const wanted = fc.array(fc.tuple(spanIn(range, 5), needs, fc.nat()), { minLength: 1, maxLength: 30 });
      let free = 0;
      fc.assert(
        fc.property(factsAround(timezone, range), wanted, (facts, entries) => {
          // Most of them are free when asked alone; the others lie anywhere.
          const starts: WantedStart[] = entries.map(([{ fromMs }, need, pick]) => {
            const alone = freeStarts(facts, need, range);
            return { ...need, startMs: alone[pick % (alone.length + 1)] ?? fromMs };
          });
          const found = whyNotFreeTogether(facts, starts);
          let present = facts;
          for (const start of starts.toSorted((a, b) => a.startMs - b.startMs)) {
            const answer = found[starts.indexOf(start)]!;
            expect(answer.length === 0).toBe(isFree(present, start, start.startMs));
            if (answer.length > 0) continue;
            free += 1;
            present = { ...present, busy: [...present.busy, claimOf(start)] };
          }
          const alone = whyNotFreeTogether(facts, starts, { oneOf: true });
          expect(alone).toEqual(starts.map((start) => whyNotFree(facts, start, start.startMs)));
        }),
        { numRuns: 200 },
      );
      expect(free).toBeGreaterThan(100);
    },
  );
});

function claimOf(start: WantedStart): BusySpan {
  const { startMs, durationMinutes, beforeMinutes, afterMinutes } = start;
  return {
    fromMs: startMs - beforeMinutes * MINUTE_MS,
    toMs: startMs + (durationMinutes + afterMinutes) * MINUTE_MS,
    sessionId: '0190a1b2-0000-7000-8000-000000000099',
    kind: 'session',
    session: { fromMs: startMs, toMs: startMs + durationMinutes * MINUTE_MS },
  };
}
