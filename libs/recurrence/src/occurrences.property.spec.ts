import * as fc from 'fast-check';
import { DateTime } from 'luxon';
import { anchorRule } from './anchor-rule';
import { InvalidRule } from './invalid-rule';
import { lastOccurrence, nextOccurrence, occurrences, type Occurrence } from './occurrences';
import { parseRule, ruleText } from './rule-text';
import { ReferenceClocks, referenceOccurrences } from './recurrence.reference';
import type { RecurrenceRule, SeriesStart } from './rule';
import { anyLocalStart, anyRule, anyZone, ZONES } from './rules.test-world';

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
const TEN_YEARS = { from: new Date(Date.UTC(2023, 11, 31)), until: new Date(Date.UTC(2033, 11, 31)) };
const MOST = 4_000;
const clocks = new ReferenceClocks(Date.UTC(2023, 11, 1), Date.UTC(2036, 0, 1));

const wallTime = (localMs: number): string => new Date(localMs).toISOString().slice(0, 19);

function expected(rule: RecurrenceRule, start: SeriesStart) {
  return referenceOccurrences(
    rule,
    start,
    TEN_YEARS.until.getTime() + 2 * DAY_MS,
    clocks.of(start.timezone),
  ).filter(({ instantMs }) => instantMs >= TEN_YEARS.from.getTime() && instantMs < TEN_YEARS.until.getTime());
}

function expectAgreement(rule: RecurrenceRule, start: SeriesStart): Occurrence[] {
  const found = occurrences(rule, start, TEN_YEARS, MOST);
  // As one text each: comparing thousands of small arrays would take most of the time.
  expect(
    found
      .map(({ originalLocalStart, startsAt, gapShifted, ambiguous }) =>
        [originalLocalStart, startsAt.getTime(), gapShifted, ambiguous].join(' '),
      )
      .join('\n'),
  ).toBe(
    expected(rule, start)
      .map(({ localMs, instantMs, gapShifted, ambiguous }) =>
        [wallTime(localMs), instantMs, gapShifted, ambiguous].join(' '),
      )
      .join('\n'),
  );
  return found;
}

/** What a clock of the zone shows, by luxon. */
function shown(atMs: number, zone: string): string {
  return DateTime.fromMillis(atMs, { zone }).toFormat("yyyy-MM-dd'T'HH:mm:ss");
}

/** The rule of domain.md 4, without any expansion of the reference: by reading the zone's clock around the start. */
function expectWrittenRule(occurrence: Occurrence, zone: string): void {
  const { originalLocalStart, localStart, gapShifted, ambiguous } = occurrence;
  const startsAtMs = occurrence.startsAt.getTime();
  expect(shown(startsAtMs, zone)).toBe(localStart);
  const around = Array.from({ length: 25 }, (_, quarters) => (quarters - 12) * 15 * MINUTE_MS);
  const showing = around.filter((apart) => shown(startsAtMs + apart, zone) === originalLocalStart);
  if (gapShifted) {
    expect(showing).toEqual([]);
    const gapMs = Date.parse(`${localStart}Z`) - Date.parse(`${originalLocalStart}Z`);
    const before = DateTime.fromMillis(startsAtMs - 12 * 60 * MINUTE_MS, { zone }).offset;
    const after = DateTime.fromMillis(startsAtMs, { zone }).offset;
    expect(gapMs).toBe((after - before) * MINUTE_MS);
    expect(gapMs).toBeGreaterThan(0);
  } else {
    expect(localStart).toBe(originalLocalStart);
    expect(showing[0]).toBe(0);
    expect(showing.length > 1).toBe(ambiguous);
  }
}

describe('ten years of a rule in each of 24 zones, against a walk over every day', () => {
  const RULES = [
    'FREQ=DAILY',
    'FREQ=WEEKLY;BYDAY=SU',
    'FREQ=WEEKLY;INTERVAL=2;BYDAY=SA,SU',
    'FREQ=MONTHLY;BYDAY=-1SU',
    'FREQ=MONTHLY;BYDAY=2SU,1FR',
    'FREQ=MONTHLY;BYMONTHDAY=31',
  ].map(parseRule);
  const touchedBy = new Map(RULES.map((rule) => [ruleText(rule), new Set<'gap' | 'overlap'>()]));

  it.each(ZONES)(
    'A108 %s: every wall time holds, gaps move forward, overlaps take the earlier',
    (timezone) => {
      const touchingTimes = clocks.of(timezone).touchedTimesOfDay().slice(0, 3);
      const touched = { gap: 0, overlap: 0 };
      for (const rule of RULES) {
        for (const time of ['18:00:00', ...touchingTimes]) {
          const found = expectAgreement(rule, { localStart: `2024-01-06T${time}`, timezone });
          for (const occurrence of found.filter(({ gapShifted, ambiguous }) => gapShifted || ambiguous)) {
            expectWrittenRule(occurrence, timezone);
            touched[occurrence.gapShifted ? 'gap' : 'overlap'] += 1;
            touchedBy.get(ruleText(rule))?.add(occurrence.gapShifted ? 'gap' : 'overlap');
          }
        }
      }
      if (touchingTimes.length === 0) expect(touched).toEqual({ gap: 0, overlap: 0 });
      else expect([timezone, touched.gap > 0, touched.overlap > 0]).toEqual([timezone, true, true]);
    },
  );

  it('A108 meets gaps and overlaps with every kind of rule, also with the nth weekday', () => {
    expect([...touchedBy].map(([rule, met]) => [rule, [...met].sort()])).toEqual(
      RULES.map((rule) => [ruleText(rule), ['gap', 'overlap']]),
    );
  });
});

