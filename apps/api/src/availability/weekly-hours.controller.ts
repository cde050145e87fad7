import { Body, Controller, Get, Put } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { actorOf, type Principal } from '@app/accounts';
import { WeeklyHours, type WeeklyHoursRecord } from '@app/availability';
import { Access } from '../http/access';
import { CurrentPrincipal, ExpectedVersion } from '../http/params';
import { Problems } from '../http/problems';
import { WeeklyHoursBody, WeeklyHoursView } from './availability.dto';
import { intervalView, minuteInterval } from './wall-minutes';

@ApiTags('availability')
@Controller('availability/weekly-hours')
export class WeeklyHoursController {
  constructor(private readonly weeklyHours: WeeklyHours) {}

  /** Your working hours in an ordinary week */
  @Get()
  @Access({ roles: ['coach'] })
  async get(@CurrentPrincipal() principal: Principal): Promise<WeeklyHoursView> {
    return view(await this.weeklyHours.get(principal.accountId));
  }

  /** Replace the whole week; sessions that are booked stay */
  @Put()
  @Access({ roles: ['coach'] })
  @Problems({ 409: ['calendar-busy'], 412: ['http.version_mismatch'], 422: ['availability.intervals'] })
  async replace(
    @CurrentPrincipal() principal: Principal,
    @Body() body: WeeklyHoursBody,
    @ExpectedVersion() expectedVersion?: number,
  ): Promise<WeeklyHoursView> {
    const intervals = body.intervals.map((each) => ({ weekday: each.weekday, ...minuteInterval(each) }));
    return view(
      await this.weeklyHours.replace(principal.accountId, intervals, actorOf(principal), expectedVersion),
    );
  }
}

function view({ timezone, intervals, version }: WeeklyHoursRecord): WeeklyHoursView {
  return {
    timezone,
    intervals: intervals.map((each) => ({ weekday: each.weekday, ...intervalView(each) })),
    version,
  };
}
