import * as fc from 'fast-check';
import { POLICY_PRESETS } from './policy-presets';
import { deadlineOf, refundPercentAt, type PolicyRules } from './policy-rules';

const HOUR_MS = 3_600_000;
const SECOND_MS = 1_000;

const rulesWith = (tiers: PolicyRules['tiers']): PolicyRules => ({
  tiers,
  freeRescheduleHours: 24,
  noShowChargePercent: 100,
  returnCreditOnLateCancel: false,
});

const tiered = rulesWith([
  { noticeHours: 72, refundPercent: 100 },
  { noticeHours: 48, refundPercent: 50 },
  { noticeHours: 1, refundPercent: 10 },
]);

describe('refundPercentAt', () => {
  it.each([
    [72 * HOUR_MS, 100],
    [72 * HOUR_MS - 1, 50],
    [48 * HOUR_MS, 50],
    [48 * HOUR_MS - 1, 10],
    [HOUR_MS, 10],
    [HOUR_MS - 1, 0],
    [0, 0],
    [-HOUR_MS, 0],
    [8760 * HOUR_MS, 100],
  ])('A88 gives at %d ms of notice %d percent', (noticeMs, percent) => {
    expect(refundPercentAt(tiered, noticeMs)).toBe(percent);
  });

  it('gives everything until the start, and nothing after it, where the only tier has no notice', () => {
    const rules = rulesWith([{ noticeHours: 0, refundPercent: 100 }]);
    expect(refundPercentAt(rules, 0)).toBe(100);
    expect(refundPercentAt(rules, -1)).toBe(0);
  });

  it('gives nothing without tiers', () => {
    expect(refundPercentAt(rulesWith([]), 1_000 * HOUR_MS)).toBe(0);
  });
});

describe('deadlineOf', () => {
  it('A90 is the last instant that refunds in full, for every whole hour, in elapsed time', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 8760 }),
        fc.integer({ min: 0, max: 4e12 }),
        (noticeHours, startMs) => {
          const rules = rulesWith([{ noticeHours, refundPercent: 100 }]);
          const deadline = deadlineOf(rules, new Date(startMs))?.getTime() ?? Number.NaN;
          expect(refundPercentAt(rules, startMs - deadline)).toBe(100);
          expect(refundPercentAt(rules, startMs - deadline - 1)).toBe(0);
        },
      ),
    );
  });

  it('A90 counts elapsed hours across a change of the clocks: 24 h before Monday 09:00 in Berlin is Sunday 10:00 summer time', () => {
    const rules = rulesWith([{ noticeHours: 24, refundPercent: 100 }]);
    // The clocks go forward on Sunday 29 March 2026; 48 h before, it is Saturday 08:00 winter time.
    expect(deadlineOf(rules, new Date('2026-03-30T09:00:00+02:00'))).toEqual(
      new Date('2026-03-29T09:00:00+02:00'),
    );
    const twoDays = rulesWith([{ noticeHours: 48, refundPercent: 100 }]);
    expect(deadlineOf(twoDays, new Date('2026-03-30T09:00:00+02:00'))).toEqual(
      new Date('2026-03-28T08:00:00+01:00'),
    );
  });

  it('is the shortest notice that still refunds in full', () => {
    const rules = rulesWith([
      { noticeHours: 48, refundPercent: 100 },
      { noticeHours: 36, refundPercent: 100 },
      { noticeHours: 24, refundPercent: 99 },
    ]);
    expect(deadlineOf(rules, new Date('2026-06-10T12:00:00Z'))).toEqual(new Date('2026-06-09T00:00:00Z'));
  });

  it('is null where nothing refunds in full', () => {
    expect(deadlineOf(rulesWith([{ noticeHours: 24, refundPercent: 99 }]), new Date(0))).toBeNull();
  });
});

describe('POLICY_PRESETS', () => {
  const preset = (key: string): PolicyRules => {
    const found = POLICY_PRESETS.find((each) => each.key === key);
    if (found === undefined) throw new Error(`no preset ${key}`);
    return found.rules;
  };

  it.each([
    [48 * HOUR_MS + SECOND_MS, 100],
    [48 * HOUR_MS, 100],
    [48 * HOUR_MS - SECOND_MS, 0],
  ])("A91 the help page's example refunds at %d ms of notice %d percent", (noticeMs, percent) => {
    expect(refundPercentAt(preset('two_days'), noticeMs)).toBe(percent);
    expect(preset('two_days').freeRescheduleHours).toBe(0);
  });

  it('A90 offers 24 and 48 hours, and a tiered one', () => {
    expect(deadlineOf(preset('one_day'), new Date(100 * HOUR_MS))).toEqual(new Date(76 * HOUR_MS));
    expect(deadlineOf(preset('two_days'), new Date(100 * HOUR_MS))).toEqual(new Date(52 * HOUR_MS));
    expect([50, 48, 47, 24, 23].map((hours) => refundPercentAt(preset('tiered'), hours * HOUR_MS))).toEqual([
      100, 100, 50, 50, 0,
    ]);
  });
});
