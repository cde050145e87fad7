import { refundPercentAt } from '@app/offerings';
import { isFreelyCancellable } from './free-cancellation';
import type { SessionRecord } from './session-record';

/**
 * What a later cancellation by the client gives back at most, percent: what cancelling would have given at the moment of
 * the move, or less when an earlier move kept less (domain.md 7).
 */
export function refundCapAfterMove(
  session: Pick<SessionRecord, 'startsAt' | 'policyRules' | 'refundCapPercent' | 'freeCancellationUntil'>,
  now: Date,
): number {
  if (isFreelyCancellable(session, now)) return Math.min(100, session.refundCapPercent ?? 100);
  const percent = refundPercentAt(session.policyRules, session.startsAt.getTime() - now.getTime());
  return Math.min(percent, session.refundCapPercent ?? percent);
}
