import { Body, Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { Principal } from '@app/accounts';
import { SeriesQueries, SeriesTerms } from '@app/sessions';
import { Access } from '../http/access';
import { NeverStored } from '../http/idempotency';
import { ForPeople } from '../http/people.interceptor';
import { CurrentPrincipal, ExpectedVersion, IdParam } from '../http/params';
import { Problems } from '../http/problems';
import { AcceptSeriesTermsBody, SeriesConfirmationView } from './series-terms.dto';
import { seriesTermsPage } from './series-terms.page';
import { SeriesView } from './series-view.dto';
import { seriesConfirmationView, seriesView } from './series.views';

/** What a client does with a series that their coach made for them. */
@ApiTags('series')
@Controller('series/:id')
export class SeriesTermsController {
  constructor(
    private readonly terms: SeriesTerms,
    private readonly queries: SeriesQueries,
  ) {}

  /** Agree once to the terms of a series, for all its sessions: those that there are, and those to come */
  @Post('accept-terms')
  @HttpCode(200)
  @Access({ roles: ['client'], object: 'series' })
  @ApiOkResponse({ type: SeriesView })
  @Problems({
    404: ['series.not_found'],
    409: ['series.act_not_possible'],
    412: ['http.version_mismatch'],
    422: ['policies.not_accepted'],
  })
  async accept(
    @CurrentPrincipal() principal: Principal,
    @IdParam('series') id: string,
    @Body() { acceptedPolicyId }: AcceptSeriesTermsBody,
    @ExpectedVersion() expectedVersion?: number,
  ): Promise<SeriesView> {
    await this.terms.accept(principal, id, acceptedPolicyId, expectedVersion);
    return seriesView(await this.queries.find(principal, id));
  }
}

/** The private link in the mail about a series that a coach made; it works until the series is over. */
@ApiTags('series')
@Controller('series-confirmations')
export class SeriesConfirmationsController {
  constructor(private readonly terms: SeriesTerms) {}

  /** What was made for you, and under which terms; changes nothing */
  @Get(':token')
  @ForPeople(seriesTermsPage)
  @Access({ roles: 'anyone', because: 'whoever was mailed the link reads the terms without signing in' })
  @Problems({ 404: ['sessions.confirmation_link_not_found'] })
  async show(@Param('token') token: string): Promise<SeriesConfirmationView> {
    return seriesConfirmationView(await this.terms.show(token));
  }

  /** Accept the terms, for all sessions of the series. Again is harmless */
  @Post(':token')
  @ForPeople(seriesTermsPage)
  @HttpCode(200)
  @NeverStored()
  @Access({ roles: 'anyone', because: 'whoever was mailed the link accepts without signing in' })
  @ApiOkResponse({ type: SeriesConfirmationView })
  @Problems({
    404: ['sessions.confirmation_link_not_found'],
    409: ['series.act_not_possible'],
    422: ['policies.not_accepted'],
  })
  async confirm(
    @Param('token') token: string,
    @Body() { acceptedPolicyId }: AcceptSeriesTermsBody,
  ): Promise<SeriesConfirmationView> {
    return seriesConfirmationView(await this.terms.acceptByLink(token, acceptedPolicyId));
  }
}
