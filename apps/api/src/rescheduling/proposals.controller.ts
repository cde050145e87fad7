import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { Principal } from '@app/accounts';
import { ProposalAnswers } from '@app/sessions';
import { Access } from '../http/access';
import { Idempotent } from '../http/idempotency';
import { CurrentPrincipal, ExpectedVersion, IdParam } from '../http/params';
import { Problems } from '../http/problems';
import { AcceptProposalBody, ProposalView } from './rescheduling.dto';
import { proposalView } from './rescheduling.views';

/** What ends a proposal: the other side accepts or declines, its maker withdraws. */
@ApiTags('rescheduling')
@Controller('reschedule-proposals/:id')
export class ProposalsController {
  constructor(private readonly answers: ProposalAnswers) {}

  /** Take one of the times: the session moves there, or after a missed one another is booked; the others are free again */
  @Post('accept')
  @HttpCode(200)
  @Idempotent()
  @Access({ roles: ['coach', 'client'], object: 'proposal' })
  @ApiOkResponse({ type: ProposalView })
  @Problems({
    404: ['proposals.not_found'],
    409: [
      'proposals.closed',
      'proposals.not_yours_to_answer',
      'proposals.time_passed',
      'sessions.slot_taken',
      'offerings.archived',
      'payouts-not-ready',
      'idempotency.in_progress',
    ],
    412: ['http.version_mismatch'],
    422: [
      'packages.starts_after_expiry',
      'proposals.time_not_offered',
      'availability.outside_hours',
      'sessions.funding_unavailable',
      'idempotency.key_reused',
    ],
  })
  async accept(
    @CurrentPrincipal() principal: Principal,
    @IdParam('proposal') id: string,
    @Body() { startsAt }: AcceptProposalBody,
    @ExpectedVersion() expectedVersion?: number,
  ): Promise<ProposalView> {
    return proposalView(await this.answers.accept(principal, id, startsAt, expectedVersion), principal);
  }

  /** None of the times: the session keeps its own */
  @Post('decline')
  @HttpCode(200)
  @Idempotent()
  @Access({ roles: ['coach', 'client'], object: 'proposal' })
  @ApiOkResponse({ type: ProposalView })
  @Problems({
    404: ['proposals.not_found'],
    409: ['proposals.closed', 'proposals.not_yours_to_answer', 'idempotency.in_progress'],
    412: ['http.version_mismatch'],
    422: ['idempotency.key_reused'],
  })
  async decline(
    @CurrentPrincipal() principal: Principal,
    @IdParam('proposal') id: string,
    @ExpectedVersion() expectedVersion?: number,
  ): Promise<ProposalView> {
    return proposalView(await this.answers.decline(principal, id, expectedVersion), principal);
  }

  /** Take your own proposal back; what it held is free again */
  @Post('withdraw')
  @HttpCode(200)
  @Idempotent()
  @Access({ roles: ['coach', 'client'], object: 'proposal' })
  @ApiOkResponse({ type: ProposalView })
  @Problems({
    404: ['proposals.not_found'],
    409: ['proposals.closed', 'proposals.not_yours_to_withdraw', 'idempotency.in_progress'],
    412: ['http.version_mismatch'],
    422: ['idempotency.key_reused'],
  })
  async withdraw(
    @CurrentPrincipal() principal: Principal,
    @IdParam('proposal') id: string,
    @ExpectedVersion() expectedVersion?: number,
  ): Promise<ProposalView> {
    return proposalView(await this.answers.withdraw(principal, id, expectedVersion), principal);
  }
}
