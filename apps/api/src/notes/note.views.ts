import { publicId } from '@app/common';
import type { NoteContent, NoteVersionView as NoteVersion, NoteView as Note } from '@app/notes';
import type { NoteTextView, NoteVersionView, NoteView } from './note.dto';

export function textView(content: NoteContent | null): NoteTextView {
  return {
    body: content?.body ?? null,
    keyPoints: content?.keyPoints ?? null,
    insights: content?.insights ?? null,
    observations: content?.observations ?? null,
    approachChanges: content?.approachChanges ?? null,
    sensitiveInformation: content?.sensitiveInformation ?? null,
  };
}

export function noteView(note: Note): NoteView {
  return {
    id: publicId('note', note.id),
    sessionId: publicId('session', note.sessionId),
    clientId: publicId('client', note.clientId),
    kind: note.kind,
    visibility: note.visibility,
    ...textView(note.content),
    firstSharedAt: note.firstSharedAt?.toISOString() ?? null,
    seenByClientAt: note.seenByClientAt?.toISOString() ?? null,
    addedWithinMinutes: note.addedWithinMinutes,
    createdAt: note.createdAt.toISOString(),
    updatedAt: note.updatedAt.toISOString(),
    version: note.version,
  };
}

export function noteVersionView(version: NoteVersion): NoteVersionView {
  return {
    version: version.version,
    change: version.change,
    visibility: version.visibility,
    ...textView(version.content),
    changedAt: version.changedAt.toISOString(),
    changedBy: publicId('account', version.changedBy),
  };
}
