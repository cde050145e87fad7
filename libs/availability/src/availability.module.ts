import { Module } from '@nestjs/common';
import { AccountsModule } from '@app/accounts';
import { Availability } from './availability.service';
import { DateOverrides } from './date-overrides.service';
import { TimeOff } from './time-off.service';
import { WeeklyHours } from './weekly-hours.service';

@Module({
  imports: [AccountsModule],
  providers: [Availability, DateOverrides, TimeOff, WeeklyHours],
  exports: [Availability, DateOverrides, TimeOff, WeeklyHours],
})
export class AvailabilityModule {}
