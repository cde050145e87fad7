import { Body, Controller, Delete, Get, HttpCode, Post, Query } from '@nestjs/common';
import { ApiNoContentResponse, ApiTags } from '@nestjs/swagger';
import { actorOf, type Principal } from '@app/accounts';
import { DateOverrides, type DateOverrideRecord } from '@app/availability';
import { Invalid, publicId, weekdayOf } from '@app/common';
import { Access } from '../http/access';
import { decodeCursor, encodeCursor, pageOf } from '../http/cursor';
import { CurrentPrincipal, IdParam } from '../http/params';
import { Problems } from '../http/problems';
import { NewOverrideBody, OverrideListQuery, OverridePageView, OverrideView } from './availability.dto';
import { intervalView, minuteInterval } from './wall-minutes';

const SORT = 'overrides';

@ApiTags('availability')
@Controller('availability/overrides')
export class DateOverridesController {
  constructor(private readonly overrides: DateOverrides) {}

  /** Dates with hours of their own, by date */
  @Get()
  @Access({ roles: ['coach'], object: 'override' })
  async list(
    @CurrentPrincipal() principal: Principal,
    @Query() { limit, cursor, from }: OverrideListQuery,
  ): Promise<OverridePageView> {
    if (from !== undefined) weekdayOf(from);
    const rows = await this.overrides.list(principal.accountId, {
      limit,
      fromDate: from,
      after: dateAfter(cursor),
    });
    return pageOf(rows, limit, (row) => encodeCursor(SORT, [row.localDate]), view);
  }

  /** Give one date hours of its own, or none: closed */
  @Post()
  @Access({ roles: ['coach'], object: 'override' })
  @Problems({
    400: ['time.no_such_time'],
    409: ['availability.override_exists', 'calendar-busy'],
    422: ['availability.intervals'],
  })
  async create(
    @CurrentPrincipal() principal: Principal,
    @Body() { date, intervals }: NewOverrideBody,
  ): Promise<OverrideView> {
    const wanted = { localDate: date, intervals: intervals.map(minuteInterval) };
    return view(await this.overrides.create(principal.accountId, wanted, actorOf(principal)));
  }

  /** The weekly hours apply again */
  @Delete(':id')
  @HttpCode(204)
  @Access({ roles: ['coach'], object: 'override' })
  @ApiNoContentResponse({ description: 'The date has its weekly hours again' })
  @Problems({ 404: ['availability.override_not_found'], 409: ['calendar-busy'] })
  async remove(@CurrentPrincipal() principal: Principal, @IdParam('override') id: string): Promise<void> {
    await this.overrides.remove(principal.accountId, id, actorOf(principal));
  }
}

/** @throws Invalid when the cursor was not made by this list */
function dateAfter(cursor: string | undefined): string | undefined {
  if (cursor === undefined) return undefined;
  const [date] = decodeCursor(cursor, SORT, ['text']);
  if (typeof date !== 'string')
    throw new Invalid('page.cursor', 'The cursor does not belong to this list. Start without one.');
  weekdayOf(date);
  return date;
}

function view({ id, localDate, intervals, createdAt }: DateOverrideRecord): OverrideView {
  return {
    id: publicId('override', id),
    date: localDate,
    intervals: intervals.map(intervalView),
    createdAt: createdAt.toISOString(),
  };
}
