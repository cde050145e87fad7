import { Module } from '@nestjs/common';
import { AccountsModule } from '@app/accounts';
import { Availability } from './availability.service';
import { DateOverrides } from './date-overrides.service';
import { OfferingHours } from './offering-hours.service';
import { PracticeZone } from './practice-zone.service';
import { TimeOff } from './time-off.service';
import { WeeklyHours } from './weekly-hours.service';

@Module({
  imports: [AccountsModule],
  providers: [Availability, DateOverrides, OfferingHours, PracticeZone, TimeOff, WeeklyHours],
  exports: [Availability, DateOverrides, OfferingHours, PracticeZone, TimeOff, WeeklyHours],
})
export class AvailabilityModule {}
