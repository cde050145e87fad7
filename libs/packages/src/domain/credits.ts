export const CREDIT_KINDS = ['grant', 'debit', 'restore', 'forfeit', 'expire', 'revive', 'adjust'] as const;
export type CreditKind = (typeof CREDIT_KINDS)[number];

/** The cause of the entry that takes what is left when an entitlement is refunded. */
export const REFUND_CAUSE = 'refund';

/** What a ledger says; numbers of credits, none negative but `adjusted`. */
export interface CreditTally {
  readonly granted: number;
  readonly adjusted: number;
  /** Expired and not revived, without what was refunded. */
  readonly expired: number;
  readonly refunded: number;
  /** Debits that were not given back. */
  readonly drawn: number;
  /** Those of them that are final: forfeited, or their session is over. */
  readonly drawnForGood: number;
}

export interface CreditCounts {
  readonly total: number;
  readonly used: number;
  readonly reserved: number;
  readonly remaining: number;
  readonly expired: number;
  readonly refunded: number;
}

/** Where all credits of an entitlement are: `used + reserved + remaining + expired + refunded = total` (domain.md 11). */
export function creditCounts(tally: CreditTally): CreditCounts {
  const total = tally.granted + tally.adjusted;
  return {
    total,
    used: tally.drawnForGood,
    reserved: tally.drawn - tally.drawnForGood,
    remaining: total - tally.drawn - tally.expired - tally.refunded,
    expired: tally.expired,
    refunded: tally.refunded,
  };
}
