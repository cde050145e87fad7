import * as fc from 'fast-check';
import { anchorRule } from './anchor-rule';
import { InvalidRule } from './invalid-rule';
import { moveRule } from './move-rule';
import { occurrences } from './occurrences';
import type { AnchoredRule } from './rule';
import { parseRule, ruleText } from './rule-text';
import { anyLocalStart, anyRule, anyZone } from './rules.test-world';

const DAY_MS = 86_400_000;
const WIDE = { from: new Date(Date.UTC(2023, 0, 1)), until: new Date(Date.UTC(2036, 0, 1)) };
const PIECE = 200;

function firstLocalStarts({ rule, start }: AnchoredRule): number[] {
  return occurrences(rule, start, WIDE, 5_000)
    .slice(0, PIECE)
    .map(({ originalLocalStart }) => Date.parse(`${originalLocalStart}Z`));
}

describe('moveRule', () => {
  const berlin = (localStart: string) => ({ localStart, timezone: 'Europe/Berlin' });

  it.each([
    ['FREQ=WEEKLY;BYDAY=TU', '2026-06-02T18:00', '2026-06-04T19:00', 'FREQ=WEEKLY;BYDAY=TH'],
    ['FREQ=WEEKLY;BYDAY=TU,SU', '2026-06-02T18:00', '2026-06-03T18:00', 'FREQ=WEEKLY;BYDAY=MO,WE'],
    [
      'FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SU',
      '2026-06-02T18:00',
      '2026-06-03T18:00',
      'FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE;WKST=TU',
    ],
    [
      'FREQ=WEEKLY;BYDAY=TU;UNTIL=20260630',
      '2026-06-02T18:00',
      '2026-06-01T18:00',
      'FREQ=WEEKLY;BYDAY=MO;UNTIL=20260629',
    ],
    [
      'FREQ=WEEKLY;BYDAY=TU;UNTIL=20260630T180000',
      '2026-06-02T18:00',
      '2026-06-02T20:00',
      'FREQ=WEEKLY;BYDAY=TU;UNTIL=20260630',
    ],
    ['FREQ=WEEKLY;BYDAY=TU;COUNT=6', '2026-06-02T18:00', '2026-06-09T18:00', 'FREQ=WEEKLY;BYDAY=TU;COUNT=6'],
    ['FREQ=DAILY;INTERVAL=3', '2026-06-02T18:00', '2026-06-03T18:00', 'FREQ=DAILY;INTERVAL=3'],
    ['FREQ=MONTHLY;BYDAY=2TU', '2026-06-09T18:00', '2026-06-11T18:00', 'FREQ=MONTHLY;BYDAY=2TH'],
    ['FREQ=MONTHLY;BYDAY=4TU', '2026-06-23T18:00', '2026-06-29T18:00', 'FREQ=MONTHLY;BYDAY=-1MO'],
    ['FREQ=MONTHLY;BYDAY=-1FR', '2026-06-26T18:00', '2026-06-18T18:00', 'FREQ=MONTHLY;BYDAY=-2TH'],
    ['FREQ=MONTHLY;BYDAY=-4FR', '2026-05-08T18:00', '2026-05-01T18:00', 'FREQ=MONTHLY;BYDAY=1FR'],
    ['FREQ=MONTHLY;BYMONTHDAY=15', '2026-06-15T18:00', '2026-06-17T18:00', 'FREQ=MONTHLY;BYMONTHDAY=17'],
    ['FREQ=MONTHLY;BYMONTHDAY=-1', '2026-06-30T18:00', '2026-07-31T18:00', 'FREQ=MONTHLY;BYMONTHDAY=-1'],
    ['FREQ=MONTHLY;BYMONTHDAY=-1', '2026-06-30T18:00', '2026-06-29T18:00', 'FREQ=MONTHLY;BYMONTHDAY=29'],
    ['FREQ=MONTHLY;BYDAY=1TU,3TH', '2026-06-02T18:00', '2026-06-02T19:30', 'FREQ=MONTHLY;BYDAY=1TU,3TH'],
    [
      'FREQ=MONTHLY;BYDAY=2TU;UNTIL=20260808',
      '2026-06-09T18:00',
      '2026-06-04T18:00',
      'FREQ=MONTHLY;BYDAY=1TH;UNTIL=20260702',
    ],
  ])('%s from %s to %s becomes %s', (text, from, to, expected) => {
    const moved = moveRule({ rule: parseRule(text), start: berlin(from) }, berlin(to));
    expect(ruleText(moved.rule)).toBe(expected);
    expect(moved.start).toEqual(berlin(to));
  });

  it('refuses to move several weekdays of a month to another date', () => {
    const series = { rule: parseRule('FREQ=MONTHLY;BYDAY=1TU,3TH'), start: berlin('2026-06-02T18:00') };
    expect(() => moveRule(series, berlin('2026-06-03T18:00'))).toThrow(
      expect.objectContaining({ part: 'BYDAY', reason: 'conflicting' }),
    );
  });

  it('A108 moves every occurrence of a daily or weekly rule alike, keeps the number of any', () => {
    fc.assert(
      fc.property(
        anyRule,
        anyLocalStart,
        anyZone,
        fc.integer({ min: -20, max: 20 }),
        fc.integer({ min: 0, max: 95 }),
        (rule, localStart, timezone, days, quarter) => {
          let from: AnchoredRule;
          let moved: AnchoredRule;
          try {
            from = anchorRule(rule, { localStart, timezone });
            const date = new Date(Date.parse(`${from.start.localStart.slice(0, 10)}Z`) + days * DAY_MS);
            const to = new Date(date.getTime() + quarter * 900_000).toISOString().slice(0, 19);
            moved = moveRule(from, { localStart: to, timezone });
          } catch (error) {
            if (error instanceof InvalidRule) return;
            throw error;
          }
          const before = firstLocalStarts(from);
          const after = firstLocalStarts(moved);
          // What lies beyond the last year looked at says nothing.
          if (before.length === 0 || (before.at(-1) ?? 0) > Date.UTC(2033, 0, 1)) return;
          const shiftMs = Date.parse(`${moved.start.localStart}Z`) - Date.parse(`${from.start.localStart}Z`);
          expect(after[0]).toBe(Date.parse(`${moved.start.localStart}Z`));
          if (rule.frequency === 'monthly') {
            // On the 31st it may go on for twice as long, beyond what is looked at.
            const isSeen = (moved.rule.until ?? '') < '2036';
            if (rule.until !== undefined && before.length < PIECE && isSeen)
              expect(after).toHaveLength(before.length);
          } else expect(after).toEqual(before.map((each) => each + shiftMs));
        },
      ),
      { numRuns: 200 },
    );
  });
});
