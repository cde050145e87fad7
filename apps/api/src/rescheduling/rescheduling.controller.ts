import { Body, Controller, Get, HttpCode, Post } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { Principal } from '@app/accounts';
import { SessionDetailsQueries } from '@app/reporting';
import { ProposalQueries, Proposals, Rescheduling, SessionNotFound, SessionQueries } from '@app/sessions';
import { Access } from '../http/access';
import { Idempotent } from '../http/idempotency';
import { CurrentPrincipal, ExpectedVersion, IdParam } from '../http/params';
import { Problems } from '../http/problems';
import { SessionDetailsView } from '../sessions/session-details.dto';
import { detailsView } from '../sessions/session.views';
import {
  ProposalBody,
  ProposalListView,
  ProposalView,
  RescheduleBody,
  RescheduleTermsView,
} from './rescheduling.dto';
import { proposalView, termsView } from './rescheduling.views';

/** Another time for a session: at once, or by the other side's consent. */
@ApiTags('rescheduling')
@Controller('sessions/:id')
export class ReschedulingController {
  constructor(
    private readonly rescheduling: Rescheduling,
    private readonly proposals: Proposals,
    private readonly queries: ProposalQueries,
    private readonly sessions: SessionQueries,
    private readonly details: SessionDetailsQueries,
  ) {}

  /** What moving the session would mean for you now: whether you need the other side, until when not, and its cost */
  @Get('reschedule-terms')
  @Access({ roles: ['coach', 'client', 'admin'], object: 'session' })
  @Problems({ 404: ['sessions.not_found'] })
  async terms(
    @CurrentPrincipal() principal: Principal,
    @IdParam('session') id: string,
  ): Promise<RescheduleTermsView> {
    return termsView(await this.rescheduling.terms(principal, id), principal);
  }

  /** Move the session at once; payment, notes, id and calendar entry stay */
  @Post('reschedule')
  @HttpCode(200)
  @Idempotent()
  @Access({ roles: ['coach', 'client'], object: 'session' })
  @ApiOkResponse({ type: SessionDetailsView })
  @Problems({
    404: ['sessions.not_found'],
    409: [
      'sessions.action_not_allowed',
      'sessions.reschedule_needs_consent',
      'sessions.slot_taken',
      'idempotency.in_progress',
    ],
    412: ['http.version_mismatch'],
    422: [
      'packages.starts_after_expiry',
      'sessions.already_at_this_time',
      'availability.outside_hours',
      'idempotency.key_reused',
    ],
  })
  async reschedule(
    @CurrentPrincipal() principal: Principal,
    @IdParam('session') id: string,
    @Body() body: RescheduleBody,
    @ExpectedVersion() expectedVersion?: number,
  ): Promise<SessionDetailsView> {
    await this.rescheduling.move(principal, id, body, expectedVersion);
    const row = await this.details.find(principal, id);
    if (row === undefined) throw new SessionNotFound();
    return detailsView(row, principal);
  }

  /** Other times that were offered or asked for, and what became of them */
  @Get('reschedule-proposals')
  @Access({ roles: ['coach', 'client', 'admin'], object: 'session' })
  @Problems({ 404: ['sessions.not_found'] })
  async list(
    @CurrentPrincipal() principal: Principal,
    @IdParam('session') id: string,
  ): Promise<ProposalListView> {
    const { coachId } = await this.sessions.find(principal, id);
    const proposals = await this.queries.ofSession(coachId, id);
    return { data: proposals.map((proposal) => proposalView(proposal, principal)) };
  }

  /** Offer times as a coach, or ask for some as a client; the session keeps its time until the other side agrees */
  @Post('reschedule-proposals')
  @Idempotent()
  @Access({ roles: ['coach', 'client'], object: 'session' })
  @Problems({
    404: ['sessions.not_found'],
    409: [
      'sessions.action_not_allowed',
      'proposals.already_open',
      'sessions.slot_taken',
      'idempotency.in_progress',
    ],
    412: ['http.version_mismatch'],
    422: [
      'packages.starts_after_expiry',
      'proposals.times',
      'availability.outside_hours',
      'idempotency.key_reused',
    ],
    429: ['proposals.too_many_requests'],
  })
  async propose(
    @CurrentPrincipal() principal: Principal,
    @IdParam('session') id: string,
    @Body() body: ProposalBody,
    @ExpectedVersion() expectedVersion?: number,
  ): Promise<ProposalView> {
    return proposalView(await this.proposals.propose(principal, id, body, expectedVersion), principal);
  }
}
