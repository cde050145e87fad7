import { Module } from '@nestjs/common';
import { AccountsModule } from '@app/accounts';
import { Availability } from './availability.service';
import { DateOverrides } from './date-overrides.service';
import { OfferingHours } from './offering-hours.service';
import { TimeOff } from './time-off.service';
import { WeeklyHours } from './weekly-hours.service';

@Module({
  imports: [AccountsModule],
  providers: [Availability, DateOverrides, OfferingHours, TimeOff, WeeklyHours],
  exports: [Availability, DateOverrides, OfferingHours, TimeOff, WeeklyHours],
})
export class AvailabilityModule {}
