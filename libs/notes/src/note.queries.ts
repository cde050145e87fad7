import { Injectable } from '@nestjs/common';
import { actorOf, Audit, reachableBy, type Principal } from '@app/accounts';
import { Database, sql, type RawBuilder } from '@app/database';
import { SessionQueries } from '@app/sessions';
import { minutesAfter, type NoteContent, type NoteVisibility } from './domain/note-content';
import {
  noteColumns,
  type NoteChange,
  type NoteRow,
  type NoteVersionView,
  type NoteView,
} from './note-record';
import { NoteVault } from './note-vault';
import { NoteNotFound } from './notes.errors';

interface VersionRow {
  version: number;
  change: NoteChange;
  visibility: NoteVisibility;
  contentCiphertext: Buffer;
  keyId: string;
  changedAt: Date;
  changedBy: string;
}

/** What each reader may see: the coach everything, the client what is shared, an admin everything but private texts. */
@Injectable()
export class NoteQueries {
  constructor(
    private readonly database: Database,
    private readonly audit: Audit,
    private readonly sessions: SessionQueries,
    private readonly vault: NoteVault,
  ) {}

  /**
   * Notes of a session, newest first; one more than `limit` says that there are more. A client's reading is remembered,
   * an admin's is audited.
   *
   * @param before id of the last note of the page before
   * @throws SessionNotFound also for somebody else's session
   */
  async list(principal: Principal, sessionId: string, limit: number, before?: string): Promise<NoteView[]> {
    return this.database.transaction(async () => {
      const session = await this.sessions.find(principal, sessionId);
      const rows = await this.database.many(sql<NoteRow>`
        select ${noteColumns} from notes n
        where n.coach_id = ${session.coachId} and n.session_id = ${session.id} and ${readableBy(principal)}
          and (${before ?? null}::uuid is null or n.id < ${before ?? null}::uuid)
        order by n.id desc limit ${limit + 1}`);
      const shown = await this.noticeReading(principal, rows.slice(0, limit));
      return [...shown, ...rows.slice(limit)].map((row) => this.view(principal, row, session.endsAt));
    });
  }

  /** @throws NoteNotFound also for somebody else's, and for a client where the note is private */
  async get(principal: Principal, noteId: string): Promise<NoteView> {
    return this.database.transaction(async () => {
      const row = await this.database.maybe(sql<NoteRow>`
        select ${noteColumns} from notes n where n.id = ${noteId} and ${readableBy(principal)}`);
      if (row === undefined) throw new NoteNotFound();
      const [seen = row] = await this.noticeReading(principal, [row]);
      return this.withSession(principal, seen);
    });
  }

  /**
   * Every version, oldest first; of a deleted note too. A client reads only the present text.
   *
   * @throws NoteNotFound
   */
  async history(principal: Principal, noteId: string): Promise<NoteVersionView[]> {
    return this.database.transaction(async () => {
      const row = await this.database.maybe(sql<NoteRow>`
        select ${noteColumns} from notes n where n.id = ${noteId} and ${principal.kind !== 'client'} and ${reachableBy(principal, 'n')}`);
      if (row === undefined) throw new NoteNotFound();
      await this.noticeReading(principal, [row]);
      const versions = await this.database.many(sql<VersionRow>`
        select version, change, visibility, content_ciphertext as "contentCiphertext", key_id as "keyId",
               changed_at as "changedAt", changed_by as "changedBy"
        from note_versions where coach_id = ${row.coachId} and note_id = ${row.id} order by version`);
      return versions.map(({ contentCiphertext, keyId, ...version }) => ({
        ...version,
        content:
          principal.kind === 'admin'
            ? null
            : this.vault.open(row, { ciphertext: contentCiphertext, keyId }, version.version),
      }));
    });
  }

