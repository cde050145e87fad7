import { Controller, Get } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Principal } from '@app/accounts';
import { publicId } from '@app/common';
import { NoteQueries } from '@app/notes';
import { SessionBriefQueries, SessionDetailsQueries } from '@app/reporting';
import { SessionNotFound } from '@app/sessions';
import { Access } from '../http/access';
import { CurrentPrincipal, IdParam } from '../http/params';
import { Problems } from '../http/problems';
import { noteView } from '../notes/note.views';
import { BriefView } from './brief.dto';

/** Notes of the sessions before, and of the preparation of this one. */
const MOST_NOTES = 10;

@ApiTags('sessions')
@Controller('sessions/:id/brief')
export class BriefController {
  constructor(
    private readonly details: SessionDetailsQueries,
    private readonly briefs: SessionBriefQueries,
    private readonly notes: NoteQueries,
  ) {}

  /** What you want to know before a session: the client's preparation, goals, and your last notes */
  @Get()
  @Access({ roles: ['coach'], object: 'session' })
  @Problems({ 404: ['sessions.not_found'] })
  async brief(@CurrentPrincipal() principal: Principal, @IdParam('session') id: string): Promise<BriefView> {
    const session = await this.details.find(principal, id);
    if (session === undefined) throw new SessionNotFound();
    const goals = await this.briefs.goals(session.coachId, id);
    const noteIds = await this.briefs.noteIds(session.coachId, id, MOST_NOTES);
    const notes = await Promise.all(noteIds.map((noteId) => this.notes.get(principal, noteId)));
    return {
      preparation: {
        focus: session.preparationFocus,
        questions: session.preparationQuestions,
        background: session.preparationBackground,
      },
      goals: goals.map((goal) => ({ ...goal, id: publicId('goal', goal.id) })),
      notes: notes.map(noteView),
      sessionCount: session.sessionCount,
      lastSessionAt: session.lastSessionAt?.toISOString() ?? null,
    };
  }
}
