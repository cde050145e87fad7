import fc from 'fast-check';
import { basisPointsOf, chargeStepOf, cumulativeFeeShare } from '@app/common';
import { placeRevenues, type PlaceRevenue, type PlaceState } from './package-revenue';

/** `npm run proof -- properties` has 100,000. */
const RUNS = Number(process.env['PROPERTY_RUNS'] ?? 2_000);

const sum = (revenues: readonly PlaceRevenue[], part: keyof PlaceRevenue): number =>
  revenues.reduce((total, revenue) => total + revenue[part], 0);

describe('the revenue of the places of a package', () => {
  const five = {
    priceMinor: 44_998,
    feeMinor: 4_500,
    sessionCount: 5,
    coachBearsMinor: 0,
    feeReturnedMinor: 0,
  };
  const states: PlaceState[] = ['delivered', 'open', 'lapsed', 'refunded', 'refunded'];

  it('is its share of price and fee', () => {
    expect(placeRevenues(five, states).map((revenue) => Object.values(revenue))).toEqual([
      [9_000, 900, 0, 8_100],
      [9_000, 900, 0, 8_100],
      [9_000, 900, 0, 8_100],
      [8_999, 900, 0, 8_099],
      [8_999, 900, 0, 8_099],
    ]);
  });

  it('bears a refund where credits were given back first, then of what is to come, then of what was earned', () => {
    const bearing = (coachBearsMinor: number): number[] =>
      placeRevenues({ ...five, coachBearsMinor }, states).map(({ netMinor }) => netMinor);
    expect(bearing(10_000)).toEqual([8_100, 8_100, 8_100, 6_198, 0]);
    expect(bearing(20_000)).toEqual([8_100, 4_298, 8_100, 0, 0]);
    expect(bearing(30_000)).toEqual([8_100, 0, 2_398, 0, 0]);
    expect(bearing(50_000)).toEqual([0, 0, 0, 0, 0]);
  });

  it('needs to know of each place where it is', () => {
    expect(() => placeRevenues(five, ['open'])).toThrow(RangeError);
  });

  it(
    'A131 sums to what is left of the payment, never negative and never above its share, whatever went back',
    () => {
      const anyStates = fc.array(fc.constantFrom<PlaceState>('open', 'delivered', 'lapsed', 'refunded'), {
        minLength: 1,
        maxLength: 60,
      });
      fc.assert(
        fc.property(
          fc.constantFrom('JPY', 'USD', 'KWD', 'ISK'),
          fc.integer({ min: 1, max: 10 ** 8 }),
          fc.nat(10_000),
          anyStates,
          fc.double({ min: 0, max: 1, noNaN: true }),
          (currency, steps, bps, places, refundedShare) => {
            const priceMinor = steps * chargeStepOf(currency);
            const feeMinor = basisPointsOf(priceMinor, bps);
            const refundMinor = Math.floor(priceMinor * refundedShare);
            const feeReturnedMinor = cumulativeFeeShare(feeMinor, refundMinor, priceMinor);
            const coachBearsMinor = refundMinor - feeReturnedMinor;
            const sessionCount = places.length;
            const money = { priceMinor, feeMinor, sessionCount, coachBearsMinor, feeReturnedMinor };
            const revenues = placeRevenues(money, places);
            expect(sum(revenues, 'grossMinor')).toBe(priceMinor);
            expect(sum(revenues, 'feeMinor')).toBe(feeMinor - feeReturnedMinor);
            expect(sum(revenues, 'refundedMinor')).toBe(refundMinor);
            expect(sum(revenues, 'netMinor')).toBe(priceMinor - feeMinor - coachBearsMinor);
            const unsound = revenues.filter(
              ({ grossMinor, feeMinor: fee, refundedMinor, netMinor }) =>
                Math.min(fee, refundedMinor, netMinor) < 0 || grossMinor - fee - refundedMinor !== netMinor,
            );
            expect(unsound).toEqual([]);
          },
        ),
        { numRuns: RUNS },
      );
    },
    30_000 + RUNS * 10,
  );
});
