import { Body, Controller, Delete, Get, HttpCode, Patch } from '@nestjs/common';
import { ApiNoContentResponse, ApiTags } from '@nestjs/swagger';
import type { Principal } from '@app/accounts';
import { NoteQueries, Notes } from '@app/notes';
import { Access } from '../http/access';
import { CurrentPrincipal, ExpectedVersion, IdParam } from '../http/params';
import { Problems } from '../http/problems';
import { ChangeNoteBody, NoteHistoryView, NoteView } from './note.dto';
import { noteVersionView, noteView } from './note.views';

@ApiTags('notes')
@Controller('notes')
export class NotesController {
  constructor(
    private readonly notes: Notes,
    private readonly queries: NoteQueries,
  ) {}

  /** One note; a client finds only shared ones */
  @Get(':id')
  @Access({ roles: ['coach', 'client', 'admin'], object: 'note' })
  @Problems({ 404: ['notes.not_found'] })
  async get(@CurrentPrincipal() principal: Principal, @IdParam('note') id: string): Promise<NoteView> {
    return noteView(await this.queries.get(principal, id));
  }

  /** Change text or visibility; an empty section removes it. Every version is kept */
  @Patch(':id')
  @Access({ roles: ['coach'], object: 'note' })
  @Problems({
    400: ['notes.content'],
    404: ['notes.not_found'],
    412: ['http.version_mismatch'],
    422: ['notes.sharing_not_confirmed', 'notes.preparation_is_private', 'notes.private_sections'],
  })
  async patch(
    @CurrentPrincipal() principal: Principal,
    @IdParam('note') id: string,
    @Body() { body, visibility, share, ...sections }: ChangeNoteBody,
    @ExpectedVersion() expectedVersion?: number,
  ): Promise<NoteView> {
    const edit = {
      sections,
      ...(body === undefined ? {} : { body }),
      ...(visibility === undefined ? {} : { visibility }),
      ...(share === undefined ? {} : { share }),
    };
    return noteView(await this.notes.edit(principal, id, edit, expectedVersion));
  }

  /** Take a note away from both sides; its history stays with you */
  @Delete(':id')
  @HttpCode(204)
  @Access({ roles: ['coach'], object: 'note' })
  @ApiNoContentResponse({ description: 'It is gone' })
  @Problems({ 404: ['notes.not_found'], 412: ['http.version_mismatch'] })
  async remove(
    @CurrentPrincipal() principal: Principal,
    @IdParam('note') id: string,
    @ExpectedVersion() expectedVersion?: number,
  ): Promise<void> {
    await this.notes.remove(principal, id, expectedVersion);
  }

  /** Every version of a note, also of one that was removed */
  @Get(':id/history')
  @Access({ roles: ['coach', 'admin'], object: 'note' })
  @Problems({ 404: ['notes.not_found'] })
  async history(
    @CurrentPrincipal() principal: Principal,
    @IdParam('note') id: string,
  ): Promise<NoteHistoryView> {
    const versions = await this.queries.history(principal, id);
    return { data: versions.map(noteVersionView) };
  }
}
