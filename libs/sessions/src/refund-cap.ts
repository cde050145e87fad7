import { refundPercentAt, type PolicyRules } from '@app/offerings';

/**
 * What a later cancellation by the client gives back at most, percent: what cancelling would have given at the moment of
 * the move, or less when an earlier move kept less (domain.md 7).
 */
export function refundCapAfterMove(
  session: { startsAt: Date; policyRules: PolicyRules; refundCapPercent: number | null },
  now: Date,
): number {
  const percent = refundPercentAt(session.policyRules, session.startsAt.getTime() - now.getTime());
  return Math.min(percent, session.refundCapPercent ?? percent);
}
