import { entitlementRefund, EntitlementRefundRefused } from './entitlement-refund';

const five = {
  worthMinor: 26_998,
  currency: 'EUR',
  leftMinor: 44_998,
} as const;

describe('the refund of a package', () => {
  it.each([
    ['nothing was used', { worthMinor: 44_998 }, 44_998],
    ['two are gone', {}, 26_998],
    ['all are gone, or what is left is worth nothing', { worthMinor: 0 }, 0],
    ['most was given back before', { leftMinor: 10_000 }, 10_000],
  ])('%s: the shares of the credits that remain, within what is left', (_name, changes, refund) => {
    expect(entitlementRefund({ ...five, ...changes }, 'remaining')).toBe(refund);
  });

  it('is rounded to what can be charged, but all that is left can always go back', () => {
    const dinars = { ...five, currency: 'KWD', worthMinor: 6_006, leftMinor: 10_010 } as const;
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
});
