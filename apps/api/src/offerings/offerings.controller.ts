import { Body, Controller, Delete, Get, HttpCode, Patch, Post, Query } from '@nestjs/common';
import { ApiNoContentResponse, ApiTags } from '@nestjs/swagger';
import { actorOf, type Principal } from '@app/accounts';
import { Offerings, Policies, type OfferingRecord } from '@app/offerings';
import { Access } from '../http/access';
import { pageOf } from '../http/cursor';
import { decodeIdCursor, encodeIdCursor } from '../http/id-cursor';
import { CurrentPrincipal, ExpectedVersion, IdParam } from '../http/params';
import { Problems } from '../http/problems';
import {
  ChangeOfferingBody,
  NewOfferingBody,
  OfferingListQuery,
  OfferingPageView,
  OfferingView,
} from './offering.dto';
import { changesOf, offeringView } from './offering.views';

const SORT = 'offerings';
const RULES = [
  'offerings.currency_differs',
  'offerings.price_below_minimum',
  'offerings.free_and_priced',
  'offerings.policy_unknown',
  'offerings.charge_time_unclear',
];

@ApiTags('settings')
@Controller('offerings')
export class OfferingsController {
  constructor(
    private readonly offerings: Offerings,
    private readonly policies: Policies,
  ) {}

  /** What can be booked, with price, duration and the terms that apply */
  @Get()
  @Access({ roles: ['coach', 'client', 'admin'], object: 'offering' })
  async list(
    @CurrentPrincipal() principal: Principal,
    @Query() { limit, cursor, coachId, include }: OfferingListQuery,
  ): Promise<OfferingPageView> {
    const rows = await this.offerings.list(principal, {
      coachId,
      limit,
      includeArchived: include === 'archived',
      after: decodeIdCursor('offering', cursor, SORT),
    });
    const terms = await this.policies.termsOf(rows);
    const withTerms = rows.flatMap((offering, index) => {
      const policy = terms[index];
      return policy === undefined ? [] : [{ offering, policy }];
    });
    return pageOf(
      withTerms,
      limit,
      ({ offering }) => encodeIdCursor('offering', offering.id, SORT),
      ({ offering, policy }) => offeringView(offering, policy),
    );
  }

  /** One offering */
  @Get(':id')
  @Access({ roles: ['coach', 'client', 'admin'], object: 'offering' })
  @Problems({ 404: ['offerings.not_found'] })
  async get(
    @CurrentPrincipal() principal: Principal,
    @IdParam('offering') id: string,
  ): Promise<OfferingView> {
    return this.shown(await this.offerings.find(principal, id));
  }

  /** Offer something: a price is rounded to what can be charged in your currency */
  @Post()
  @Access({ roles: ['coach'], object: 'offering' })
  @Problems({ 400: ['offerings.name_invalid'], 422: RULES })
  async create(
    @CurrentPrincipal() principal: Principal,
    @Body() body: NewOfferingBody,
  ): Promise<OfferingView> {
    const { price, ...fields } = body;
    const wanted = { ...fields, priceMinor: price.amount, currency: price.currency };
    return this.shown(await this.offerings.create(principal.accountId, wanted, actorOf(principal)));
  }

  /** Change what is offered; what was booked keeps price, buffers and terms */
  @Patch(':id')
  @Access({ roles: ['coach'], object: 'offering' })
  @Problems({
    400: ['offerings.name_invalid'],
    404: ['offerings.not_found'],
    409: ['offerings.archived'],
    412: ['http.version_mismatch'],
    422: RULES,
  })
  async patch(
    @CurrentPrincipal() principal: Principal,
    @IdParam('offering') id: string,
    @Body() body: ChangeOfferingBody,
    @ExpectedVersion() expectedVersion?: number,
  ): Promise<OfferingView> {
    const coachId = principal.accountId;
    return this.shown(
      await this.offerings.patch(coachId, id, changesOf(body), actorOf(principal), expectedVersion),
    );
  }

  /** Offer it no longer; what was booked stays, and history still names it */
  @Delete(':id')
  @HttpCode(204)
  @Access({ roles: ['coach'], object: 'offering' })
  @ApiNoContentResponse({ description: 'It is no longer sold' })
  @Problems({ 404: ['offerings.not_found'], 412: ['http.version_mismatch'] })
  async archive(
    @CurrentPrincipal() principal: Principal,
    @IdParam('offering') id: string,
    @ExpectedVersion() expectedVersion?: number,
  ): Promise<void> {
    await this.offerings.archive(principal.accountId, id, actorOf(principal), expectedVersion);
  }

  private async shown(offering: OfferingRecord): Promise<OfferingView> {
    const policyId = await this.policies.appliesTo(offering);
    return offeringView(offering, await this.policies.byId(offering.coachId, policyId));
  }
}
