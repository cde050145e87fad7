import { Controller, Get, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Principal } from '@app/accounts';
import { Availability, publicReasons, type Reason } from '@app/availability';
import { Clock, parseInstant, publicId, startOfLocalDay, wallTimeOf } from '@app/common';
import { Offerings } from '@app/offerings';
import { Access } from '../http/access';
import { CurrentPrincipal } from '../http/params';
import { Problems } from '../http/problems';
import {
  SlotExplanationQuery,
  SlotExplanationView,
  SlotListView,
  SlotQuery,
  SlotReasonView,
} from './slot.dto';

const TWO_WEEKS_MS = 14 * 86_400_000;
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
    const { offering, minutes } = await this.offerings.bookableTime(principal, query.offeringId);
    const from = query.from === undefined ? await this.clock.now() : instantOf(query.from, timezone);
    const to =
      query.to === undefined ? new Date(from.getTime() + TWO_WEEKS_MS) : instantOf(query.to, timezone);
    const { coachTimezone, slots } = await this.availability.slots({
      coachId: offering.coachId,
      ...minutes,
      from,
      to,
      timezone,
    });
    return {
      offeringId: publicId('offering', offering.id),
      timezone,
      coachTimezone,
      data: slots.map(({ startsAt, endsAt, localStart }) => ({
        startsAt: startsAt.toISOString(),
        endsAt: endsAt.toISOString(),
        localStart,
      })),
    };
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
    const timezone = query.timezone ?? principal.timezone;
    const { startsAt } = query;
    const { offering, minutes } = await this.offerings.bookableTime(principal, query.offeringId);
    const reasons = await this.availability.explain({ coachId: offering.coachId, startsAt, ...minutes });
    return {
      offeringId: publicId('offering', offering.id),
      startsAt: startsAt.toISOString(),
      timezone,
      localStart: wallTimeOf(startsAt, timezone),
      free: reasons.length === 0,
      reasons: principal.kind === 'client' ? publicReasons(reasons) : reasons.map(fullReason),
    };
  }
}

/** A date is its beginning in the zone. @throws InvalidTime */
function instantOf(text: string, timezone: string): Date {
  return text.includes('T') ? parseInstant(text) : startOfLocalDay(text, timezone);
}

function fullReason({ code, text, sessionId }: Reason): SlotReasonView {
  return { code, text, ...(sessionId === undefined ? {} : { sessionId: publicId('session', sessionId) }) };
}
