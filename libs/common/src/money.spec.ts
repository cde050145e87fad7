import * as fc from 'fast-check';
import { CURRENCIES } from './currencies';
import {
  allocate,
  allocateEqually,
  assertMinor,
  basisPointsOf,
  chargeStepOf,
  cumulativeFeeShare,
  decimalOf,
  exponentOf,
  feeShareOfRefund,
  formatMoney,
  isCurrency,
  minimumChargeOf,
  percentOf,
  roundHalfUpDivide,
  roundToStep,
} from './money';

const MAX = Number.MAX_SAFE_INTEGER;
const RUNS = { numRuns: 10_000 };
const sum = (parts: readonly number[]) => Number(parts.reduce((total, part) => total + BigInt(part), 0n));

describe('currencies', () => {
  it.each([
    ['USD', 2, 1, 50],
    ['EUR', 2, 1, 50],
    ['GBP', 2, 1, 30],
    ['HUF', 2, 1, 17_500],
    ['TWD', 2, 1, 100],
    ['CZK', 2, 1, 1_500],
    ['JPY', 0, 1, 50],
    ['KRW', 0, 1, 1],
    ['ISK', 2, 100, 100],
    ['UGX', 2, 100, 100],
    ['KWD', 3, 10, 1_000],
    ['BHD', 3, 10, 1_000],
    ['JOD', 3, 10, 1_000],
    ['OMR', 3, 10, 1_000],
    ['TND', 3, 10, 1_000],
  ])('%s has exponent %i, step %i, minimum %i', (currency, exponent, step, minimum) => {
    expect(isCurrency(currency)).toBe(true);
    expect([exponentOf(currency), chargeStepOf(currency), minimumChargeOf(currency)]).toEqual([
      exponent,
      step,
      minimum,
    ]);
  });

  it('holds at least 135 currencies that Intl knows, each with a minimum on its step', () => {
    const known = new Set(Intl.supportedValuesOf('currency'));
    expect(CURRENCIES.size).toBeGreaterThanOrEqual(135);
    for (const [code, currency] of CURRENCIES) {
      expect([code, known.has(code)]).toEqual([code, true]);
      expect([code, currency.minimumChargeMinor % currency.chargeStepMinor]).toEqual([code, 0]);
    }
  });

  it.each(['usd', 'XXX', '', 'US', 'constructor'])('does not know %p', (code) => {
    expect(isCurrency(code)).toBe(false);
    expect(() => exponentOf(code)).toThrow(RangeError);
  });
});

describe('rounding', () => {
  it.each([
    [5n, 2n, 3n],
    [4n, 2n, 2n],
    [1n, 3n, 0n],
    [2n, 3n, 1n],
    [-5n, 2n, -2n],
    [-7n, 3n, -2n],
    [-8n, 3n, -3n],
    [-1n, 2n, 0n],
    [0n, 7n, 0n],
    [9_007_199_254_740_993n, 2n, 4_503_599_627_370_497n],
  ])('%s / %s is %s', (numerator, denominator, expected) => {
    expect(roundHalfUpDivide(numerator, denominator)).toBe(expected);
  });

  it.each([0n, -1n])('refuses the denominator %s', (denominator) => {
    expect(() => roundHalfUpDivide(1n, denominator)).toThrow(RangeError);
  });

  it('is the nearest whole number, the upper one on a tie', () => {
    fc.assert(
      fc.property(fc.bigInt(-(10n ** 20n), 10n ** 20n), fc.bigInt(1n, 10n ** 12n), (n, d) => {
        const twiceTheError = 2n * (roundHalfUpDivide(n, d) * d - n);
        expect(twiceTheError > -d && twiceTheError <= d).toBe(true);
      }),
      RUNS,
    );
  });

  it.each([
    [9_000, 50, 4_500],
    [9_999, 50, 5_000],
    [1, 50, 1],
    [1, 49, 0],
    [101, 33, 33],
    [333, 0, 0],
    [333, 100, 333],
    [MAX, 100, MAX],
    [MAX, 50, 4_503_599_627_370_496],
  ])('percentOf(%i, %i) is %i', (amount, percent, expected) => {
    expect(percentOf(amount, percent)).toBe(expected);
  });

  it.each([
    [9_000, 1_000, 900],
    [9_995, 1_000, 1_000],
    [9_994, 1_000, 999],
    [12_345, 250, 309],
    [50, 1, 0],
    [5_000, 1, 1],
    [MAX, 10_000, MAX],
  ])('basisPointsOf(%i, %i) is %i', (amount, bps, expected) => {
    expect(basisPointsOf(amount, bps)).toBe(expected);
  });

  it.each([
    () => percentOf(100, 101),
    () => percentOf(100, -1),
    () => percentOf(100, 12.5),
    () => basisPointsOf(100, 10_001),
    () => percentOf(-1, 50),
    () => percentOf(0.5, 50),
    () => percentOf(MAX + 1, 50),
    () => assertMinor(Number.NaN),
    () => assertMinor(Infinity),
    () => roundToStep(MAX, 'ISK'),
  ])('refuses %s', (act) => {
    expect(act).toThrow(RangeError);
  });

  it.each([
    [1_005, 'KWD', 1_010],
    [1_004, 'KWD', 1_000],
    [1_010, 'KWD', 1_010],
    [149, 'ISK', 100],
    [150, 'ISK', 200],
    [12_345, 'USD', 12_345],
    [501, 'JPY', 501],
  ])('roundToStep(%i, %s) is %i', (amount, currency, expected) => {
    expect(roundToStep(amount, currency)).toBe(expected);
  });

  it('keeps a share of a chargeable amount within it and chargeable, in every currency', () => {
    const currencies = [...CURRENCIES.keys()];
    fc.assert(
      fc.property(
        fc.constantFrom(...currencies),
        fc.integer({ min: 0, max: 10 ** 12 }),
        fc.integer({ min: 0, max: 100 }),
        (currency, steps, percent) => {
          const step = chargeStepOf(currency);
          const whole = steps * step;
          const share = roundToStep(percentOf(whole, percent), currency);
          expect(share >= 0 && share <= whole && share % step === 0).toBe(true);
        },
      ),
      RUNS,
    );
  });
});

