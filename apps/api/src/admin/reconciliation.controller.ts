import { Body, Controller, Get, HttpCode, Post, Query } from '@nestjs/common';
import { ApiAcceptedResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { Principal } from '@app/accounts';
import { Differences, ReconciliationRuns } from '@app/payments';
import { Access } from '../http/access';
import { pageOf } from '../http/cursor';
import { decodeIdCursor, encodeIdCursor } from '../http/id-cursor';
import { Idempotent } from '../http/idempotency';
import { CurrentPrincipal, IdParam } from '../http/params';
import { Problems } from '../http/problems';
import {
  AcceptDifferenceBody,
  DifferenceListQuery,
  DifferencePageView,
  DifferenceView,
  ReconcileBody,
  ReconciliationView,
} from './reconciliation.dto';
import { differenceView, reconciliationView } from './reconciliation.views';

const SORT = 'newest';

/** Our money beside Stripe's. It is compared hourly and daily by itself. */
@ApiTags('admin')
@Controller('admin')
export class ReconciliationController {
  constructor(
    private readonly runs: ReconciliationRuns,
    private readonly differences: Differences,
  ) {}

  /** Compare payments, refunds, disputes and fees with Stripe now; the worker does it, and mends what is safe */
  @Post('reconcile')
  @HttpCode(202)
  @Idempotent()
  @Access({ roles: ['admin'] })
  @ApiAcceptedResponse({ type: ReconciliationView })
  @Problems({ 409: ['idempotency.in_progress'], 422: ['reconciliations.window', 'idempotency.key_reused'] })
  async reconcile(
    @CurrentPrincipal() principal: Principal,
    @Body() window: ReconcileBody,
  ): Promise<ReconciliationView> {
    return reconciliationView(await this.runs.request(principal, window));
  }

  /** One comparison: how far it is, and what it has found */
  @Get('reconciliations/:id')
  @Access({ roles: ['admin'] })
  @Problems({ 404: ['reconciliations.not_found'] })
  async run(@IdParam('reconciliation') id: string): Promise<ReconciliationView> {
    return reconciliationView(await this.runs.get(id));
  }

  /** What differs from Stripe, newest first; `state=raised` waits for you */
  @Get('differences')
  @Access({ roles: ['admin'] })
  async list(@Query() { limit, cursor, ...filter }: DifferenceListQuery): Promise<DifferencePageView> {
    const before = decodeIdCursor('difference', cursor, SORT);
    const rows = await this.differences.list(filter, { limit, ...(before === undefined ? {} : { before }) });
    return pageOf(rows, limit, (row) => encodeIdCursor('difference', row.id, SORT), differenceView);
  }

  /** Let a difference stay as it is; it is raised again when one of the sides changes */
  @Post('differences/:id/accept')
  @HttpCode(200)
  @Idempotent()
  @Access({ roles: ['admin'] })
  @ApiOkResponse({ type: DifferenceView })
  @Problems({
    404: ['differences.not_found'],
    409: ['differences.not_raised', 'idempotency.in_progress'],
    422: ['idempotency.key_reused'],
  })
  async accept(
    @CurrentPrincipal() principal: Principal,
    @IdParam('difference') id: string,
    @Body() { reason }: AcceptDifferenceBody,
  ): Promise<DifferenceView> {
    return differenceView(await this.differences.accept(principal, id, reason));
  }
}
