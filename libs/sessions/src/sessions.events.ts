import type { DomainEvent } from '@app/outbox';
import type { NoShowBy } from './domain/no-show';
import type { CancelOutcome } from './session-record';

interface SessionRef {
  coachId: string;
  id: string;
}

const event = (
  name: string,
  session: SessionRef,
  version: number,
  facts: DomainEvent['payload'] = {},
): DomainEvent => ({
  type: `sessions.${name}`,
  coachId: session.coachId,
  payload: { sessionId: session.id, version, ...facts },
});

export const sessionHeld = (session: SessionRef, version: number): DomainEvent =>
  event('session_held', session, version);

export const sessionScheduled = (session: SessionRef, version: number): DomainEvent =>
  event('session_scheduled', session, version);

export const sessionCompleted = (session: SessionRef, version: number): DomainEvent =>
  event('session_completed', session, version);

export const sessionCancelled = (session: SessionRef, version: number, outcome: CancelOutcome): DomainEvent =>
  event('session_cancelled', session, version, { outcome });

/** A payment arrived when the time was taken by somebody else: it goes back in full. */
export const latePaymentRefused = (session: SessionRef, version: number, refundId: string): DomainEvent =>
  event('late_payment_refused', session, version, { refundId });

export const sessionNoShow = (
  session: SessionRef,
  version: number,
  noShowId: string,
  by: NoShowBy,
): DomainEvent => event('session_no_show', session, version, { noShowId, by });

/** The client hears of the correction, where they heard of the marking. */
export const noShowUndone = (session: SessionRef, version: number, noShowId: string): DomainEvent =>
  event('no_show_undone', session, version, { noShowId });

/** A client says that the coach did not come. */
export const noShowReported = (session: SessionRef, version: number): DomainEvent =>
  event('no_show_reported', session, version);

/** The coach lets the client off what they owe for cancelling late or not coming. */
export const chargeWaived = (session: SessionRef, version: number, paymentId: string): DomainEvent =>
  event('charge_waived', session, version, { paymentId });

export const followUpSent = (session: SessionRef, version: number): DomainEvent =>
  event('follow_up_sent', session, version);

/** The session has another time; everything else of it is as it was. */
export const sessionMoved = (session: SessionRef, version: number): DomainEvent =>
  event('session_moved', session, version);

interface ProposalRef {
  coachId: string;
  id: string;
  sessionId: string;
}

const proposalEvent = (name: string, { coachId, id, sessionId }: ProposalRef): DomainEvent => ({
  type: `sessions.${name}`,
  coachId,
  payload: { proposalId: id, sessionId },
});

/** The coach offers times, or the client asks for some. */
export const proposalMade = (proposal: ProposalRef): DomainEvent => proposalEvent('proposal_made', proposal);

export const proposalDeclined = (proposal: ProposalRef): DomainEvent =>
  proposalEvent('proposal_declined', proposal);

export const proposalWithdrawn = (proposal: ProposalRef): DomainEvent =>
  proposalEvent('proposal_withdrawn', proposal);

/** Announced by the sweep, in one statement for many. */
export const PROPOSAL_EXPIRED = 'sessions.proposal_expired';

/** A reminder of a session came due; written by a sweep, in SQL. */
export const REMINDER_DUE = 'sessions.reminder_due';
