import { Body, Controller, Delete, Get, HttpCode, Post, Query } from '@nestjs/common';
import { ApiNoContentResponse, ApiTags } from '@nestjs/swagger';
import { actorOf, type Principal } from '@app/accounts';
import { TimeOff, type TimeOffFilter, type TimeOffRecord } from '@app/availability';
import { Invalid, parseInstant, parsePublicId, publicId, wallTimeOf } from '@app/common';
import { Access } from '../http/access';
import { decodeCursor, encodeCursor, pageOf } from '../http/cursor';
import { CurrentPrincipal, IdParam } from '../http/params';
import { Problems } from '../http/problems';
import {
  CreatedTimeOffView,
  NewTimeOffBody,
  TimeOffListQuery,
  TimeOffPageView,
  TimeOffView,
} from './availability.dto';

const SORT = 'time-off';

@ApiTags('availability')
@Controller('availability/time-off')
export class TimeOffController {
  constructor(private readonly timeOff: TimeOff) {}

  /** Time off, breaks and blocks to prepare, by beginning */
  @Get()
  @Access({ roles: ['coach'], object: 'timeOff' })
  async list(
    @CurrentPrincipal() principal: Principal,
    @Query() { limit, cursor, from }: TimeOffListQuery,
  ): Promise<TimeOffPageView> {
    const rows = await this.timeOff.list(principal.accountId, { limit, from, after: lastSeen(cursor) });
    return pageOf(
      rows,
      limit,
      (row) => encodeCursor(SORT, [row.startsAt.toISOString(), publicId('timeOff', row.id)]),
      (row) => view(row, principal.timezone),
    );
  }

  /** Take time off; sessions that lie in it stay and are named */
  @Post()
  @Access({ roles: ['coach'], object: 'timeOff' })
  @Problems({ 409: ['calendar-busy'], 422: ['availability.time_off_empty'] })
  async create(
    @CurrentPrincipal() principal: Principal,
    @Body() body: NewTimeOffBody,
  ): Promise<CreatedTimeOffView> {
    const created = await this.timeOff.create(principal.accountId, body, actorOf(principal));
    return {
      ...view(created, principal.timezone),
      sessionIds: created.sessionIds.map((id) => publicId('session', id)),
    };
  }

  /** Work at that time after all */
  @Delete(':id')
  @HttpCode(204)
  @Access({ roles: ['coach'], object: 'timeOff' })
  @ApiNoContentResponse({ description: 'The time can be booked again' })
  @Problems({ 404: ['availability.time_off_not_found'] })
  async remove(@CurrentPrincipal() principal: Principal, @IdParam('timeOff') id: string): Promise<void> {
    await this.timeOff.remove(principal.accountId, id, actorOf(principal));
  }
}

/** @throws Invalid when the cursor was not made by this list */
function lastSeen(cursor: string | undefined): TimeOffFilter['after'] {
  if (cursor === undefined) return undefined;
  const [startsAt, publicTimeOffId] = decodeCursor(cursor, SORT, ['instant', 'text']);
  const id = typeof publicTimeOffId === 'string' ? parsePublicId('timeOff', publicTimeOffId) : null;
  if (typeof startsAt !== 'string' || id === null)
    throw new Invalid('page.cursor', 'The cursor does not belong to this list. Start without one.');
  return { startsAt: parseInstant(startsAt), id };
}

function view(record: TimeOffRecord, timezone: string): TimeOffView {
  return {
    id: publicId('timeOff', record.id),
    kind: record.kind,
    title: record.title,
    startsAt: record.startsAt.toISOString(),
    endsAt: record.endsAt.toISOString(),
    timezone,
    localStart: wallTimeOf(record.startsAt, timezone),
    localEnd: wallTimeOf(record.endsAt, timezone),
    createdAt: record.createdAt.toISOString(),
  };
}
