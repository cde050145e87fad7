import type { DomainEvent } from '@app/outbox';

/** A note was shared with the client for the first time; told once. */
export const noteShared = (note: { coachId: string; id: string; sessionId: string }): DomainEvent => ({
  type: 'notes.note_shared',
  coachId: note.coachId,
  payload: { noteId: note.id, sessionId: note.sessionId },
});