describe('allocate', () => {
  it.each([
    [100, [1, 1, 1], [34, 33, 33]],
    [101, [1, 1, 1], [34, 34, 33]],
    [10_000, [50, 30, 20], [5_000, 3_000, 2_000]],
    [5, [3, 7], [2, 3]],
    [10, [0, 1, 0], [0, 10, 0]],
    [1, [1, 2, 1], [0, 1, 0]],
    [2, [1, 1, 1], [1, 1, 0]],
    [0, [1, 2], [0, 0]],
    [MAX, [MAX, MAX], [4_503_599_627_370_496, 4_503_599_627_370_495]],
  ])('allocate(%i, %p) is %p', (total, weights, expected) => {
    expect(allocate(total, weights)).toEqual(expected);
  });

  it.each([
    [40_000, 5, [8_000, 8_000, 8_000, 8_000, 8_000]],
    [1_000, 3, [334, 333, 333]],
    [2, 3, [1, 1, 0]],
  ])('allocateEqually(%i, %i) is %p', (total, n, expected) => {
    expect(allocateEqually(total, n)).toEqual(expected);
  });

  it.each([
    () => allocate(100, []),
    () => allocate(100, [0, 0]),
    () => allocate(100, [1, -1]),
    () => allocate(100, [0.5]),
    () => allocate(-100, [1]),
    () => allocateEqually(100, 0),
    () => allocateEqually(100, 1.5),
    () => allocateEqually(-1, 2),
  ])('refuses %s', (act) => {
    expect(act).toThrow(RangeError);
  });

  const weights = fc
    .array(fc.oneof(fc.integer({ min: 0, max: 1_000 }), fc.maxSafeNat()), { minLength: 1, maxLength: 20 })
    .filter((list) => list.some((weight) => weight > 0));

  it('gives parts that sum to the whole, each within one of its exact share', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), weights, (total, list) => {
        const parts = allocate(total, list);
        const weightSum = list.reduce((all, weight) => all + BigInt(weight), 0n);
        expect(sum(parts)).toBe(total);
        for (const [index, part] of parts.entries()) {
          const error = BigInt(part) * weightSum - BigInt(total) * BigInt(list[index] ?? 0);
          expect(error > -weightSum && error < weightSum).toBe(true);
        }
      }),
      RUNS,
    );
  });

  it('splits equally as equal weights do', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.integer({ min: 1, max: 60 }), (total, n) => {
        expect(allocateEqually(total, n)).toEqual(
          allocate(
            total,
            Array.from({ length: n }, () => 1),
          ),
        );
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('fee shares', () => {
  it.each([
    [900, 0, 9_000, 0],
    [900, 4_500, 9_000, 450],
    [900, 9_000, 9_000, 900],
    [333, 5_000, 10_000, 167],
    [1, 1, 3, 0],
    [1, 2, 3, 1],
    [0, 0, 0, 0],
  ])('cumulativeFeeShare(%i, %i, %i) is %i', (fee, refunded, captured, expected) => {
    expect(cumulativeFeeShare(fee, refunded, captured)).toBe(expected);
  });

  it.each([
    [333, [111, 111, 111]],
    [100, [33, 34, 33]],
    [1, [0, 1, 0]],
  ])('a fee of %i goes back over refunds of 3333, 3333 and 3334 as %p', (fee, expected) => {
    const shares = [
      feeShareOfRefund(fee, 10_000, 0, 3_333),
      feeShareOfRefund(fee, 10_000, 3_333, 3_333),
      feeShareOfRefund(fee, 10_000, 6_666, 3_334),
    ];
    expect(shares).toEqual(expected);
  });

  it('refuses to refund more than was captured', () => {
    expect(() => feeShareOfRefund(900, 9_000, 8_000, 1_001)).toThrow(RangeError);
    expect(() => cumulativeFeeShare(1, 1, 0)).toThrow(RangeError);
    expect(() => feeShareOfRefund(900, 9_000, 8_000, -1)).toThrow(RangeError);
  });

  it('gives back exactly the fee over any number of partial refunds, in 0-, 2- and 3-decimal currencies', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('JPY', 'USD', 'KWD', 'ISK'),
        fc.integer({ min: 1, max: 10 ** 9 }),
        fc.integer({ min: 0, max: 10_000 }),
        fc.array(fc.integer({ min: 0, max: 1_000 }), { minLength: 1, maxLength: 12 }),
        (currency, steps, bps, cuts) => {
          const step = chargeStepOf(currency);
          const captured = steps * step;
          const fee = basisPointsOf(captured, bps);
          const refunds = allocate(steps, [...cuts, 1]).map((part) => part * step);
          let refunded = 0;
          let returned = 0;
          for (const refund of refunds) {
            const share = feeShareOfRefund(fee, captured, refunded, refund);
            expect(share).toBeGreaterThanOrEqual(0);
            expect(share).toBeLessThanOrEqual(refund);
            refunded += refund;
            returned += share;
            expect(returned).toBe(cumulativeFeeShare(fee, refunded, captured));
          }
          expect([refunded, returned]).toEqual([captured, fee]);
        },
      ),
      RUNS,
    );
  });
});

