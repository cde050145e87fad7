import { Injectable } from '@nestjs/common';
import { actorOf, assertVersion, insertAudit, reachableBy, type Principal } from '@app/accounts';
import { Clock, Forbidden, newId } from '@app/common';
import { Database, sql, together, type RawBuilder } from '@app/database';
import { insertMessages } from '@app/outbox';
import { allowedActions, SessionQueries } from '@app/sessions';
import {
  NOTE_SECTIONS,
  noteContent,
  privateSectionsOf,
  type NoteContent,
  type NoteSection,
  type NoteVisibility,
} from './domain/note-content';
import { noteColumns, type NoteChange, type NoteKind, type NoteRow, type NoteView } from './note-record';
import { NoteVault } from './note-vault';
import { NoteQueries } from './note.queries';
import {
  NoteNotFound,
  NoteNotPossible,
  PreparationStaysPrivate,
  PrivateSections,
  SharingNotConfirmed,
} from './notes.errors';
import { noteShared } from './notes.events';

export interface NewNote {
  kind: NoteKind;
  /** Always chosen by the coach: there is no default (A66). */
  visibility: NoteVisibility;
  content: NoteContent;
}

export interface NoteEdit {
  body?: string;
  /** An empty text removes the section. */
  sections?: Partial<Record<NoteSection, string>>;
  visibility?: NoteVisibility;
  /** Confirms that the client may read from now on what was private. */
  share?: boolean;
}

type StoredContent = Pick<NoteRow, 'visibility' | 'content' | 'contentCiphertext' | 'keyId'>;

/** What a coach writes about a session (domain.md 14). */
@Injectable()
export class Notes {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly sessions: SessionQueries,
    private readonly queries: NoteQueries,
    private readonly vault: NoteVault,
  ) {}

  /**
   * A session note can be written from the scheduled start on; a preparation note while the session is ahead or runs.
   *
   * @throws SessionNotFound, NoteNotPossible, PreparationStaysPrivate, PrivateSections, Invalid `notes.content`
   */
  async create(principal: Principal, sessionId: string, note: NewNote): Promise<NoteView> {
    const content = noteContent(note.content);
    refuseVisibility(note.kind, note.visibility, content);
    return this.database.transaction(async () => {
      const session = await this.sessions.find(coachOnly(principal), sessionId);
      const now = await this.clock.now();
      const allowed = allowedActions(session, 'coach', now, 0);
      if (!allowed.includes(note.kind === 'session' ? 'add_note' : 'add_preparation_note'))
        throw new NoteNotPossible(session, allowed);
      const key = { coachId: session.coachId, id: newId() };
      const row: NoteRow = {
        ...key,
        sessionId: session.id,
        clientId: session.clientId,
        kind: note.kind,
        ...this.stored(key, note.visibility, content),
        firstSharedAt: note.visibility === 'shared' ? now : null,
        seenByClientAt: null,
        deletedAt: null,
        version: 1,
        createdAt: now,
        updatedAt: now,
      };
      const announced = row.firstSharedAt === null ? [] : [insertMessages([noteShared(row)])];
      await this.database.execute(
        together(insertNote(row), ...this.traces(principal, row, content, 'created'), ...announced),
      );
      return this.queries.withSession(principal, row);
    });
  }

  /**
   * Changes text or visibility; what changes nothing leaves no version. The client is told of a note when it is shared
   * for the first time, never again.
   *
   * @throws NoteNotFound, SharingNotConfirmed, PreparationStaysPrivate, PrivateSections, Invalid `notes.content`
   */
  async edit(
    principal: Principal,
    noteId: string,
    edit: NoteEdit,
    expectedVersion?: number,
  ): Promise<NoteView> {
    return this.database.transaction(async () => {
      const before = await this.lock(coachOnly(principal), noteId, expectedVersion);
      const oldContent = this.queries.contentOf(before);
      const content = noteContent({ ...oldContent, ...edit.sections, body: edit.body ?? oldContent.body });
      const visibility = edit.visibility ?? (edit.share === true ? 'shared' : before.visibility);
      if (visibility === 'shared' && before.visibility === 'private' && edit.share !== true)
        throw new SharingNotConfirmed();
      refuseVisibility(before.kind, visibility, content);
      const change = changeOf(before.visibility, visibility, oldContent, content);
      if (change === null) return this.queries.withSession(principal, before);
      const now = await this.clock.now();
      const row: NoteRow = {
        ...before,
        ...this.stored(before, visibility, content),
        firstSharedAt: before.firstSharedAt ?? (visibility === 'shared' ? now : null),
        version: before.version + 1,
        updatedAt: now,
      };
      const announced =
        before.firstSharedAt === null && visibility === 'shared' ? [insertMessages([noteShared(row)])] : [];
      await this.database.execute(
        together(updateNote(row), ...this.traces(principal, row, content, change, before), ...announced),
      );
      return this.queries.withSession(principal, row);
    });
  }

  /**
   * Takes the note away from everybody; its history stays with the coach.
   *
   * @throws NoteNotFound, VersionMismatch
   */
  async remove(principal: Principal, noteId: string, expectedVersion?: number): Promise<void> {
    await this.database.transaction(async () => {
      const before = await this.lock(coachOnly(principal), noteId, expectedVersion);
      const now = await this.clock.now();
      const row: NoteRow = { ...before, deletedAt: now, version: before.version + 1, updatedAt: now };
      const content = this.queries.contentOf(before);
      await this.database.execute(
        together(updateNote(row), ...this.traces(principal, row, content, 'deleted', before)),
      );
    });
  }

  private async lock(
    principal: Principal,
    noteId: string,
    expectedVersion: number | undefined,
  ): Promise<NoteRow> {
    const row = await this.database.maybe(sql<NoteRow>`
      select ${noteColumns} from notes n
      where n.id = ${noteId} and n.deleted_at is null and ${reachableBy(principal, 'n')} for update`);
    if (row === undefined) throw new NoteNotFound();
    assertVersion(expectedVersion, row.version);
    return row;
  }

  private stored(
    key: { coachId: string; id: string },
    visibility: NoteVisibility,
    content: NoteContent,
  ): StoredContent {
    if (visibility === 'shared') return { visibility, content, contentCiphertext: null, keyId: null };
    const { ciphertext, keyId } = this.vault.seal(key, content);
    return { visibility, content: null, contentCiphertext: ciphertext, keyId };
  }

  /** History and audit of one change. History is always sealed: a shared text may have been private, or become so. */
  private traces(
    principal: Principal,
    row: NoteRow,
    content: NoteContent,
    change: NoteChange,
    before?: NoteRow,
  ): RawBuilder<unknown>[] {
    const sealed = this.vault.seal(row, content, row.version);
    return [
      sql`insert into note_versions
        (coach_id, note_id, version, visibility, content_ciphertext, key_id, changed_by, changed_at, change)
        values (${row.coachId}::uuid, ${row.id}::uuid, ${row.version}, ${row.visibility}, ${sealed.ciphertext}::bytea, ${sealed.keyId},
          ${principal.accountId}::uuid, ${row.updatedAt}::timestamptz, ${change})`,
      insertAudit({
        coachId: row.coachId,
        actor: actorOf(principal),
        action: `note.${ACTS[change]}`,
        objectType: 'note',
        objectId: row.id,
        objectVersion: row.version,
        ...(before === undefined ? {} : { before: { visibility: before.visibility } }),
        after: { visibility: row.visibility },
      }),
    ];
  }
}

