import { Body, Controller, Get, HttpCode, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Principal } from '@app/accounts';
import { Clock } from '@app/common';
import { Entitlements } from '@app/packages';
import { EntitlementQueries } from '@app/reporting';
import { Access } from '../http/access';
import { pageOf } from '../http/cursor';
import { decodeIdCursor, encodeIdCursor } from '../http/id-cursor';
import { CurrentPrincipal, ExpectedVersion, IdParam } from '../http/params';
import { Problems } from '../http/problems';
import { WithClientSecret } from '../sessions/client-secret.interceptor';
import {
  AdjustBody,
  CreditEntryPageView,
  EntitlementListQuery,
  EntitlementPageView,
  EntitlementView,
  EntryListQuery,
  ExtendBody,
} from './entitlement.dto';
import { creditEntryView, entitlementView, shownEntitlement } from './entitlement.views';

const SORT = '-createdAt';
const ENTRIES_SORT = 'at';

/** Packages that clients bought: their credits, and until when they are good. */
@ApiTags('packages')
@Controller('entitlements')
export class EntitlementsController {
  constructor(
    private readonly entitlements: Entitlements,
    private readonly queries: EntitlementQueries,
    private readonly clock: Clock,
  ) {}

  /** Bought packages, newest first */
  @Get()
  @Access({ roles: ['coach', 'client', 'admin'], object: 'entitlement' })
  async list(
    @CurrentPrincipal() principal: Principal,
    @Query() { limit, cursor, expiringSoon, ...filter }: EntitlementListQuery,
  ): Promise<EntitlementPageView> {
    const rows = await this.queries.list(
      principal,
      { ...filter, expiringSoon: expiringSoon !== undefined },
      { limit, after: decodeIdCursor('entitlement', cursor, SORT) },
    );
    const now = await this.clock.now();
    return pageOf(
      rows,
      limit,
      (row) => encodeIdCursor('entitlement', row.id, SORT),
      (row) => entitlementView(row, now),
    );
  }

  /** One bought package; its client gets what to pay with while it waits for payment */
  @Get(':id')
  @WithClientSecret()
  @Access({ roles: ['coach', 'client', 'admin'], object: 'entitlement' })
  @Problems({ 404: ['entitlements.not_found'] })
  async get(
    @CurrentPrincipal() principal: Principal,
    @IdParam('entitlement') id: string,
  ): Promise<EntitlementView> {
    return this.shown(principal, id);
  }

  /** Every credit that came or went, oldest first, with cause and balance */
  @Get(':id/entries')
  @Access({ roles: ['coach', 'client', 'admin'], object: 'entitlement' })
  @Problems({ 404: ['entitlements.not_found'] })
  async entries(
    @CurrentPrincipal() principal: Principal,
    @IdParam('entitlement') id: string,
    @Query() { limit, cursor }: EntryListQuery,
  ): Promise<CreditEntryPageView> {
    const after = decodeIdCursor('creditEntry', cursor, ENTRIES_SORT);
    const { coachId } = await this.entitlements.find(principal, id);
    const rows = await this.queries.entries(coachId, id, { limit, after });
    return pageOf(rows, limit, (row) => encodeIdCursor('creditEntry', row.id, ENTRIES_SORT), creditEntryView);
  }

  /** A later last day, also after the old one: what had expired by it can be spent again */
  @Post(':id/extend')
  @HttpCode(200)
  @Access({ roles: ['coach'], object: 'entitlement' })
  @Problems({
    400: ['time.no_such_time', 'time.out_of_range'],
    404: ['entitlements.not_found'],
    409: ['entitlements.not_open'],
    412: ['http.version_mismatch'],
    422: ['entitlements.expiry_refused'],
  })
  async extend(
    @CurrentPrincipal() principal: Principal,
    @IdParam('entitlement') id: string,
    @Body() body: ExtendBody,
    @ExpectedVersion() expectedVersion?: number,
  ): Promise<EntitlementView> {
    await this.entitlements.extend(principal, id, body, expectedVersion);
    return this.shown(principal, id);
  }

  /** Give credits, or take them away, with a reason */
  @Post(':id/adjust')
  @HttpCode(200)
  @Access({ roles: ['coach'], object: 'entitlement' })
  @Problems({
    404: ['entitlements.not_found'],
    409: ['entitlements.not_open'],
    412: ['http.version_mismatch'],
    422: ['entitlements.credits_out_of_range'],
  })
  async adjust(
    @CurrentPrincipal() principal: Principal,
    @IdParam('entitlement') id: string,
    @Body() body: AdjustBody,
    @ExpectedVersion() expectedVersion?: number,
  ): Promise<EntitlementView> {
    await this.entitlements.adjust(principal, id, body, expectedVersion);
    return this.shown(principal, id);
  }

  private async shown(principal: Principal, id: string): Promise<EntitlementView> {
    return shownEntitlement(this.queries, principal, id, await this.clock.now());
  }
}
