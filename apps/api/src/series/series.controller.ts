import { Body, Controller, Get, HttpCode, Inject, Post, Query } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { Principal } from '@app/accounts';
import { CONFIG, type SharedConfig } from '@app/common';
import { publicPlan, Series, SeriesQueries, type SeriesChangeRequest } from '@app/sessions';
import { Access } from '../http/access';
import { decodeCursor, encodeCursor, pageOf } from '../http/cursor';
import { decodeIdCursor, encodeIdCursor } from '../http/id-cursor';
import { Idempotent } from '../http/idempotency';
import { CurrentPrincipal, IdParam } from '../http/params';
import { Problems } from '../http/problems';
import {
  CreateSeriesBody,
  OccurrenceListQuery,
  PreviewSeriesBody,
  SeriesChangePlanBody,
  SeriesListQuery,
} from './series.dto';
import { OccurrencePageView, SeriesPageView, SeriesPlanView, SeriesView } from './series-view.dto';
import { occurrenceView, seriesView } from './series.views';

const SORT = 'series';
const BY_START = 'originalStartsAt';

@ApiTags('series')
@Controller('series')
export class SeriesController {
  constructor(
    private readonly series: Series,
    private readonly queries: SeriesQueries,
    @Inject(CONFIG) private readonly config: SharedConfig,
  ) {}

  /** What a series would be: each session up to the horizon, what stands in its way, and what the clocks do to it */
  @Post('preview')
  @Access({ roles: ['coach'], object: 'series' })
  @Problems({
    400: ['recurrence.malformed', 'recurrence.unsupported', 'recurrence.never_occurs'],
    404: ['offerings.not_found', 'clients.not_found', 'entitlements.not_found'],
    409: ['offerings.archived', 'payouts-not-ready'],
    422: ['series.funding_unavailable', 'series.request', 'recurrence.too_many_occurrences'],
  })
  async preview(
    @CurrentPrincipal() principal: Principal,
    @Body() body: PreviewSeriesBody,
  ): Promise<SeriesPlanView> {
    const horizonDays = body.horizonDays ?? this.config.SERIES_HORIZON_DAYS;
    return publicPlan(await this.series.preview(principal, { ...body, horizonDays }));
  }

  /** Make the series of a plan with all its sessions, exactly as previewed, or nothing */
  @Post()
  @Idempotent()
  @Access({ roles: ['coach'], object: 'series' })
  @Problems({
    404: ['series.plan_not_found', 'offerings.not_found', 'entitlements.not_found'],
    409: [
      'payouts-not-ready',
      'series.plan_stale',
      'series.plan_used',
      'series.conflicts',
      'calendar-busy',
      'idempotency.in_progress',
    ],
    422: ['series.request', 'series.funding_unavailable', 'idempotency.key_reused'],
  })
  async create(
    @CurrentPrincipal() principal: Principal,
    @Body() { planId }: CreateSeriesBody,
  ): Promise<SeriesView> {
    const { coachId, seriesId } = await this.series.create(principal, planId);
    return seriesView(await this.queries.get(coachId, seriesId));
  }

  /** The series, the latest first */
  @Get()
  @Access({ roles: ['coach', 'client', 'admin'], object: 'series' })
  async list(
    @CurrentPrincipal() principal: Principal,
    @Query() { limit, cursor, clientId, state }: SeriesListQuery,
  ): Promise<SeriesPageView> {
    const after = decodeIdCursor('series', cursor, SORT);
    const filter = { limit, ...(clientId && { clientId }), ...(state && { state }), ...(after && { after }) };
    const rows = await this.queries.list(principal, filter);
    return pageOf(rows, limit, ({ id }) => encodeIdCursor('series', id, SORT), seriesView);
  }

  /** One series */
  @Get(':id')
  @Access({ roles: ['coach', 'client', 'admin'], object: 'series' })
  @Problems({ 404: ['series.not_found'] })
  async get(@CurrentPrincipal() principal: Principal, @IdParam('series') id: string): Promise<SeriesView> {
    return seriesView(await this.queries.find(principal, id));
  }

  /** Every occurrence, past and to come, with what it is now and what was changed by hand */
  @Get(':id/occurrences')
  @Access({ roles: ['coach', 'client', 'admin'], object: 'series' })
  @Problems({ 404: ['series.not_found'] })
  async occurrences(
    @CurrentPrincipal() principal: Principal,
    @IdParam('series') id: string,
    @Query() { limit, cursor, from }: OccurrenceListQuery,
  ): Promise<OccurrencePageView> {
    const { coachId, currency } = await this.queries.find(principal, id);
    const [last] = cursor === undefined ? [] : decodeCursor(cursor, BY_START, ['instant']);
    const after = last === undefined ? undefined : new Date(last);
    const filter = { limit, ...(from && { from }), ...(after && { after }) };
    const rows = await this.queries.page(coachId, id, filter);
    const cursorOf = ({ originalStartsAt }: { originalStartsAt: Date }): string =>
      encodeCursor(BY_START, [originalStartsAt.toISOString()]);
    return pageOf(rows, limit, cursorOf, (row) => occurrenceView(row, principal, currency));
  }

  /** What a change would do to each session: nothing is changed yet; binds for 10 minutes */
  @Post(':id/change-plans')
  @Access({ roles: ['coach'], object: 'series' })
  @Problems({
    400: ['recurrence.conflicting'],
    404: ['series.not_found', 'offerings.not_found', 'entitlements.not_found'],
    409: ['series.act_not_possible', 'offerings.archived', 'offerings.price_outdated', 'payouts-not-ready'],
    422: ['series.request', 'series.funding_unavailable'],
  })
  async plan(
    @CurrentPrincipal() principal: Principal,
    @IdParam('series') id: string,
    @Body() body: SeriesChangePlanBody,
  ): Promise<SeriesPlanView> {
    const { onConflict } = await this.queries.find(principal, id);
    const { from, until, price, ...plain } = body;
    const request: SeriesChangeRequest = {
      ...plain,
      onConflict: body.onConflict ?? onConflict,
      ...(price && { price: { amountMinor: price.amount, currency: price.currency } }),
      ...(from && { from: from.toISOString() }),
      ...(until && { until: until.toISOString() }),
    };
    return publicPlan(await this.series.plan(principal, id, request));
  }
}

@ApiTags('series')
@Controller('series-change-plans')
export class SeriesChangePlansController {
  constructor(
    private readonly series: Series,
    private readonly queries: SeriesQueries,
  ) {}

  /** Carry out a change exactly as planned, or nothing; answers the series that goes on */
  @Post(':id/apply')
  @HttpCode(200)
  @Idempotent()
  @Access({ roles: ['coach'], object: 'series' })
  @ApiOkResponse({ type: SeriesView })
  @Problems({
    404: ['series.plan_not_found', 'offerings.not_found', 'entitlements.not_found'],
    409: [
      'payouts-not-ready',
      'offerings.archived',
      'series.plan_stale',
      'series.plan_used',
      'series.conflicts',
      'series.past_unconfirmed',
      'series.act_not_possible',
      'calendar-busy',
      'idempotency.in_progress',
    ],
    422: ['series.request', 'series.funding_unavailable', 'idempotency.key_reused'],
  })
  async apply(@CurrentPrincipal() principal: Principal, @IdParam('plan') id: string): Promise<SeriesView> {
    const { coachId, seriesId } = await this.series.apply(principal, id);
    return seriesView(await this.queries.get(coachId, seriesId));
  }
}