  /**
   * The text of one version for the coach who wrote it; of a deleted note too.
   *
   * @throws NoteNotFound
   */
  async textAt(principal: Principal, noteId: string, version: number): Promise<NoteContent> {
    const row = await this.database.maybe(sql<
      Pick<VersionRow, 'contentCiphertext' | 'keyId'> & { coachId: string }
    >`
      select n.coach_id as "coachId", v.content_ciphertext as "contentCiphertext", v.key_id as "keyId"
      from notes n join note_versions v on v.coach_id = n.coach_id and v.note_id = n.id
      where n.id = ${noteId} and v.version = ${version} and ${principal.kind === 'coach'} and ${reachableBy(principal, 'n')}`);
    if (row === undefined) throw new NoteNotFound();
    const { coachId, contentCiphertext, keyId } = row;
    return this.vault.open({ coachId, id: noteId }, { ciphertext: contentCiphertext, keyId }, version);
  }

  /** For the worker: what a mail about a note needs to know, and no word of its text. */
  async facts(
    coachId: string,
    noteId: string,
  ): Promise<{ sessionId: string; visibility: NoteVisibility; deletedAt: Date | null }> {
    const row = await this.database.maybe(sql<NoteRow>`
      select ${noteColumns} from notes n where n.coach_id = ${coachId} and n.id = ${noteId}`);
    if (row === undefined) throw new NoteNotFound();
    return { sessionId: row.sessionId, visibility: row.visibility, deletedAt: row.deletedAt };
  }

  async withSession(principal: Principal, row: NoteRow): Promise<NoteView> {
    const { endsAt } = await this.sessions.get(row.coachId, row.sessionId);
    return this.view(principal, row, endsAt);
  }

  /** The text of a note, opened if it is sealed. */
  contentOf(row: NoteRow): NoteContent {
    if (row.content !== null) return row.content;
    if (row.contentCiphertext === null || row.keyId === null)
      throw new Error('A note has neither text nor ciphertext.');
    return this.vault.open(row, { ciphertext: row.contentCiphertext, keyId: row.keyId });
  }

  private view(principal: Principal, row: NoteRow, endsAt: Date): NoteView {
    const hidden = row.visibility === 'private' && principal.kind !== 'coach';
    return {
      coachId: row.coachId,
      id: row.id,
      sessionId: row.sessionId,
      clientId: row.clientId,
      kind: row.kind,
      visibility: row.visibility,
      content: hidden ? null : this.contentOf(row),
      firstSharedAt: row.firstSharedAt,
      seenByClientAt: row.seenByClientAt,
      addedWithinMinutes: row.kind === 'session' ? minutesAfter(endsAt, row.createdAt) : null,
      version: row.version,
      createdAt: row.createdAt,
      updatedAt: row.updatedAt,
    };
  }

  private async noticeReading(principal: Principal, rows: NoteRow[]): Promise<NoteRow[]> {
    if (principal.kind === 'admin') await this.auditReading(principal, rows);
    const fresh = principal.kind === 'client' ? rows.filter((row) => row.seenByClientAt === null) : [];
    if (fresh.length === 0) return rows;
    const seen = await this.database.many(sql<{ id: string; seenByClientAt: Date }>`
      update notes set seen_by_client_at = coalesce(seen_by_client_at, app_now())
      where (coach_id, id) in (select * from unnest(${fresh.map((row) => row.coachId)}::uuid[], ${fresh.map((row) => row.id)}::uuid[]))
      returning id, seen_by_client_at as "seenByClientAt"`);
    const times = new Map(seen.map((row) => [row.id, row.seenByClientAt]));
    return rows.map((row) => ({ ...row, seenByClientAt: times.get(row.id) ?? row.seenByClientAt }));
  }

  private async auditReading(principal: Principal, rows: NoteRow[]): Promise<void> {
    for (const row of rows) {
      await this.audit.record({
        coachId: row.coachId,
        actor: actorOf(principal),
        action: 'note.read',
        objectType: 'note',
        objectId: row.id,
        objectVersion: row.version,
      });
    }
  }
}

/** Present notes this person may see, from `notes n`. */
function readableBy(principal: Principal): RawBuilder<boolean> {
  const shared =
    principal.kind === 'client' ? sql`and n.visibility = 'shared' and n.kind = 'session'` : sql``;
  return sql<boolean>`n.deleted_at is null and ${reachableBy(principal, 'n')} ${shared}`;
}
