import fc from 'fast-check';
import { CURRENCIES } from './currencies';
import {
  allocate,
  allocateEqually,
  basisPointsOf,
  chargeStepOf,
  cumulativeFeeShare,
  feeShareOfRefund,
  fillInOrder,
  percentOf,
  roundToStep,
} from './money';

/** `npm run proof -- properties` has 100,000. */
const RUNS = Number(process.env['PROPERTY_RUNS'] ?? 2_000);
const TIMEOUT_MS = 30_000 + RUNS * 10;
const CODES = [...CURRENCIES.keys()];

const sum = (parts: readonly number[]): number => Number(parts.reduce((all, part) => all + BigInt(part), 0n));
const abs = (value: bigint): bigint => (value < 0n ? -value : value);
const check = <Values>(property: fc.IProperty<Values>): void => fc.assert(property, { numRuns: RUNS });

/** An amount that can be charged in any of the currencies, whatever their minor units are. */
const charged = fc
  .tuple(fc.constantFrom(...CODES), fc.integer({ min: 1, max: 10 ** 9 }))
  .map(([currency, steps]) => ({ currency, captured: steps * chargeStepOf(currency) }));

describe('shares of money, for any amounts', () => {
  it(
    'a fee is a part of its amount, and the next basis point is worth no less',
    () => {
      check(
        fc.property(charged, fc.nat(9_999), ({ captured }, bps) => {
          const fee = basisPointsOf(captured, bps);
          expect(fee).toBeGreaterThanOrEqual(0);
          expect(fee).toBeLessThanOrEqual(captured);
          expect(basisPointsOf(captured, bps + 1)).toBeGreaterThanOrEqual(fee);
          // Half up, to the minor unit: twice the error is at most one.
          const doubledError = 2n * (BigInt(fee) * 10_000n - BigInt(captured) * BigInt(bps));
          expect(doubledError > -10_000n && doubledError <= 10_000n).toBe(true);
        }),
      );
    },
    TIMEOUT_MS,
  );

  it(
    'refunds in any number of parts, each on the charge step, give the whole fee back, and at no time more than its share',
    () => {
      const asked = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 30 });
      check(
        fc.property(charged, fc.nat(10_000), asked, ({ currency, captured }, bps, shares) => {
          const fee = basisPointsOf(captured, bps);
          let [refunded, returned] = [0, 0];
          const giveBack = (amount: number): void => {
            const share = feeShareOfRefund(fee, captured, refunded, amount);
            refunded += amount;
            returned += share;
            const isShare = share >= 0 && share <= amount && returned <= fee;
            // Nobody is left with a fee on nothing, nor with more fee than money.
            const isRest = fee - returned <= captured - refunded;
            const isExact = returned === cumulativeFeeShare(fee, refunded, captured);
            expect({ isShare, isRest, isExact }).toEqual({ isShare: true, isRest: true, isExact: true });
          };
          for (const share of shares) {
            const amount = roundToStep(Math.floor((captured - refunded) * share), currency);
            if (amount > 0 && amount <= captured - refunded) giveBack(amount);
          }
          giveBack(captured - refunded);
          expect([refunded, returned]).toEqual([captured, fee]);
        }),
      );
    },
    TIMEOUT_MS,
  );

  it(
    'what is refunded by percent and what is kept are the whole, both chargeable',
    () => {
      check(
        fc.property(charged, fc.nat(100), ({ currency, captured }, percent) => {
          const refund = roundToStep(percentOf(captured, percent), currency);
          expect(refund).toBeGreaterThanOrEqual(0);
          expect(refund).toBeLessThanOrEqual(captured);
          expect(refund % chargeStepOf(currency)).toBe(0);
          expect((captured - refund) % chargeStepOf(currency)).toBe(0);
          if (percent === 0) expect(refund).toBe(0);
          if (percent === 100) expect(refund).toBe(captured);
        }),
      );
    },
    TIMEOUT_MS,
  );

  it(
    'parts by weight sum to the whole, each within one of its exact share',
    () => {
      const weights = fc
        .array(fc.oneof(fc.nat(1_000), fc.maxSafeNat()), { minLength: 1, maxLength: 20 })
        .filter((list) => list.some((weight) => weight > 0));
      check(
        fc.property(fc.maxSafeNat(), weights, (total, list) => {
          const parts = allocate(total, list);
          expect(sum(parts)).toBe(total);
          const all = list.reduce((so, weight) => so + BigInt(weight), 0n);
          const errors = parts.map(
            (part, index) => BigInt(part) * all - BigInt(total) * BigInt(list[index] ?? 0),
          );
          expect(parts.every((part, index) => part >= 0 && abs(errors[index] ?? all) < all)).toBe(true);
        }),
      );
    },
    TIMEOUT_MS,
  );

  it(
    'equal parts sum to the whole, differ by one at most, and a part of the fee is never above its part of the price',
    () => {
      check(
        fc.property(charged, fc.nat(10_000), fc.integer({ min: 1, max: 60 }), ({ captured }, bps, count) => {
          const prices = allocateEqually(captured, count);
          const fees = allocateEqually(basisPointsOf(captured, bps), count);
          expect(sum(prices)).toBe(captured);
          expect(sum(fees)).toBe(basisPointsOf(captured, bps));
          for (const parts of [prices, fees]) {
            expect(Math.max(...parts) - Math.min(...parts)).toBeLessThanOrEqual(1);
            expect(parts).toEqual(parts.toSorted((a, b) => b - a));
          }
          expect(fees.every((fee, index) => fee <= (prices[index] ?? -1))).toBe(true);
        }),
      );
    },
    TIMEOUT_MS,
  );

  it(
    'filling in order spreads all of an amount, and begins a part only when those before it are full',
    () => {
      const parts = fc.array(fc.nat(1_000_000), { minLength: 1, maxLength: 40 });
      check(
        fc.property(parts, fc.double({ min: 0, max: 1, noNaN: true }), (list, share) => {
          const amount = Math.floor(sum(list) * share);
          const filled = fillInOrder(amount, list);
          expect(sum(filled)).toBe(amount);
          const first = filled.findIndex((taken, index) => taken < (list[index] ?? 0));
          const fits = filled.every((taken, index) => taken >= 0 && taken <= (list[index] ?? -1));
          const isInOrder = filled.every((taken, index) => first < 0 || index <= first || taken === 0);
          expect({ fits, isInOrder }).toEqual({ fits: true, isInOrder: true });
          expect(() => fillInOrder(sum(list) + 1, list)).toThrow(RangeError);
        }),
      );
    },
    TIMEOUT_MS,
  );
});
