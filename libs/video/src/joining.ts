import { joinWindow, mayJoin, type LifeFacts, type SessionStatus } from '@app/sessions';

export type JoinDecision =
  | { kind: 'open' }
  | { kind: 'early'; availableAt: Date }
  | { kind: 'closed'; closedAt: Date }
  /** There is nothing to join: it awaits payment, or was cancelled. */
  | { kind: 'gone'; status: SessionStatus };

/**
 * Whether a session can be joined at this moment, and if not, why (domain.md 13; help page line 10).
 *
 * @param graceMinutes how long after the end the coach lets people join
 */
export function joinDecision(session: LifeFacts, graceMinutes: number, now: Date): JoinDecision {
  if (mayJoin(session, now, graceMinutes)) return { kind: 'open' };
  if (session.status === 'held' || session.status === 'cancelled')
    return { kind: 'gone', status: session.status };
  const { opensAt, closesAt } = joinWindow(session, graceMinutes);
  return now < opensAt ? { kind: 'early', availableAt: opensAt } : { kind: 'closed', closedAt: closesAt };
}
