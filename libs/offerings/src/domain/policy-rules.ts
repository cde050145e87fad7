/**
 * Cancellation terms as data (domain.md 8). Notice is elapsed time from the cancellation to the start, so a change of
 * the clocks in between does not move it; a tier is met from exactly its hours on, below the lowest nothing goes back.
 */
export interface PolicyRules {
  /** Longest notice first; the share never grows as the notice shrinks. */
  readonly tiers: readonly PolicyTier[];
  /** With at least this notice a client moves a session without asking; 0 means at any time before the start. */
  readonly freeRescheduleHours: number;
  /** What a client who does not come owes, percent of the price. */
  readonly noShowChargePercent: number;
  /** Whether a credit comes back although the tier gives less than 100 %. */
  readonly returnCreditOnLateCancel: boolean;
}

export interface PolicyTier {
  /** Whole hours. */
  readonly noticeHours: number;
  /** Whole percent of the price. */
  readonly refundPercent: number;
}

const HOUR_MS = 3_600_000;

/**
 * The share that goes back when a client cancels, whole percent.
 *
 * @param noticeMs milliseconds from the cancellation to the start; negative once the session has begun
 */
export function refundPercentAt(rules: PolicyRules, noticeMs: number): number {
  return rules.tiers.find((tier) => noticeMs >= tier.noticeHours * HOUR_MS)?.refundPercent ?? 0;
}

/** The last instant at which cancelling still gives everything back; null when it never does. */
export function deadlineOf(rules: PolicyRules, startsAt: Date): Date | null {
  const tier = rules.tiers.findLast((each) => each.refundPercent === 100);
  return tier === undefined ? null : new Date(startsAt.getTime() - tier.noticeHours * HOUR_MS);
}
