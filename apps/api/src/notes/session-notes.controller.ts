import { Body, Controller, Get, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Principal } from '@app/accounts';
import { NoteQueries, Notes } from '@app/notes';
import { Access } from '../http/access';
import { pageOf } from '../http/cursor';
import { decodeIdCursor, encodeIdCursor } from '../http/id-cursor';
import { CurrentPrincipal, IdParam } from '../http/params';
import { Problems } from '../http/problems';
import { WithNoteText } from './note-text.interceptor';
import { AddNoteBody, NoteListQuery, NotePageView, NoteView } from './note.dto';
import { noteView, textView } from './note.views';

const SORT = '-createdAt';

/** What the coach wrote about a session. */
@ApiTags('notes')
@Controller('sessions/:id/notes')
export class SessionNotesController {
  constructor(
    private readonly notes: Notes,
    private readonly queries: NoteQueries,
  ) {}

  /** Notes of a session, newest first; a client sees the shared ones */
  @Get()
  @Access({ roles: ['coach', 'client', 'admin'], object: 'session' })
  @Problems({ 404: ['sessions.not_found'] })
  async list(
    @CurrentPrincipal() principal: Principal,
    @IdParam('session') sessionId: string,
    @Query() { limit, cursor }: NoteListQuery,
  ): Promise<NotePageView> {
    const before = decodeIdCursor('note', cursor, SORT);
    const rows = await this.queries.list(principal, sessionId, limit, before);
    return pageOf(rows, limit, (row) => encodeIdCursor('note', row.id, SORT), noteView);
  }

  /** Write a note: shared with the client, or for you alone */
  @Post()
  @WithNoteText()
  @Access({ roles: ['coach'], object: 'session' })
  @Problems({
    400: ['notes.content'],
    404: ['sessions.not_found'],
    409: ['notes.not_possible', 'idempotency.in_progress'],
    422: ['notes.preparation_is_private', 'notes.private_sections', 'idempotency.key_reused'],
  })
  async add(
    @CurrentPrincipal() principal: Principal,
    @IdParam('session') sessionId: string,
    @Body() { kind = 'session', visibility, ...content }: AddNoteBody,
  ): Promise<NoteView> {
    const note = await this.notes.create(principal, sessionId, { kind, visibility, content });
    return { ...noteView(note), ...textView(null) };
  }
}