const ACTS: Record<NoteChange, string> = {
  created: 'create',
  edited: 'edit',
  shared: 'share',
  made_private: 'make_private',
  deleted: 'delete',
};

function coachOnly(principal: Principal): Principal {
  if (principal.kind !== 'coach')
    throw new Forbidden('notes.coach_only', 'Only the coach of the session writes notes.');
  return principal;
}

function refuseVisibility(kind: NoteKind, visibility: NoteVisibility, content: NoteContent): void {
  if (visibility === 'private') return;
  if (kind === 'preparation') throw new PreparationStaysPrivate();
  const sections = privateSectionsOf(content);
  if (sections.length > 0) throw new PrivateSections(sections);
}

function changeOf(
  from: NoteVisibility,
  to: NoteVisibility,
  oldContent: NoteContent,
  content: NoteContent,
): NoteChange | null {
  if (from !== to) return to === 'shared' ? 'shared' : 'made_private';
  const parts = ['body', ...NOTE_SECTIONS] as const;
  return parts.some((part) => oldContent[part] !== content[part]) ? 'edited' : null;
}

function insertNote(row: NoteRow): RawBuilder<unknown> {
  return sql`insert into notes
    (coach_id, id, session_id, client_id, kind, visibility, content, content_ciphertext, key_id, first_shared_at, version, created_at, updated_at)
    values (${row.coachId}::uuid, ${row.id}::uuid, ${row.sessionId}::uuid, ${row.clientId}::uuid, ${row.kind}, ${row.visibility},
      ${json(row.content)}::jsonb, ${row.contentCiphertext}::bytea, ${row.keyId}::text, ${row.firstSharedAt}::timestamptz, ${row.version},
      ${row.createdAt}::timestamptz, ${row.updatedAt}::timestamptz)`;
}

function updateNote(row: NoteRow): RawBuilder<unknown> {
  return sql`update notes set visibility = ${row.visibility}, content = ${json(row.content)}::jsonb,
      content_ciphertext = ${row.contentCiphertext}::bytea, key_id = ${row.keyId}::text, first_shared_at = ${row.firstSharedAt}::timestamptz,
      deleted_at = ${row.deletedAt}::timestamptz, version = ${row.version}, updated_at = ${row.updatedAt}::timestamptz
    where coach_id = ${row.coachId} and id = ${row.id}`;
}

function json(content: NoteContent | null): string | null {
  return content === null ? null : JSON.stringify(content);
}
