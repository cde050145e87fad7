import { Body, Controller, Delete, Get, HttpCode, Post } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { Principal } from '@app/accounts';
import { SessionDetailsQueries } from '@app/reporting';
import {
  FollowUps,
  NoShowQueries,
  NoShowReports,
  NoShows,
  publicNoShowQuote,
  SessionNotFound,
  type FollowUpRequest,
} from '@app/sessions';
import { Access } from '../http/access';
import { Idempotent } from '../http/idempotency';
import { CurrentPrincipal, ExpectedVersion, IdParam } from '../http/params';
import { Problems } from '../http/problems';
import {
  FollowUpBody,
  MarkNoShowBody,
  NoShowQuoteBody,
  NoShowQuoteView,
  NoShowReportBody,
  NoShowStoryView,
} from './no-show.dto';
import { noShowStoryView } from './no-show.views';
import { SessionDetailsView } from './session-details.dto';
import { detailsView } from './session.views';

@ApiTags('sessions')
@Controller('sessions/:id')
export class NoShowsController {
  constructor(
    private readonly noShows: NoShows,
    private readonly stories: NoShowQueries,
    private readonly reports: NoShowReports,
    private readonly followUps: FollowUps,
    private readonly details: SessionDetailsQueries,
  ) {}

  /** What marking somebody as not there would charge, give back and send; binds for 10 minutes */
  @Post('no-show-quotes')
  @Access({ roles: ['coach', 'admin'], object: 'session' })
  @Problems({
    404: ['sessions.not_found'],
    409: ['sessions.action_not_allowed'],
    422: ['no_shows.not_yours'],
  })
  async quote(
    @CurrentPrincipal() principal: Principal,
    @IdParam('session') id: string,
    @Body() body: NoShowQuoteBody,
  ): Promise<NoShowQuoteView> {
    return publicNoShowQuote(await this.noShows.quote(principal, id, body.by));
  }

  /** Mark somebody as not there, as quoted: once the waiting time is over, or earlier with a reason; until 7 days after the end */
  @Post('no-show')
  @HttpCode(200)
  @Idempotent()
  @Access({ roles: ['coach', 'admin'], object: 'session' })
  @ApiOkResponse({ type: SessionDetailsView })
  @Problems({
    404: ['sessions.not_found', 'quotes.not_found'],
    409: ['sessions.action_not_allowed', 'no_shows.still_waiting', 'quotes.stale', 'idempotency.in_progress'],
    412: ['http.version_mismatch'],
    422: [
      'no_shows.not_yours',
      'no_shows.reason_required',
      'no_shows.channel_required',
      'idempotency.key_reused',
    ],
  })
  async mark(
    @CurrentPrincipal() principal: Principal,
    @IdParam('session') id: string,
    @Body() body: MarkNoShowBody,
    @ExpectedVersion() expectedVersion?: number,
  ): Promise<SessionDetailsView> {
    await this.noShows.mark(principal, id, body, expectedVersion);
    return this.read(principal, id);
  }

  /** Take a marking back, within 7 days: scheduled again before the end, completed after it; a refund it made stays */
  @Delete('no-show')
  @Access({ roles: ['coach'], object: 'session' })
  @Problems({
    404: ['sessions.not_found'],
    409: ['sessions.action_not_allowed', 'entitlements.no_credit_left', 'entitlements.payment_disputed'],
    412: ['http.version_mismatch'],
  })
  async undo(
    @CurrentPrincipal() principal: Principal,
    @IdParam('session') id: string,
    @ExpectedVersion() expectedVersion?: number,
  ): Promise<SessionDetailsView> {
    await this.noShows.undo(principal, id, expectedVersion);
    return this.read(principal, id);
  }

  /** Everything about who did not come: markings, the client's report, the follow-up, and for the coach the tries to reach the client */
  @Get('no-show')
  @Access({ roles: ['coach', 'client', 'admin'], object: 'session' })
  @Problems({ 404: ['sessions.not_found'] })
  async story(
    @CurrentPrincipal() principal: Principal,
    @IdParam('session') id: string,
  ): Promise<NoShowStoryView> {
    return noShowStoryView(await this.stories.story(principal, id));
  }

  /** Say that the coach did not come: from the end of the waiting time until 7 days after the session; coach and platform are told */
  @Post('no-show-reports')
  @HttpCode(200)
  @Idempotent()
  @Access({ roles: ['client'], object: 'session' })
  @ApiOkResponse({ type: SessionDetailsView })
  @Problems({
    404: ['sessions.not_found'],
    409: ['sessions.action_not_allowed', 'idempotency.in_progress'],
    412: ['http.version_mismatch'],
    422: ['idempotency.key_reused'],
  })
  async report(
    @CurrentPrincipal() principal: Principal,
    @IdParam('session') id: string,
    @Body() body: NoShowReportBody,
    @ExpectedVersion() expectedVersion?: number,
  ): Promise<SessionDetailsView> {
    await this.reports.report(principal, id, body.message ?? null, expectedVersion);
    return this.read(principal, id);
  }

  /** Write to a client who missed the session, once; with new times if you like, which are held until the answer */
  @Post('follow-up')
  @HttpCode(200)
  @Idempotent()
  @Access({ roles: ['coach'], object: 'session' })
  @ApiOkResponse({ type: SessionDetailsView })
  @Problems({
    404: ['sessions.not_found'],
    409: [
      'sessions.action_not_allowed',
      'sessions.slot_taken',
      'offerings.archived',
      'payouts-not-ready',
      'idempotency.in_progress',
    ],
    412: ['http.version_mismatch'],
    422: [
      'proposals.times',
      'availability.outside_hours',
      'sessions.funding_unavailable',
      'idempotency.key_reused',
    ],
  })
  async followUp(
    @CurrentPrincipal() principal: Principal,
    @IdParam('session') id: string,
    @Body() body: FollowUpBody,
    @ExpectedVersion() expectedVersion?: number,
  ): Promise<SessionDetailsView> {
    await this.followUps.send(principal, id, followUpOf(body), expectedVersion);
    return this.read(principal, id);
  }

  private async read(principal: Principal, id: string): Promise<SessionDetailsView> {
    const row = await this.details.find(principal, id);
    if (row === undefined) throw new SessionNotFound();
    return detailsView(row, principal);
  }
}

function followUpOf({ template, message, times, override }: FollowUpBody): FollowUpRequest {
  return {
    template,
    ...(message === undefined ? {} : { message }),
    ...(times === undefined ? {} : { offer: { times, override: override === true } }),
  };
}
