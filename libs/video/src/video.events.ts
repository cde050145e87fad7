import type { DomainEvent } from '@app/outbox';

interface SessionRef {
  coachId: string;
  sessionId: string;
}

/** A new room is there; its link was not known before. */
export const meetingReady = ({ coachId, sessionId }: SessionRef): DomainEvent => ({
  type: 'video.meeting_ready',
  coachId,
  payload: { sessionId },
});

export const meetingFailed = ({ coachId, sessionId }: SessionRef, reason: string): DomainEvent => ({
  type: 'video.meeting_failed',
  coachId,
  payload: { sessionId, reason },
});

/** The room does not fit the session any more, for a reason outside the session: look at it again. */
export const meetingSyncRequested = ({ coachId, sessionId }: SessionRef): DomainEvent => ({
  type: 'video.meeting_sync_requested',
  coachId,
  payload: { sessionId },
});
