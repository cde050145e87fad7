import type { DomainEvent } from '@app/outbox';
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
