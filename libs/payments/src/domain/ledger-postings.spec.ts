import fc from 'fast-check';
import {
  capturePostings,
  payeeOf,
  processingFeePostings,
  refundPostings,
  reversed,
  type LedgerPosting,
} from './ledger-postings';

const sum = (postings: LedgerPosting[]): number =>
  postings.reduce((total, { amountMinor }) => total + amountMinor, 0);
const amounts = (postings: LedgerPosting[]): Record<string, number> =>
  Object.fromEntries(postings.map(({ account, amountMinor }) => [account, amountMinor]));

describe('what is booked', () => {
  it.each([
    [
      'a payment of 100.00 with a fee of 15.00',
      capturePostings(10_000, 1_500),
      { stripe_clearing: 10_000, coach: -8_500, platform_fee: -1_500 },
    ],
    [
      'a package of 100.00 with a fee of 15.00',
      capturePostings(10_000, 1_500, payeeOf({ entitlementId: 'one' })),
      { stripe_clearing: 10_000, deferred_packages: -8_500, platform_fee: -1_500 },
    ],
    [
      'a refund of half a package',
      refundPostings(5_000, 5_000, 750, payeeOf({ entitlementId: 'one' })),
      { stripe_clearing: -5_000, deferred_packages: 4_250, platform_fee: 750 },
    ],
    ['a payment without a fee', capturePostings(10_000, 0), { stripe_clearing: 10_000, coach: -10_000 }],
    [
      'a payment that is all fee',
      capturePostings(10_000, 10_000),
      { stripe_clearing: 10_000, platform_fee: -10_000 },
    ],
    ["Stripe's fee", processingFeePostings(320), { processing_fee: 320, stripe_clearing: -320 }],
    [
      'a refund of 50.00 with 7.50 of the fee',
      refundPostings(5_000, 5_000, 750),
      { stripe_clearing: -5_000, coach: 4_250, platform_fee: 750 },
    ],
    [
      'a refund made by hand, borne by the platform',
      refundPostings(5_000, 0, 0),
      { stripe_clearing: -5_000, platform_fee: 5_000 },
    ],
    [
      'a refund that failed after all',
      reversed(refundPostings(5_000, 5_000, 750)),
      { stripe_clearing: 5_000, coach: -4_250, platform_fee: -750 },
    ],
  ])('%s', (_, postings, expected) => {
    expect(amounts(postings)).toEqual(expected);
  });

  it('always balances', () => {
    const amount = fc.integer({ min: 1, max: 99_999_999_999 });
    fc.assert(
      fc.property(amount, fc.nat(10_000), fc.nat(10_000), (captured, feeBps, refundBps) => {
        const fee = Math.floor((captured * feeBps) / 10_000);
        const refund = Math.floor((captured * refundBps) / 10_000);
        const returned = Math.floor((fee * refundBps) / 10_000);
        expect(sum(capturePostings(captured, fee))).toBe(0);
        expect(sum(processingFeePostings(fee))).toBe(0);
        expect(sum(refundPostings(refund, refund, returned))).toBe(0);
        expect(sum(reversed(refundPostings(refund, 0, returned)))).toBe(0);
      }),
    );
  });

  it('refuses what is no amount', () => {
    expect(() => capturePostings(-1, 0)).toThrow(RangeError);
    expect(() => refundPostings(1.5, 0, 0)).toThrow(RangeError);
  });
});
