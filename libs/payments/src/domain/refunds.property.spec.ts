import fc from 'fast-check';
import { basisPointsOf, chargeStepOf, feeShareOfRefund } from '@app/common';
import {
  capturePostings,
  earningPostings,
  refundPostings,
  reversed,
  type LedgerPosting,
} from './ledger-postings';
import { settledStatus } from './payment-status';
import { refundAmount, RefundAmountRefused } from './refund-amount';

/** `npm run proof -- properties` has 100,000. */
const RUNS = Number(process.env['PROPERTY_RUNS'] ?? 2_000);

const balanceOf = (postings: readonly LedgerPosting[], account: string): number =>
  postings.filter((each) => each.account === account).reduce((sum, { amountMinor }) => sum + amountMinor, 0);

describe('the refunds of a payment, for any amounts asked for', () => {
  it(
    'never sum to more than was captured, are on the charge step but for the last, and leave books that say what is left',
    () => {
      fc.assert(
        fc.property(
          fc.constantFrom('JPY', 'KRW', 'EUR', 'USD', 'ISK', 'UGX', 'KWD', 'BHD'),
          fc.integer({ min: 1, max: 10 ** 8 }),
          fc.nat(10_000),
          fc.array(fc.oneof(fc.integer({ min: -5, max: 10 ** 9 }), fc.double()), { maxLength: 25 }),
          fc.constantFrom('coach' as const, 'deferred_packages' as const),
          (currency, steps, bps, wishes, payee) => {
            const captured = steps * chargeStepOf(currency);
            const fee = basisPointsOf(captured, bps);
            const books = capturePostings(captured, fee, payee);
            let [refunded, returned] = [0, 0];
            const giveBack = (asked: number): void => {
              const left = captured - refunded;
              const amount = refundAmount(asked, left, currency);
              expect(amount === left || amount % chargeStepOf(currency) === 0).toBe(true);
              expect(Math.abs(amount - asked)).toBeLessThanOrEqual(chargeStepOf(currency) / 2);
              const share = feeShareOfRefund(fee, captured, refunded, amount);
              const postings = refundPostings(amount, amount, share, payee);
              books.push(...postings);
              refunded += amount;
              returned += share;
              expect(refunded).toBeLessThanOrEqual(captured);
              // One that fails after all is as if it had never been.
              const undone = [...postings, ...reversed(postings)];
              for (const { account } of postings) expect(balanceOf(undone, account)).toBe(0);
            };
            for (const asked of wishes) {
              const before = refunded;
              try {
                giveBack(asked);
              } catch (error) {
                expect(error).toBeInstanceOf(RefundAmountRefused);
                expect(refunded).toBe(before);
              }
            }
            expect(balanceOf(books, 'stripe_clearing')).toBe(captured - refunded);
            expect(balanceOf(books, payee)).toBe(-(captured - fee - refunded + returned) + 0);
            expect(balanceOf(books, 'platform_fee')).toBe(-(fee - returned) + 0);
            expect(books.reduce((sum, { amountMinor }) => sum + amountMinor, 0)).toBe(0);
            if (refunded < captured) giveBack(captured - refunded);
            expect([refunded, returned]).toEqual([captured, fee]);
            expect(settledStatus(captured, refunded)).toBe('refunded');
          },
        ),
        { numRuns: RUNS },
      );
    },
    30_000 + RUNS * 10,
  );

  it('moves what is earned from one account to the other', () => {
    expect(earningPostings(8_100)).toEqual([
      { account: 'deferred_packages', amountMinor: 8_100 },
      { account: 'coach', amountMinor: -8_100 },
    ]);
    expect(earningPostings(0)).toEqual([]);
    expect(() => earningPostings(-1)).toThrow(RangeError);
  });
});
