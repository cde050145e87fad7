import { Controller, Get, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Principal } from '@app/accounts';
import { Availability } from '@app/availability';
import { Clock } from '@app/common';
import { Offerings } from '@app/offerings';
import { Access } from '../http/access';
import { CurrentPrincipal } from '../http/params';
import { Problems } from '../http/problems';
import { SlotExplanationQuery, SlotExplanationView, SlotListView, SlotQuery } from './slot.dto';
import { askedRange, explanationView, slotListView } from './slot.views';

const CANNOT_BE_BOOKED = ['offerings.archived', 'offerings.price_outdated'];

@ApiTags('availability')
@Controller('slots')
export class SlotsController {
  constructor(
    private readonly offerings: Offerings,
    private readonly availability: Availability,
    private readonly clock: Clock,
  ) {}

  /** Free starts of an offering, in your zone */
  @Get()
  @Access({ roles: ['coach', 'client', 'admin'], object: 'offering' })
  @Problems({
    400: ['time.malformed', 'time.offset_missing'],
    404: ['offerings.not_found'],
    409: CANNOT_BE_BOOKED,
    422: ['availability.range'],
  })
  async list(@CurrentPrincipal() principal: Principal, @Query() query: SlotQuery): Promise<SlotListView> {
    const timezone = query.timezone ?? principal.timezone;
    const { offering, minutes } = await this.offerings.sold(principal, query.offeringId);
    const range = askedRange(query, timezone, await this.clock.now());
    const { coachId, id: offeringId } = offering;
    const found = await this.availability.slots({ coachId, offeringId, ...minutes, ...range, timezone });
    return slotListView(offeringId, timezone, found);
  }

  /** Why a start is free or is not: the same rules that a booking goes by */
  @Get('explain')
  @Access({ roles: ['coach', 'client', 'admin'], object: 'offering' })
  @Problems({
    400: ['time.malformed', 'time.offset_missing'],
    404: ['offerings.not_found'],
    409: CANNOT_BE_BOOKED,
  })
  async explain(
    @CurrentPrincipal() principal: Principal,
    @Query() query: SlotExplanationQuery,
  ): Promise<SlotExplanationView> {
    const { startsAt, timezone = principal.timezone } = query;
    const { offering, minutes } = await this.offerings.sold(principal, query.offeringId);
    const { coachId, id: offeringId } = offering;
    const reasons = await this.availability.explain({ coachId, offeringId, startsAt, ...minutes });
    return explanationView(principal, { offeringId, startsAt, timezone }, reasons);
  }
}
