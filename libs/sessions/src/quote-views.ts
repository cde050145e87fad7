import { publicId } from '@app/common';
import { creditShown } from './cancellation-rows';
import { backMinor, type CancellationQuote } from './cancellation-terms';
import type { NoShowQuote } from './no-show-quote';

/** A quote as it is shown outside, also in the refusal of one that no longer fits: with public ids. */
export function publicCancellationQuote(quote: CancellationQuote) {
  const { id, sessionId, refundMinor: _own, shareMinor: _share, credit: _credit, ...shown } = quote;
  const { estimatedFeeReturnedMinor, laterChargeMinor, capturedMinor, currency, expiresAt, ...terms } = shown;
  return {
    ...terms,
    id: publicId('quote', id),
    sessionId: publicId('session', sessionId),
    refund: { amount: backMinor(quote), currency },
    estimatedFeeReturned: { amount: estimatedFeeReturnedMinor, currency },
    laterCharge: laterChargeMinor === null ? null : { amount: laterChargeMinor, currency },
    captured: { amount: capturedMinor, currency },
    credit: creditShown(quote),
    expiresAt: expiresAt.toISOString(),
  };
}

/** The same of a session that somebody missed. */
export function publicNoShowQuote(quote: NoShowQuote) {
  const { id, sessionId, refundMinor: _own, shareMinor: _share, credit: _credit, ...shown } = quote;
  const { keptMinor, estimatedFeeReturnedMinor, laterChargeMinor, currency, expiresAt, ...terms } = shown;
  return {
    ...terms,
    id: publicId('quote', id),
    sessionId: publicId('session', sessionId),
    kept: { amount: keptMinor, currency },
    refund: { amount: backMinor(quote), currency },
    estimatedFeeReturned: { amount: estimatedFeeReturnedMinor, currency },
    laterCharge: laterChargeMinor === null ? null : { amount: laterChargeMinor, currency },
    credit: creditShown(quote),
    expiresAt: expiresAt.toISOString(),
  };
}
