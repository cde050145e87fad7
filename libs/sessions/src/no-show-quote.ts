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
