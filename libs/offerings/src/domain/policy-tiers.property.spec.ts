import fc from 'fast-check';
import { chargeStepOf, percentOf, roundToStep } from '@app/common';
import { deadlineOf, refundPercentAt, type PolicyRules } from './policy-rules';
import { clauseAt, policyText } from './policy-text';

/** `npm run proof -- properties` has 100,000. */
const RUNS = Number(process.env['PROPERTY_RUNS'] ?? 2_000);
const HOUR_MS = 3_600_000;
const SECOND_MS = 1_000;

/** Tiers of any hours and shares, longest notice first; the share never grows as the notice shrinks. */
const anyRules: fc.Arbitrary<PolicyRules> = fc
  .record({
    pairs: fc.array(fc.tuple(fc.nat(8_760), fc.nat(100)), { maxLength: 10 }),
    freeRescheduleHours: fc.nat(200),
    noShowChargePercent: fc.nat(100),
    returnCreditOnLateCancel: fc.boolean(),
  })
  .map(({ pairs, ...rules }) => {
    const hours = [...new Set(pairs.map(([noticeHours]) => noticeHours))].toSorted((a, b) => b - a);
    const percents = pairs.map(([, refundPercent]) => refundPercent).toSorted((a, b) => b - a);
    const tiers = hours.map((noticeHours, index) => ({ noticeHours, refundPercent: percents[index] ?? 0 }));
    return { ...rules, tiers };
  });

const price = fc
  .tuple(fc.constantFrom('JPY', 'EUR', 'USD', 'ISK', 'KWD'), fc.integer({ min: 1, max: 10 ** 8 }))
  .map(([currency, steps]) => ({ currency, priceMinor: steps * chargeStepOf(currency) }));

function wordsOf(percent: number): string {
  if (percent === 100) return 'full refund';
  return percent === 0 ? 'no refund' : `${percent}% refund`;
}

describe('the tiers of a policy, for any rules', () => {
  it(
    'A91 are told truly at each border, a second before and a second after it, and give amounts that sum to the price',
    () => {
      fc.assert(
        fc.property(anyRules, price, (rules, { currency, priceMinor }) => {
          const text = policyText(rules);
          const untrue: unknown[] = [];
          let most = priceMinor;
          const notices = [...rules.tiers, { noticeHours: 0 }].flatMap(({ noticeHours }) =>
            [SECOND_MS, 0, -SECOND_MS].map((beside) => noticeHours * HOUR_MS + beside),
          );
          for (const noticeMs of notices.toSorted((a, b) => b - a)) {
            const percent = refundPercentAt(rules, noticeMs);
            const clause = clauseAt(rules, noticeMs);
            const isTold =
              clause.endsWith(`: ${wordsOf(percent)}.`) && (noticeMs < 0 || text.includes(clause));
            const refund = roundToStep(percentOf(priceMinor, percent), currency);
            const isPart = refund >= 0 && refund <= priceMinor && refund % chargeStepOf(currency) === 0;
            // Who cancels later never gets more.
            const isFair = refund <= most;
            if (!isTold || !isPart || !isFair) untrue.push({ noticeMs, clause, refund, most });
            most = refund;
          }
          expect(untrue).toEqual([]);
        }),
        { numRuns: RUNS },
      );
    },
    30_000 + RUNS * 10,
  );

  it(
    'A90 refund in full until the deadline and a second before it, and less a second after',
    () => {
      fc.assert(
        fc.property(anyRules, fc.integer({ min: 0, max: 4e12 }), (rules, startMs) => {
          const deadline = deadlineOf(rules, new Date(startMs));
          const isEver = rules.tiers.some(({ refundPercent }) => refundPercent === 100);
          expect(deadline !== null).toBe(isEver);
          if (deadline === null) return;
          const percentAt = (instant: number): number => refundPercentAt(rules, startMs - instant);
          expect(percentAt(deadline.getTime() - SECOND_MS)).toBe(100);
          expect(percentAt(deadline.getTime())).toBe(100);
          expect(percentAt(deadline.getTime() + SECOND_MS)).toBeLessThan(100);
        }),
        { numRuns: RUNS },
      );
    },
    30_000 + RUNS * 10,
  );
});
