import fc from 'fast-check';
import { entitlementRefund, EntitlementRefundRefused, worthOfCredits } from './entitlement-refund';

const five = {
  priceMinor: 44_998,
  sessionCount: 5,
  consumed: 2,
  remaining: 3,
  currency: 'EUR',
  leftMinor: 44_998,
} as const;

describe('the refund of a package', () => {
  it.each([
    ['nothing was used', { consumed: 0, remaining: 5 }, 44_998],
    ['two are gone, which were the dearer ones', {}, 26_998],
    ['all are gone', { consumed: 5, remaining: 0 }, 0],
    ['one more was given, which is worth nothing', { consumed: 5, remaining: 1 }, 0],
    ['one more was given and none used', { consumed: 0, remaining: 6 }, 44_998],
    ['one was taken away', { consumed: 0, remaining: 4 }, 35_999],
    ['most was given back before', { leftMinor: 10_000 }, 10_000],
  ])('%s: the shares of the credits that remain, within what is left', (_name, changes, refund) => {
    expect(entitlementRefund({ ...five, ...changes }, 'remaining')).toBe(refund);
  });

  it('is rounded to what can be charged, but all that is left can always go back', () => {
    const dinars = { ...five, currency: 'KWD', priceMinor: 10_010, leftMinor: 10_010 } as const;
    expect(entitlementRefund(dinars, 'remaining')).toBe(6_010);
    expect(entitlementRefund({ ...dinars, leftMinor: 4_003 }, 'remaining')).toBe(4_003);
    expect(entitlementRefund({ ...dinars, leftMinor: 4_003 }, 'partial', 4_003)).toBe(4_003);
  });

  it('is what the coach says instead', () => {
    expect(entitlementRefund(five, 'none')).toBe(0);
    expect(entitlementRefund(five, 'full')).toBe(44_998);
    expect(entitlementRefund(five, 'partial', 1_000)).toBe(1_000);
  });

  it.each([
    ['partial', undefined],
    ['partial', 0],
    ['partial', 44_999],
    ['full', 1_000],
    ['remaining', 1_000],
  ] as const)('%s of %s is refused', (choice, amountMinor) => {
    expect(() => entitlementRefund(five, choice, amountMinor)).toThrow(EntitlementRefundRefused);
  });

  it('and the worth of each credit that came back later sum to the price, in whatever order', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 10_000_000 }),
        fc.integer({ min: 1, max: 60 }),
        fc.integer({ min: 0, max: 60 }),
        (priceMinor, sessionCount, drawnOfSixty) => {
          const consumed = drawnOfSixty % (sessionCount + 1);
          const bought = { priceMinor, sessionCount };
          const atOnce = worthOfCredits(bought, consumed, sessionCount - consumed);
          let later = 0;
          for (let left = consumed; left > 0; left -= 1) later += worthOfCredits(bought, left - 1, 1);
          expect(atOnce + later).toBe(priceMinor);
        },
      ),
    );
  });
});
