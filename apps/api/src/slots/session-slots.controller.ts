import { Controller, Get, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Principal } from '@app/accounts';
import { Availability } from '@app/availability';
import { Clock } from '@app/common';
import { LastStarts } from '@app/packages';
import { SessionQueries, type SessionRecord } from '@app/sessions';
import { Access } from '../http/access';
import { CurrentPrincipal, IdParam } from '../http/params';
import { Problems } from '../http/problems';
import { SlotExplanationView, SlotListView, SlotTimeQuery, SlotTimesQuery } from './slot.dto';
import { askedRange, explanationView, slotListView } from './slot.views';

const MINUTE_MS = 60_000;

@ApiTags('availability')
@Controller('sessions/:id/slots')
export class SessionSlotsController {
  constructor(
    private readonly sessions: SessionQueries,
    private readonly availability: Availability,
    private readonly clock: Clock,
    private readonly lastStarts: LastStarts,
  ) {}

  /** Free starts that a session can be moved to, in your zone; its own time does not stand in its way */
  @Get()
  @Access({ roles: ['coach', 'client', 'admin'], object: 'session' })
  @Problems({
    400: ['time.malformed', 'time.offset_missing'],
    404: ['sessions.not_found'],
    422: ['availability.range'],
  })
  async list(
    @CurrentPrincipal() principal: Principal,
    @IdParam('session') id: string,
    @Query() query: SlotTimesQuery,
  ): Promise<SlotListView> {
    const timezone = query.timezone ?? principal.timezone;
    const session = await this.sessions.find(principal, id);
    const range = askedRange(query, timezone, await this.clock.now());
    const found = await this.availability.slots({ ...whatMoves(session), ...range, timezone });
    const last = await this.lastStarts.of(session);
    const slots = found.slots.filter(({ startsAt }) => last === undefined || startsAt < last.before);
    return slotListView(session.offeringId, timezone, { ...found, slots });
  }

  /** Why a session can be moved to a start, or cannot */
  @Get('explain')
  @Access({ roles: ['coach', 'client', 'admin'], object: 'session' })
  @Problems({ 400: ['time.malformed', 'time.offset_missing'], 404: ['sessions.not_found'] })
  async explain(
    @CurrentPrincipal() principal: Principal,
    @IdParam('session') id: string,
    @Query() query: SlotTimeQuery,
  ): Promise<SlotExplanationView> {
    const { startsAt, timezone = principal.timezone } = query;
    const session = await this.sessions.find(principal, id);
    const reasons = await this.availability.explain({ ...whatMoves(session), startsAt });
    const last = await this.lastStarts.of(session);
    const view = explanationView(principal, { offeringId: session.offeringId, startsAt, timezone }, reasons);
    if (last === undefined || startsAt < last.before) return view;
    const text = `The package that pays the session is good until ${last.expiresOn}: it has to begin by then.`;
    return { ...view, free: false, reasons: [...view.reasons, { code: 'package_expired', text }] };
  }
}

/** A session keeps the length and the buffers that it was booked with. */
function whatMoves(session: SessionRecord): {
  coachId: string;
  offeringId: string;
  exceptSessionId: string;
  durationMinutes: number;
  beforeMinutes: number;
  afterMinutes: number;
} {
  const { coachId, id, offeringId, startsAt, endsAt, beforeMinutes, afterMinutes } = session;
  const durationMinutes = (endsAt.getTime() - startsAt.getTime()) / MINUTE_MS;
  return { coachId, offeringId, exceptSessionId: id, durationMinutes, beforeMinutes, afterMinutes };
}
