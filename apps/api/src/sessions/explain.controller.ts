import { Controller, Get, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Principal } from '@app/accounts';
import { SessionListQueries, type HidingFilter } from '@app/reporting';
import { SessionQueries, type SessionRecord } from '@app/sessions';
import { Access } from '../http/access';
import { CurrentPrincipal, IdParam } from '../http/params';
import { Problems } from '../http/problems';
import { ExplainQuery, ExplainView } from './explain.dto';
import { STATUS_LABELS } from './session.views';
import { timelineView } from './timeline.views';

@ApiTags('sessions')
@Controller('sessions/:id/explain')
export class ExplainController {
  constructor(
    private readonly lists: SessionListQueries,
    private readonly queries: SessionQueries,
  ) {}

  /** Why a session is not in a list: which of its filters hides it, what state it is in, and who brought it there */
  @Get()
  @Access({ roles: ['coach', 'client', 'admin'], object: 'session' })
  @Problems({ 404: ['sessions.not_found'] })
  async explain(
    @CurrentPrincipal() principal: Principal,
    @IdParam('session') id: string,
    @Query() query: ExplainQuery,
  ): Promise<ExplainView> {
    const session = await this.queries.find(principal, id);
    const timeline = await this.queries.timeline(session.coachId, id);
    const last = timeline.findLast(({ toStatus }) => toStatus !== null);
    if (last === undefined) throw new Error('A session has no history.');
    const { at, actor, text } = timelineView(last, principal);
    const hiding = await this.lists.hiding(principal, id, query);
    return {
      isShown: hiding.length === 0,
      hiddenBy: hiding.map((parameter) => ({ parameter, detail: detailOf(parameter, session, query) })),
      status: session.status,
      lastChange: text,
      changedAt: at,
      changedBy: actor,
    };
  }
}

function detailOf(parameter: HidingFilter, session: SessionRecord, query: ExplainQuery): string {
  const label = STATUS_LABELS[session.status].toLowerCase();
  switch (parameter) {
    case 'view':
      return `The session is ${label}, and "${query.view}" shows ${VIEW_WORDS[query.view]}.`;
    case 'status':
      return `The session is ${label}, not ${query.status?.join(' or ') ?? ''}.`;
    case 'paymentStatus':
      return `Its payment is ${session.paymentStatus}, not ${query.paymentStatus?.join(' or ') ?? ''}.`;
    case 'startsFrom':
    case 'startsTo':
      return `It starts at ${session.startsAt.toISOString()}, outside the range.`;
    case 'type':
    case 'clientId':
    case 'clientName':
    case 'seriesId':
    case 'entitlementId':
    case 'reasonCode':
      return `It does not fit ${parameter}.`;
  }
}

const VIEW_WORDS = {
  upcoming: 'what is scheduled or awaits payment',
  past: 'what is completed, missed or cancelled, but no skipped or paused sessions and no bookings that were never paid',
  all: 'everything',
} as const;
