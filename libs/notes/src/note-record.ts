import { sql, type RawBuilder } from '@app/database';
import type { NoteContent, NoteVisibility } from './domain/note-content';

export type NoteKind = 'session' | 'preparation';
export type NoteChange = 'created' | 'edited' | 'shared' | 'made_private' | 'deleted';

/** One row of `notes`. */
export interface NoteRow {
  coachId: string;
  id: string;
  sessionId: string;
  clientId: string;
  kind: NoteKind;
  visibility: NoteVisibility;
  content: NoteContent | null;
  contentCiphertext: Buffer | null;
  keyId: string | null;
  firstSharedAt: Date | null;
  seenByClientAt: Date | null;
  deletedAt: Date | null;
  version: number;
  createdAt: Date;
  updatedAt: Date;
}

/** A note as a reader may see it. */
export interface NoteView {
  coachId: string;
  id: string;
  sessionId: string;
  clientId: string;
  kind: NoteKind;
  visibility: NoteVisibility;
  /** Null for an admin who looks at a private note. */
  content: NoteContent | null;
  /** Since when the client could read it; stays when it is made private again. */
  firstSharedAt: Date | null;
  /** When the client first read it; stays when it is made private again. */
  seenByClientAt: Date | null;
  /** Minutes from the end of the session to the writing; null for a preparation note. */
  addedWithinMinutes: number | null;
  version: number;
  createdAt: Date;
  updatedAt: Date;
}

export interface NoteVersionView {
  version: number;
  change: NoteChange;
  visibility: NoteVisibility;
  /** Null for an admin: history may hold what was private. */
  content: NoteContent | null;
  changedAt: Date;
  changedBy: string;
}

/** The select list of a `NoteRow` from `notes n`. */
export const noteColumns: RawBuilder<unknown> = sql`
  n.coach_id as "coachId", n.id, n.session_id as "sessionId", n.client_id as "clientId", n.kind, n.visibility, n.content,
  n.content_ciphertext as "contentCiphertext", n.key_id as "keyId", n.first_shared_at as "firstSharedAt",
  n.seen_by_client_at as "seenByClientAt", n.deleted_at as "deletedAt", n.version, n.created_at as "createdAt",
  n.updated_at as "updatedAt"`;
