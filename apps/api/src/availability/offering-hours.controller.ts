import { Body, Controller, Delete, Get, HttpCode, Put } from '@nestjs/common';
import { ApiNoContentResponse, ApiTags } from '@nestjs/swagger';
import { actorOf, type Principal } from '@app/accounts';
import { OfferingHours, type OfferingHoursRecord } from '@app/availability';
import { Offerings } from '@app/offerings';
import { Access } from '../http/access';
import { CurrentPrincipal, ExpectedVersion, IdParam } from '../http/params';
import { Problems } from '../http/problems';
import { OfferingHoursView, WeeklyHoursBody } from './availability.dto';
import { intervalView, minuteInterval } from './wall-minutes';

@ApiTags('availability')
@Controller('offerings/:id/weekly-hours')
export class OfferingHoursController {
  constructor(
    private readonly offerings: Offerings,
    private readonly offeringHours: OfferingHours,
  ) {}

  /** The week in which an offering can be booked: its own, or yours where it has none */
  @Get()
  @Access({ roles: ['coach'], object: 'offering' })
  @Problems({ 404: ['offerings.not_found'] })
  async get(
    @CurrentPrincipal() principal: Principal,
    @IdParam('offering') id: string,
  ): Promise<OfferingHoursView> {
    await this.offerings.byId(principal.accountId, id);
    return view(await this.offeringHours.get(principal.accountId, id));
  }

  /** Give an offering a week of its own; exceptions and time off of yours still take from it */
  @Put()
  @Access({ roles: ['coach'], object: 'offering' })
  @Problems({
    404: ['offerings.not_found'],
    409: ['calendar-busy'],
    412: ['http.version_mismatch'],
    422: ['availability.intervals'],
  })
  async replace(
    @CurrentPrincipal() principal: Principal,
    @IdParam('offering') id: string,
    @Body() body: WeeklyHoursBody,
    @ExpectedVersion() expectedVersion?: number,
  ): Promise<OfferingHoursView> {
    await this.offerings.byId(principal.accountId, id);
    const intervals = body.intervals.map((each) => ({ weekday: each.weekday, ...minuteInterval(each) }));
    return view(
      await this.offeringHours.replace(
        principal.accountId,
        id,
        intervals,
        actorOf(principal),
        expectedVersion,
      ),
    );
  }

  /** Let your own weekly hours count for the offering again */
  @Delete()
  @HttpCode(204)
  @Access({ roles: ['coach'], object: 'offering' })
  @ApiNoContentResponse({ description: 'Your weekly hours count' })
  @Problems({ 404: ['offerings.not_found'], 409: ['calendar-busy'], 412: ['http.version_mismatch'] })
  async reset(
    @CurrentPrincipal() principal: Principal,
    @IdParam('offering') id: string,
    @ExpectedVersion() expectedVersion?: number,
  ): Promise<void> {
    await this.offerings.byId(principal.accountId, id);
    await this.offeringHours.reset(principal.accountId, id, actorOf(principal), expectedVersion);
  }
}

function view({ timezone, own, intervals, version }: OfferingHoursRecord): OfferingHoursView {
  return {
    timezone,
    own,
    intervals: intervals.map((each) => ({ weekday: each.weekday, ...intervalView(each) })),
    version,
  };
}
