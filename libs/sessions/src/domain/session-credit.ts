import type { RefundChoice } from './cancellation';

/** What becomes of the credit that pays a session. */
export type CreditOutcome = 'returned' | 'used';

/**
 * The same as it is told: a credit whose package was refunded before is paid back in money, one whose package has ended is lost
 * at once.
 */
export type CreditTold = CreditOutcome | 'paid_back' | 'lost';

/**
 * Whether a cancellation gives the credit back (domain.md 8): where the tier gives 100 %, or the terms are that kind to
 * late cancellations; a coach may decide otherwise. Part of a credit cannot go back.
 *
 * @param refundPercent what the tier gives at this notice, never above the cap kept from a move by the client
 */
export function creditOfCancellation(
  choice: Exclude<RefundChoice, 'partial'>,
  refundPercent: number,
  returnCreditOnLateCancel: boolean,
): CreditOutcome {
  switch (choice) {
    case 'full':
      return 'returned';
    case 'none':
      return 'used';
    case 'policy':
      return refundPercent === 100 || returnCreditOnLateCancel ? 'returned' : 'used';
  }
}
