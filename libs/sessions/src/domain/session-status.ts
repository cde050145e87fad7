import type { CancelOutcome, SessionStatus } from '../session-record';

/** Which status may follow which; docs and timeline follow it (domain.md 5). */
export const SESSION_MOVES: Record<SessionStatus, readonly SessionStatus[]> = {
  held: ['scheduled', 'cancelled'],
  scheduled: ['completed', 'cancelled', 'no_show'],
  completed: ['no_show', 'cancelled'], // the coach corrects an automatic completion, or voids it
  cancelled: ['scheduled'], // only from the outcomes below
  no_show: ['scheduled', 'completed', 'cancelled'],
};

/** A cancelled session comes back only when nobody had called it off for good. */
const RETURNING_OUTCOMES: readonly CancelOutcome[] = ['hold_expired', 'skipped', 'paused'];

export function mayMove(from: SessionStatus, to: SessionStatus, outcome: CancelOutcome | null): boolean {
  if (!SESSION_MOVES[from].includes(to)) return false;
  return from !== 'cancelled' || (outcome !== null && RETURNING_OUTCOMES.includes(outcome));
}
