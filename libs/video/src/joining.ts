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

/**
 * The occurrence of a series that its one link leads to (domain.md 13): of those whose window is open the one that is not
 * over yet, else the one that was over last; where none is open the next that will be, else the last that was. What was
 * cancelled never counts; undefined where nothing else is left.
 *
 * @param occurrences in any order
 * @param graceMinutes how long after the end the coach lets people join
 */
export function occurrenceToJoin<T extends LifeFacts>(
  occurrences: readonly T[],
  graceMinutes: number,
  now: Date,
): T | undefined {
  const byStart = occurrences.toSorted((a, b) => a.startsAt.getTime() - b.startsAt.getTime());
  const being = (kind: JoinDecision['kind']): T[] =>
    byStart.filter((each) => joinDecision(each, graceMinutes, now).kind === kind);
  const open = being('open');
  return (
    open.find(({ endsAt }) => now <= endsAt) ?? open.at(-1) ?? being('early').at(0) ?? being('closed').at(-1)
  );
}
