import fc from 'fast-check';
import { creditCounts, creditValues } from './credits';

describe('the credits of an entitlement', () => {
  it.each([
    [10_000, 3, [3_334, 3_333, 3_333]],
    [45_000, 5, [9_000, 9_000, 9_000, 9_000, 9_000]],
    [50, 60, [...Array<number>(50).fill(1), ...Array<number>(10).fill(0)]],
    [7, 1, [7]],
  ])('%d for %d sessions are worth their share of the price', (priceMinor, sessionCount, values) => {
    expect(creditValues(priceMinor, sessionCount)).toEqual(values);
  });

  it('are worth the price together, and differ by one minor unit at most', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1_000_000_000 }),
        fc.integer({ min: 1, max: 500 }),
        (price, count) => {
          const values = creditValues(price, count);
          expect(values).toHaveLength(count);
          expect(values.reduce((sum, value) => sum + value, 0)).toBe(price);
          expect(Math.max(...values) - Math.min(...values)).toBeLessThanOrEqual(1);
        },
      ),
    );
  });

  const none = { granted: 5, adjusted: 0, expired: 0, refunded: 0, drawn: 0, drawnForGood: 0 };
  it.each([
    ['just bought', none, { total: 5, used: 0, reserved: 0, remaining: 5, expired: 0, refunded: 0 }],
    [
      'two booked, one of them over',
      { ...none, drawn: 2, drawnForGood: 1 },
      { total: 5, used: 1, reserved: 1, remaining: 3, expired: 0, refunded: 0 },
    ],
    [
      'one more given, and the rest expired',
      { ...none, adjusted: 1, drawn: 2, drawnForGood: 2, expired: 4 },
      { total: 6, used: 2, reserved: 0, remaining: 0, expired: 4, refunded: 0 },
    ],
    [
      'taken down to what is booked, the rest refunded',
      { ...none, adjusted: -1, drawn: 1, refunded: 3 },
      { total: 4, used: 0, reserved: 1, remaining: 0, expired: 0, refunded: 3 },
    ],
  ])('%s: each credit is in one place', (_name, tally, counts) => {
    expect(creditCounts(tally)).toEqual(counts);
  });
});
