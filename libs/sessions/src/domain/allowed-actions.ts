import type { CancelOutcome, SessionStatus } from '../session-record';
import { mayFollowUp, mayReportNoShow, type NoShowFacts } from './no-show';
import { mayRate } from './rating';
import { mayAskForOtherTimes, mayPropose, mayReschedule, type MovableFacts } from './rescheduling';
import { isLawful, type StatusFacts } from './session-status';

export type SessionAction =
  | 'accept_terms'
  | 'pay'
  | 'join'
  | 'reschedule'
  | 'propose'
  | 'cancel'
  | 'complete'
  | 'edit_preparation'
  | 'add_preparation_note'
  | 'add_note'
  | 'mark_no_show'
  | 'undo_no_show'
  | 'report_no_show'
  | 'follow_up'
  | 'rate'
  | 'waive_charge'
  | 'book_next';

/** Where a session stands in its life. */
export interface LifeFacts {
  status: SessionStatus;
  outcome: CancelOutcome | null;
  startsAt: Date;
  endsAt: Date;
}

export interface ActionFacts extends StatusFacts, NoShowFacts, MovableFacts {
  /** Null while the client has not agreed to the terms of what a coach booked for them. */
  policyAcceptedAt: Date | null;
  /** When the client rated the session first. */
  ratedAt: Date | null;
  /** Known where lists and details look it up: what is owed for cancelling late or not coming is not paid. */
  isChargeWaivable?: boolean;
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
    ['accept_terms', role === 'client' && mayAcceptTerms(facts, now)],
    ['pay', role === 'client' && mayPay(facts)],
    ['join', role !== 'admin' && mayJoin(facts, now, joinGraceMinutes)],
    ['reschedule', mayReschedule(facts, role, now)],
    ['propose', mayPropose(facts, role, now) || mayAskForOtherTimes(facts, role, now)],
    ['cancel', mayCancel(facts, role, now)],
    ['complete', role === 'coach' && mayComplete(facts, now)],
    ['edit_preparation', role === 'client' && mayEditPreparation(facts, now)],
    ['add_preparation_note', role === 'coach' && isLive(facts)],
    ['add_note', role === 'coach' && mayAddNote(facts, now)],
    ['mark_no_show', mayMarkNoShow(facts, role, now)],
    ['undo_no_show', role === 'coach' && statusAfterUndo(facts, now) !== null],
    ['report_no_show', role === 'client' && mayReportNoShow(facts, now)],
    ['follow_up', role === 'coach' && mayFollowUp(facts)],
    ['rate', role === 'client' && mayRate(facts, now)],
    ['waive_charge', role !== 'client' && facts.isChargeWaivable === true],
    ['book_next', role !== 'admin' && mayBookNext(facts)],
  ];
  return rules.filter(([, allowed]) => allowed).map(([action]) => action);
}

/** Until the start: what was agreed to later would change a session that has begun. */
export function mayAcceptTerms(facts: ActionFacts, now: Date): boolean {
  return facts.policyAcceptedAt === null && isLive(facts) && now < facts.startsAt;
}

export function mayPay(facts: LifeFacts): boolean {
  return facts.status === 'held';
}

/** Completed ones too: the worker completes at the end, the door stays open for the grace. */
const JOINABLE: readonly SessionStatus[] = ['scheduled', 'completed', 'no_show'];

export function mayJoin(facts: LifeFacts, now: Date, joinGraceMinutes: number): boolean {
  if (!JOINABLE.includes(facts.status)) return false;
  const { opensAt, closesAt } = joinWindow(facts, joinGraceMinutes);
  return now >= opensAt && now <= closesAt;
}

/** From 15 minutes before the start until the end plus grace; a marked no-show only until the end. */
export function joinWindow(facts: LifeFacts, joinGraceMinutes: number): { opensAt: Date; closesAt: Date } {
  const graceMs = facts.status === 'no_show' ? 0 : joinGraceMinutes * 60_000;
  return {
    opensAt: new Date(facts.startsAt.getTime() - JOIN_OPENS_MS),
    closesAt: new Date(facts.endsAt.getTime() + graceMs),
  };
}

/**
 * A client until the start; coach and admin at any time, of what is over by a quote that says so. A hold by either side
 * at any time.
 */
export function mayCancel(facts: LifeFacts, role: ActionRole, now: Date): boolean {
  if (facts.status === 'held') return true;
  if (isOver(facts)) return role !== 'client';
  if (facts.status !== 'scheduled') return false;
  return role !== 'client' || now < facts.startsAt;
}

/** What is completed or missed is voided after the fact, not called off. */
export function isOver({ status }: LifeFacts): boolean {
  return status === 'completed' || status === 'no_show';
}

/** From the start on: before the waiting time is over with a reason (domain.md 5, 9). */
export function mayMarkNoShow(facts: StatusFacts, role: ActionRole, now: Date): boolean {
  return isLawful(facts, { to: 'no_show', by: role }, now);
}

/** What a coach's undoing makes of a no-show: scheduled again before the end, completed after it; null when it is too late. */
export function statusAfterUndo(facts: StatusFacts, now: Date): 'scheduled' | 'completed' | null {
  if (facts.status !== 'no_show') return null;
  if (isLawful(facts, { to: 'scheduled', by: 'coach' }, now)) return 'scheduled';
  return isLawful(facts, { to: 'completed', by: 'coach' }, now) ? 'completed' : null;
}

/** After a session that took place, or that was missed (domain.md 9). */
export function mayBookNext(facts: LifeFacts): boolean {
  return isOver(facts);
}

/** The coach may complete early, once it has begun. */
export function mayComplete(facts: LifeFacts, now: Date): boolean {
  return facts.status === 'scheduled' && now >= facts.startsAt;
}

export function mayEditPreparation(facts: LifeFacts, now: Date): boolean {
  return isLive(facts) && now < facts.startsAt;
}

function mayAddNote(facts: LifeFacts, now: Date): boolean {
  return facts.status !== 'held' && facts.status !== 'cancelled' && now >= facts.startsAt;
}

function isLive(facts: LifeFacts): boolean {
  return facts.status === 'held' || facts.status === 'scheduled';
}
