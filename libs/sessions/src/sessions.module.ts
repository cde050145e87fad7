import { Module } from '@nestjs/common';
import { AccountsModule } from '@app/accounts';
import { AvailabilityModule } from '@app/availability';
import { OfferingsModule } from '@app/offerings';
import { PaymentsModule } from '@app/payments';
import { Bookings } from './booking.service';
import { Cancellations } from './cancellation.service';
import { SessionLife } from './session-life.service';
import { SessionSweeps } from './session-sweeps.service';
import { SessionQueries } from './session.queries';
import { SessionWrites } from './session-writes';

@Module({
  imports: [AccountsModule, OfferingsModule, AvailabilityModule, PaymentsModule],
  providers: [Bookings, Cancellations, SessionLife, SessionQueries, SessionSweeps, SessionWrites],
  exports: [Bookings, Cancellations, SessionLife, SessionQueries, SessionSweeps],
})
export class SessionsModule {}
