import type { PolicyRules } from '@app/offerings';
import type { SessionStatus } from '../session-record';

/** What decides whether a session can get another time. */
export interface MovableFacts {
  status: SessionStatus;
  startsAt: Date;
  /** The terms of the booking: the notice from which the client needs nobody's consent. */
  policyRules: Pick<PolicyRules, 'freeRescheduleHours'>;
}

type Role = 'coach' | 'client' | 'admin';

/** Where a proposal stands; all but `open` are for ever. */
export type ProposalStatus =
  | 'open'
  | 'answered'
  | 'accepted'
  | 'declined'
  | 'withdrawn'
  | 'expired'
  | 'superseded';

/** What taking one of the times does: the session moves there, or another one is booked after it (domain.md 7, 9). */
export type ProposalPurpose = 'move' | 'book_next';

const HOUR_MS = 3_600_000;

/** Most times in an offer of the coach, and in a request of the client (domain.md 7). */
export const MOST_TIMES = { coach: 5, client: 3 } as const;

/** Requests of one client that may wait for the same coach at once. */
export const MOST_OPEN_REQUESTS = 3;

/** Until the start: afterwards it is completed, cancelled or not attended, but no longer moved. */
export function isMovable(
  { status, startsAt }: Pick<MovableFacts, 'status' | 'startsAt'>,
  now: Date,
): boolean {
  return status === 'scheduled' && now < startsAt;
}

/** At once, without the other's consent: the coach until the start, a client with the notice of the terms (A78, A79). */
export function mayReschedule(facts: MovableFacts, role: Role, now: Date): boolean {
  if (role === 'admin' || !isMovable(facts, now)) return false;
  return role === 'coach' || now <= movableUntil(facts);
}

/** A client may always ask, with whatever notice. */
export function mayAskForOtherTimes(facts: MovableFacts, role: Role, now: Date): boolean {
  return role === 'client' && isMovable(facts, now);
}

/** The coach offers times. */
export function mayPropose(facts: MovableFacts, role: Role, now: Date): boolean {
  return role === 'coach' && isMovable(facts, now);
}

/** The last instant at which the client moves the session without asking. */
export function movableUntil({
  startsAt,
  policyRules,
}: Pick<MovableFacts, 'startsAt' | 'policyRules'>): Date {
  return new Date(startsAt.getTime() - policyRules.freeRescheduleHours * HOUR_MS);
}

/** When a proposal that is made now runs out: after the coach's hours, never later than the start. */
export function proposalEnd(startsAt: Date, proposalHours: number, now: Date): Date {
  return new Date(Math.min(now.getTime() + proposalHours * HOUR_MS, startsAt.getTime()));
}

/** When an offer of times for another session runs out: after the coach's hours, never later than the last of them. */
export function offerEnd(times: readonly Date[], proposalHours: number, now: Date): Date {
  const last = Math.max(...times.map((time) => time.getTime()));
  return new Date(Math.min(now.getTime() + proposalHours * HOUR_MS, last));
}

/** Why times cannot stand in one proposal, or null. */
export function faultOfTimes(times: readonly Date[], session: { startsAt: Date }): string | null {
  const instants = times.map((time) => time.getTime());
  if (new Set(instants).size < instants.length) return 'The same time stands there twice.';
  if (instants.includes(session.startsAt.getTime())) return 'The session has this time already.';
  return null;
}
