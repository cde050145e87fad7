import * as fc from 'fast-check';
import { POLICY_PRESETS } from './policy-presets';
import { refundPercentAt, type PolicyRules } from './policy-rules';
import { clauseAt, noShowClause, policyText } from './policy-text';

const HOUR_MS = 3_600_000;

const rules = (changes: Partial<PolicyRules>): PolicyRules => ({
  tiers: [{ noticeHours: 24, refundPercent: 100 }],
  freeRescheduleHours: 0,
  noShowChargePercent: 100,
  returnCreditOnLateCancel: false,
  ...changes,
});

describe('policyText', () => {
  it("A91 says the help page's example word for word", () => {
    const preset = POLICY_PRESETS.find(({ key }) => key === 'two_days');
    expect(preset && policyText(preset.rules)).toBe(
      'Cancellations with 48+ hours notice: full refund. Cancellations within 48 hours: no refund. Rescheduling anytime is free.',
    );
  });

  it.each<[string, Partial<PolicyRules>, string]>([
    [
      'tiers',
      {
        tiers: [
          { noticeHours: 48, refundPercent: 100 },
          { noticeHours: 24, refundPercent: 50 },
        ],
        freeRescheduleHours: 24,
      },
      'Cancellations with 48+ hours notice: full refund. Cancellations with 24+ but less than 48 hours notice: 50% refund. ' +
        'Cancellations within 24 hours: no refund. Rescheduling with 24+ hours notice is free; later the coach has to agree.',
    ],
    [
      'a share until the start, and what a missed session costs where it is more',
      {
        tiers: [
          { noticeHours: 24, refundPercent: 100 },
          { noticeHours: 0, refundPercent: 20 },
        ],
      },
      'Cancellations with 24+ hours notice: full refund. Cancellations within 24 hours: 20% refund. ' +
        'Rescheduling anytime is free. Missed sessions: the full price is charged.',
    ],
    [
      'everything until the start',
      {
        tiers: [{ noticeHours: 0, refundPercent: 100 }],
        noShowChargePercent: 0,
        returnCreditOnLateCancel: true,
      },
      'Cancellations until the start: full refund. Rescheduling anytime is free. ' +
        'A session paid from a package: the credit is returned whenever you cancel.',
    ],
    [
      'no refund at all',
      { tiers: [], noShowChargePercent: 50 },
      'Cancellations until the start: no refund. Rescheduling anytime is free. Missed sessions: 50% of the price is charged.',
    ],
    [
      'one hour, and tiers that give the same as one',
      {
        tiers: [
          { noticeHours: 3, refundPercent: 100 },
          { noticeHours: 1, refundPercent: 100 },
        ],
        noShowChargePercent: 0,
      },
      'Cancellations with 1+ hours notice: full refund. Cancellations within 1 hour: no refund. ' +
        'Rescheduling anytime is free. Missed sessions: no charge.',
    ],
  ])('says %s', (_, changes, text) => {
    expect(policyText(rules(changes))).toBe(text);
  });

  it('A91 holds the clause that applies at every border, a second before and after it, and the clause tells the share', () => {
    const anyRules = fc
      .array(fc.tuple(fc.integer({ min: 0, max: 200 }), fc.integer({ min: 0, max: 100 })), { maxLength: 10 })
      .map((pairs) => {
        const hours = [...new Set(pairs.map(([noticeHours]) => noticeHours))].sort((a, b) => b - a);
        const percents = pairs.map(([, refundPercent]) => refundPercent).sort((a, b) => b - a);
        return rules({
          tiers: hours.map((noticeHours, index) => ({ noticeHours, refundPercent: percents[index] ?? 0 })),
        });
      });
    fc.assert(
      fc.property(anyRules, (terms) => {
        const text = policyText(terms);
        for (const { noticeHours } of [...terms.tiers, { noticeHours: 0 }]) {
          for (const noticeMs of [
            noticeHours * HOUR_MS - 1_000,
            noticeHours * HOUR_MS,
            noticeHours * HOUR_MS + 1_000,
          ]) {
            const clause = clauseAt(terms, noticeMs);
            const percent = refundPercentAt(terms, noticeMs);
            const words =
              percent === 100 ? 'full refund' : percent === 0 ? 'no refund' : `${percent}% refund`;
            expect(clause).toMatch(new RegExp(`: ${words}\\.$`));
            if (noticeMs >= 0) expect(text).toContain(clause);
          }
        }
      }),
    );
  });

  it('has a clause for a session that has begun, and one for a client who does not come', () => {
    expect(clauseAt(rules({}), -1)).toBe('Cancellations after the start: no refund.');
    expect(noShowClause(rules({ noShowChargePercent: 30 }))).toBe(
      'Missed sessions: 30% of the price is charged.',
    );
  });
});
