import type { CancelOutcome, SessionStatus } from '../session-record';

export type SessionAction =
  | 'pay'
  | 'join'
  | 'cancel'
  | 'complete'
  | 'edit_preparation'
  | 'add_preparation_note'
  | 'add_note';

export interface ActionFacts {
  status: SessionStatus;
  outcome: CancelOutcome | null;
  startsAt: Date;
  endsAt: Date;
}

export type ActionRole = 'coach' | 'client' | 'admin';

/** Join opens this long before the start (help page line 10). */
export const JOIN_OPENS_MS = 15 * 60_000;

/**
 * What this reader may do with the session at this moment; a call that is not listed answers 409.
 * Rules: domain.md 5 (life), 13 (joining), 14 (notes).
 *
 * @param joinGraceMinutes how long after the end the coach lets people join
 */
export function allowedActions(
  facts: ActionFacts,
  role: ActionRole,
  now: Date,
  joinGraceMinutes: number,
): SessionAction[] {
  const rules: [SessionAction, boolean][] = [
    ['pay', role === 'client' && facts.status === 'held'],
    ['join', role !== 'admin' && mayJoin(facts, now, joinGraceMinutes)],
    ['cancel', mayCancel(facts, role, now)],
    ['complete', role === 'coach' && mayComplete(facts, now)],
    ['edit_preparation', role === 'client' && mayEditPreparation(facts, now)],
    ['add_preparation_note', role === 'coach' && isLive(facts)],
    ['add_note', role === 'coach' && mayAddNote(facts, now)],
  ];
  return rules.filter(([, allowed]) => allowed).map(([action]) => action);
}

/** Completed ones too: the worker completes at the end, the door stays open for the grace. */
const JOINABLE: readonly SessionStatus[] = ['scheduled', 'completed', 'no_show'];

export function mayJoin(facts: ActionFacts, now: Date, joinGraceMinutes: number): boolean {
  if (!JOINABLE.includes(facts.status)) return false;
  const { opensAt, closesAt } = joinWindow(facts, joinGraceMinutes);
  return now >= opensAt && now <= closesAt;
}

/** From 15 minutes before the start until the end plus grace; a marked no-show only until the end. */
export function joinWindow(facts: ActionFacts, joinGraceMinutes: number): { opensAt: Date; closesAt: Date } {
  const graceMs = facts.status === 'no_show' ? 0 : joinGraceMinutes * 60_000;
  return {
    opensAt: new Date(facts.startsAt.getTime() - JOIN_OPENS_MS),
    closesAt: new Date(facts.endsAt.getTime() + graceMs),
  };
}

/** A client until the start; coach and admin until it is completed. A hold by either side at any time. */
export function mayCancel(facts: ActionFacts, role: ActionRole, now: Date): boolean {
  if (facts.status === 'held') return true;
  if (facts.status !== 'scheduled') return false;
  return role !== 'client' || now < facts.startsAt;
}

/** The coach may complete early, once it has begun. */
export function mayComplete(facts: ActionFacts, now: Date): boolean {
  return facts.status === 'scheduled' && now >= facts.startsAt;
}

export function mayEditPreparation(facts: ActionFacts, now: Date): boolean {
  return isLive(facts) && now < facts.startsAt;
}

function mayAddNote(facts: ActionFacts, now: Date): boolean {
  return facts.status !== 'held' && facts.status !== 'cancelled' && now >= facts.startsAt;
}

function isLive(facts: ActionFacts): boolean {
  return facts.status === 'held' || facts.status === 'scheduled';
}
