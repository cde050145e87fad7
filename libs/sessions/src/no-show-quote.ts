import { publicId } from '@app/common';
import type { NoShowTerms } from './no-show-terms';

export interface NoShowQuote extends NoShowTerms {
  id: string;
  sessionId: string;
  expiresAt: Date;
}

/** A quote as it was stored. */
export interface QuoteRow {
  id: string;
  madeFor: string;
  content: NoShowTerms;
  expiresAt: Date;
  usedAt: Date | null;
}

/** As POST …/no-show-quotes answers it. */
export function staleAnswer({ id, sessionId, ...quote }: NoShowQuote): Record<string, unknown> {
  const { keptMinor, refundMinor, estimatedFeeReturnedMinor, laterChargeMinor, currency, ...terms } = quote;
  return {
    ...terms,
    id: publicId('quote', id),
    sessionId: publicId('session', sessionId),
    kept: { amount: keptMinor, currency },
    refund: { amount: refundMinor, currency },
    estimatedFeeReturned: { amount: estimatedFeeReturnedMinor, currency },
    laterCharge: laterChargeMinor === null ? null : { amount: laterChargeMinor, currency },
  };
}