describe('any rule in any zone', () => {
  it('agrees with the walk over every day, and each start with the written rule', () => {
    fc.assert(
      fc.property(anyRule, anyLocalStart, anyZone, (rule, localStart, timezone) => {
        const found = expectAgreement(rule, { localStart, timezone });
        for (const occurrence of found.slice(0, 6)) expectWrittenRule(occurrence, timezone);
        if (rule.count !== undefined) {
          expect(found.map(({ ordinal }) => ordinal)).toEqual(found.map((_, index) => index + 1));
        }
      }),
      { numRuns: 200 },
    );
  });

  it('gives the same occurrences however its window is cut', () => {
    const cuts = fc.array(fc.integer({ min: 0, max: 3_653 * 24 * 4 }), { maxLength: 6 });
    fc.assert(
      fc.property(anyRule, anyLocalStart, anyZone, cuts, (rule, localStart, timezone, quarters) => {
        const start = { localStart, timezone };
        const whole = occurrences(rule, start, TEN_YEARS, MOST);
        // Cuts upon starts, where an occurrence could be lost or found twice, and anywhere else.
        const onStarts = quarters.flatMap((quarter) => {
          const occurrence = whole[quarter % (whole.length || 1)];
          const startsAtMs = occurrence?.startsAt.getTime();
          return startsAtMs === undefined ? [] : [startsAtMs, startsAtMs + 1];
        });
        const bounds = [
          ...quarters.map((quarter) => TEN_YEARS.from.getTime() + quarter * 900_000),
          ...onStarts,
        ];
        const sorted = [TEN_YEARS.from.getTime(), ...bounds.sort((a, b) => a - b), TEN_YEARS.until.getTime()];
        const pieces = sorted
          .slice(1)
          .flatMap((untilMs, index) =>
            occurrences(rule, start, { from: new Date(sorted[index] ?? 0), until: new Date(untilMs) }, MOST),
          );
        expect(pieces).toEqual(whole);
      }),
      { numRuns: 100 },
    );
  });

  it('has the first and the last of them without a window', () => {
    fc.assert(
      fc.property(anyRule, anyLocalStart, anyZone, fc.integer(), (rule, localStart, timezone, any) => {
        const start = { localStart, timezone };
        const all = occurrences(rule, start, TEN_YEARS, MOST);
        expect(nextOccurrence(rule, start)).toEqual(all[0] ?? nextOccurrence(rule, start, TEN_YEARS.until));
        const some = all.at(any % (all.length || 1));
        if (some) {
          expect(nextOccurrence(rule, start, some.startsAt)).toEqual(some);
          const next = all[all.indexOf(some) + 1];
          const later = nextOccurrence(rule, start, new Date(some.startsAt.getTime() + 1));
          if (next) expect(later).toEqual(next);
          else expect(later === undefined || later.startsAt >= TEN_YEARS.until).toBe(true);
        }
        const last = lastOccurrence(rule, start);
        if (rule.count === undefined && rule.until === undefined) expect(last).toBeUndefined();
        else if (last === undefined || last.startsAt < TEN_YEARS.until) expect(last).toEqual(all.at(-1));
        else expect(occurrences(rule, start, TEN_YEARS, MOST)).toEqual(all);
      }),
      { numRuns: 100 },
    );
  });

  it('is the same rule once it is anchored, and its start is then its first occurrence', () => {
    fc.assert(
      fc.property(anyRule, anyLocalStart, anyZone, (rule, localStart, timezone) => {
        const start = { localStart, timezone };
        const all = occurrences(rule, start, TEN_YEARS, MOST);
        try {
          const anchored = anchorRule(rule, start);
          expect(occurrences(anchored.rule, anchored.start, TEN_YEARS, MOST)).toEqual(all);
          if (all[0]) expect(anchored.start.localStart).toBe(all[0].originalLocalStart);
          expect(anchorRule(anchored.rule, anchored.start)).toEqual(anchored);
        } catch (error) {
          if (!(error instanceof InvalidRule)) throw error;
          if (error.reason === 'never_occurs') expect(all).toEqual([]);
          else expect(error.part).toBe('COUNT');
        }
      }),
      { numRuns: 100 },
    );
  });
});
