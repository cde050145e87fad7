import { publicId } from '@app/common';
import { backMinor, type CancellationQuote } from './cancellation-terms';
import type { NoShowQuote } from './no-show-quote';

/** A quote as it is shown outside, also in the refusal of one that no longer fits: with public ids. */
export function publicCancellationQuote(quote: CancellationQuote) {
  const { id, sessionId, refundMinor: _own, shareMinor: _share, ...shown } = quote;
  const { estimatedFeeReturnedMinor, laterChargeMinor, capturedMinor, currency, expiresAt, ...rest } = shown;
  const { leftMinor: _left, ...terms } = rest;
  return {
    ...terms,
    id: publicId('quote', id),
    sessionId: publicId('session', sessionId),
    refund: { amount: backMinor(quote), currency },
    estimatedFeeReturned: { amount: estimatedFeeReturnedMinor, currency },
    laterCharge: laterChargeMinor === null ? null : { amount: laterChargeMinor, currency },
    captured: { amount: capturedMinor, currency },
    expiresAt: expiresAt.toISOString(),
  };
}

/** The same of a session that somebody missed. */
export function publicNoShowQuote(quote: NoShowQuote) {
  const { id, sessionId, refundMinor: _own, shareMinor: _share, ...shown } = quote;
  const { keptMinor, estimatedFeeReturnedMinor, laterChargeMinor, currency, expiresAt, ...terms } = shown;
  return {
    ...terms,
    id: publicId('quote', id),
    sessionId: publicId('session', sessionId),
    kept: { amount: keptMinor, currency },
    refund: { amount: backMinor(quote), currency },
    estimatedFeeReturned: { amount: estimatedFeeReturnedMinor, currency },
    laterCharge: laterChargeMinor === null ? null : { amount: laterChargeMinor, currency },
    expiresAt: expiresAt.toISOString(),
  };
}
