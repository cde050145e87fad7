import * as fc from 'fast-check';
import { occurrences } from './occurrences';
import { parseRule, ruleText } from './rule-text';
import type { AnchoredRule, RecurrenceRule, SeriesStart } from './rule';
import { anyLocalStart, anyRule, anyZone } from './rules.test-world';
import { splitRule } from './split-rule';

const TEN_YEARS = { from: new Date(Date.UTC(2023, 11, 31)), until: new Date(Date.UTC(2033, 11, 31)) };

function startsOf(anchored: AnchoredRule | undefined): string[] {
  if (!anchored) return [];
  return listed(anchored.rule, anchored.start);
}

function listed(rule: RecurrenceRule, start: SeriesStart): string[] {
  return occurrences(rule, start, TEN_YEARS, 4_000).map(({ originalLocalStart }) => originalLocalStart);
}

describe('splitRule', () => {
  const start = { localStart: '2026-06-02T18:00', timezone: 'Europe/Berlin' };
  const split = (text: string, at: string) => {
    const { head, tail } = splitRule(parseRule(text), start, at);
    return [head, tail].map(
      (half) => half && `${ruleText(half.rule)} from ${half.start.localStart.slice(0, 16)}`,
    );
  };

  it.each([
    [
      'FREQ=WEEKLY;COUNT=5',
      '2026-06-16T18:00',
      'FREQ=WEEKLY;BYDAY=TU;UNTIL=20260609 from 2026-06-02T18:00',
      'FREQ=WEEKLY;BYDAY=TU;COUNT=3 from 2026-06-16T18:00',
    ],
    [
      'FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,TH;UNTIL=20261231',
      '2026-06-05T00:00',
      'FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,TH;UNTIL=20260604 from 2026-06-02T18:00',
      'FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,TH;UNTIL=20261231 from 2026-06-16T18:00',
    ],
    [
      'FREQ=MONTHLY;BYDAY=1TU',
      '2026-06-02T18:01',
      'FREQ=MONTHLY;BYDAY=1TU;UNTIL=20260602 from 2026-06-02T18:00',
      'FREQ=MONTHLY;BYDAY=1TU from 2026-07-07T18:00',
    ],
    ['FREQ=WEEKLY', '2026-06-02T18:00', undefined, 'FREQ=WEEKLY;BYDAY=TU from 2026-06-02T18:00'],
    [
      'FREQ=WEEKLY;COUNT=2',
      '2026-07-01T00:00',
      'FREQ=WEEKLY;BYDAY=TU;COUNT=2 from 2026-06-02T18:00',
      undefined,
    ],
    ['FREQ=WEEKLY;UNTIL=20260601', '2026-07-01T00:00', undefined, undefined],
  ])('%s at %s', (text, at, head, tail) => {
    expect(split(text, at)).toEqual([head, tail]);
  });

  it('A113 head and tail are the whole, and the cut lies where it was asked for', () => {
    const quarters = fc.integer({ min: 0, max: 3_653 * 96 });
    fc.assert(
      fc.property(
        anyRule,
        anyLocalStart,
        anyZone,
        quarters,
        fc.boolean(),
        (rule, localStart, timezone, at, onStart) => {
          const series = { localStart, timezone };
          const whole = listed(rule, series);
          const anywhere = new Date(Date.UTC(2024, 0, 1) + at * 900_000).toISOString().slice(0, 19);
          const cut = (onStart ? whole[at % (whole.length || 1)] : undefined) ?? anywhere;
          const { head, tail } = splitRule(rule, series, cut);
          expect(startsOf(head)).toEqual(whole.filter((each) => each < cut));
          expect(startsOf(tail)).toEqual(whole.filter((each) => each >= cut));
          if (tail && tail.start.localStart < '2033-12-31')
            expect(startsOf(tail)[0]).toBe(tail.start.localStart);
        },
      ),
      { numRuns: 150 },
    );
  });
});
