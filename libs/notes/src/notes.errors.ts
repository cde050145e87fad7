import { Conflict, NotFound, RuleViolation } from '@app/common';
import type { SessionAction, SessionStatus } from '@app/sessions';
import type { NoteSection } from './domain/note-content';

/** Also the answer for somebody else's note, and for a client who asks for a private one. */
export class NoteNotFound extends NotFound {
  constructor() {
    super('notes.not_found', 'There is no such note.');
  }
}

export class NoteNotPossible extends Conflict {
  constructor(session: { status: SessionStatus; startsAt: Date }, allowedActions: SessionAction[]) {
    super(
      'notes.not_possible',
      `This kind of note cannot be added: the session is ${session.status} at this moment.`,
      {
        extensions: {
          sessionStatus: session.status,
          startsAt: session.startsAt.toISOString(),
          allowedActions,
        },
        help: 'A session note can be written from the scheduled start on, a preparation note until the session ends.',
      },
    );
  }
}

export class PreparationStaysPrivate extends RuleViolation {
  constructor() {
    super(
      'notes.preparation_is_private',
      'A preparation note is for the coach alone: its visibility is "private".',
    );
  }
}

export class SharingNotConfirmed extends RuleViolation {
  constructor() {
    super(
      'notes.sharing_not_confirmed',
      'The client will be able to read this private note. Send "share": true to confirm.',
    );
  }
}

export class PrivateSections extends RuleViolation {
  constructor(sections: NoteSection[]) {
    super(
      'notes.private_sections',
      `A shared note cannot hold ${sections.join(', ')}. Clear them first, or keep the note private.`,
      {
        extensions: { sections },
      },
    );
  }
}
