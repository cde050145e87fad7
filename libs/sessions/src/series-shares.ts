import { shareDue } from '@app/packages';
import type { GivenBack } from './domain/series-payments';
import type { PlannedOccurrence } from './domain/series-plan';
import type { SessionPaying } from './series-payment-facts';

/**
 * What goes back in money for credits whose package was refunded before (domain.md 11): one after the other, as the act does
 * it, until nothing of the package's payment is left.
 *
 * @param present by session
 */
export function withShares(
  occurrences: readonly PlannedOccurrence[],
  present: ReadonlyMap<string, SessionPaying>,
): PlannedOccurrence[] {
  const spent = new Map<string, number>();
  return occurrences.map((planned) => {
    const { givesBack } = planned;
    const paying = present.get(planned.sessionId ?? '');
    const share = paying?.credit?.share ?? null;
    if (paying === undefined || share === null || givesBack?.credit?.outcome !== 'returned') return planned;
    const before = spent.get(share.paymentId) ?? 0;
    const shareMinor = shareDue({
      worthMinor: share.worthMinor,
      leftMinor: share.leftMinor - before,
      currency: paying.currency,
    });
    spent.set(share.paymentId, before + shareMinor);
    const waitsForDispute = givesBack.waitsForDispute || (share.isDisputed && shareMinor > 0);
    return {
      ...planned,
      givesBack: { ...givesBack, credit: { ...givesBack.credit, shareMinor }, waitsForDispute },
    };
  });
}

/** All that goes back of a session's money, minor units. */
export function plannedBackMinor({
  refund,
  givesBack,
}: Pick<PlannedOccurrence, 'refund' | 'givesBack'>): number {
  return (refund?.amountMinor ?? 0) + (givesBack?.credit?.shareMinor ?? 0);
}

/** What becomes of a credit, in words for outside. */
export function creditOutcomeShown({
  outcome,
  shareMinor,
}: NonNullable<GivenBack['credit']>): 'returned' | 'used' | 'paid_back' {
  return shareMinor === null ? outcome : 'paid_back';
}
