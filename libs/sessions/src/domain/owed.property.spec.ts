import fc from 'fast-check';
import { chargeStepOf, minimumChargeOf } from '@app/common';
import { refundPercentAt, type PolicyRules } from '@app/offerings';
import { chargeable, owedOnCancelling, refundDue } from './cancellation';
import { chargeDueAt } from '../charge-time';
import { noShowCharge, noShowRefund } from './no-show';

/** `npm run proof -- properties` has 100,000. */
const RUNS = Number(process.env['PROPERTY_RUNS'] ?? 2_000);
const TIMEOUT_MS = 10_000 + RUNS * 2;
const HOUR_MS = 3_600_000;

const check = (property: fc.IRawProperty<unknown>): void => void fc.assert(property, { numRuns: RUNS });

/** A price as it is stored: on the step of its currency, with 0, 2 and 3 decimals. */
const price = fc
  .tuple(
    fc.constantFrom('JPY', 'EUR', 'USD', 'KWD', 'BHD', 'ISK', 'UGX'),
    fc.integer({ min: 1, max: 10 ** 9 }),
  )
  .map(([currency, steps]) => ({ currency, priceMinor: steps * chargeStepOf(currency) }));
const percent = fc.nat(100);

describe('what a client owes, for any price and terms', () => {
  it(
    'for cancelling is between nothing and the price, on the charge step, and no more with a higher refund percent',
    () => {
      check(
        fc.property(price, fc.nat(99), (of, refundPercent) => {
          const owed = owedOnCancelling(of, refundPercent);
          expect(owed).toBeGreaterThanOrEqual(0);
          expect(owed).toBeLessThanOrEqual(of.priceMinor);
          expect(owed % chargeStepOf(of.currency)).toBe(0);
          expect(owedOnCancelling(of, refundPercent + 1)).toBeLessThanOrEqual(owed);
          expect([owedOnCancelling(of, 0), owedOnCancelling(of, 100)]).toEqual([of.priceMinor, 0]);
        }),
      );
    },
    TIMEOUT_MS,
  );

  it(
    'for cancelling and for not coming is the same, paid before or later',
    () => {
      check(
        fc.property(price, percent, ({ priceMinor, currency }, share) => {
          const paid = { priceMinor, currency, capturedMinor: priceMinor, refundedMinor: 0 };
          const refund = refundDue({
            ...paid,
            by: 'client',
            choice: 'policy',
            policyPercent: share,
            refundCapPercent: null,
          });
          expect(priceMinor - refund).toBe(owedOnCancelling({ priceMinor, currency }, share));
          const missed = noShowCharge({ priceMinor, currency, chargePercent: share });
          expect(priceMinor - noShowRefund({ ...paid, by: 'client', chargePercent: share })).toBe(missed);
          expect(missed).toBeLessThanOrEqual(priceMinor);
          expect(missed % chargeStepOf(currency)).toBe(0);
        }),
      );
    },
    TIMEOUT_MS,
  );

  it(
    'is charged from the least that can be charged on, and let off below it',
    () => {
      check(
        fc.property(price, percent, (of, refundPercent) => {
          const owed = owedOnCancelling(of, refundPercent);
          expect(chargeable(owed, of.currency)).toBe(owed < minimumChargeOf(of.currency) ? null : owed);
        }),
      );
    },
    TIMEOUT_MS,
  );

  it(
    'is not charged before cancelling stops being free, and not a moment later',
    () => {
      const hours = fc.uniqueArray(fc.nat(720), { minLength: 1, maxLength: 4 });
      check(
        fc.property(hours, fc.integer({ min: 0, max: 10 ** 9 }), (notices, minute) => {
          const [longest = 0, ...rest] = notices.toSorted((a, b) => b - a);
          const tiers = [longest, ...rest].map((noticeHours, index) => ({
            noticeHours,
            refundPercent: Math.max(0, 100 - index * 30),
          }));
          const rules: PolicyRules = {
            tiers,
            freeRescheduleHours: 24,
            noShowChargePercent: 100,
            returnCreditOnLateCancel: false,
          };
          const startsAt = new Date(minute * 60_000);
          const endsAt = new Date(startsAt.getTime() + HOUR_MS);
          const open = { chargeTiming: 'free_cancellation_ends', chargeHoursBefore: null } as const;
          const notice = startsAt.getTime() - chargeDueAt(open, rules, { startsAt, endsAt }).getTime();
          expect(refundPercentAt(rules, notice)).toBe(100);
          expect(refundPercentAt(rules, notice - 1)).toBeLessThan(100);
        }),
      );
    },
    TIMEOUT_MS,
  );
});