describe('writing amounts', () => {
  it.each([
    [1_250, 'USD', '12.50'],
    [5, 'USD', '0.05'],
    [-5, 'USD', '-0.05'],
    [500, 'JPY', '500'],
    [0, 'JPY', '0'],
    [1_010, 'KWD', '1.010'],
    [MAX, 'EUR', '90071992547409.91'],
  ])('decimalOf %i %s is %s', (amount, currency, expected) => {
    expect(decimalOf({ amount, currency })).toBe(expected);
  });

  it.each([
    [123_450, 'EUR', 'en-IE', '€1,234.50'],
    [123_450, 'EUR', 'de-DE', '1.234,50\u00a0€'],
    [9_000, 'JPY', 'en-US', '¥9,000'],
    [1_010, 'KWD', 'en-US', 'KWD\u00a01.010'],
    [150_000, 'ISK', 'en-US', 'ISK\u00a01,500'],
    [-4_500, 'USD', 'en-US', '-$45.00'],
    [MAX, 'USD', 'en-US', '$90,071,992,547,409.91'],
  ])('%i %s in %s is %s', (amount, currency, locale, expected) => {
    expect(formatMoney({ amount, currency }, locale)).toBe(expected);
  });

  it('refuses fractions of a minor unit and unknown currencies', () => {
    expect(() => decimalOf({ amount: 0.5, currency: 'USD' })).toThrow(RangeError);
    expect(() => formatMoney({ amount: 1, currency: 'ZZZ' }, 'en')).toThrow(RangeError);
  });

  it('writes an amount that reads back as the same minor units', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), fc.constantFrom('JPY', 'USD', 'KWD'), (amount, currency) => {
        const digits = decimalOf({ amount, currency }).replace('.', '');
        expect(BigInt(digits)).toBe(BigInt(amount));
      }),
      { numRuns: 2_000 },
    );
  });
});
