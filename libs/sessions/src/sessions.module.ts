import { Module } from '@nestjs/common';
import { AccountsModule } from '@app/accounts';
import { AvailabilityModule } from '@app/availability';
import { OfferingsModule } from '@app/offerings';
import { PackagesModule } from '@app/packages';
import { PaymentsModule } from '@app/payments';
import { AwaitedCharges } from './awaited-charges.service';
import { Bookings } from './booking.service';
import { Cancellations } from './cancellation.service';
import { ConfirmationLinks } from './confirmation-links.service';
import { ContactAttempts } from './contact-attempts.service';
import { FollowUpOffers } from './follow-up-offers.service';
import { FollowUps } from './follow-ups.service';
import { NextBookings } from './next-booking.service';
import { NoShowCharges } from './no-show-charges.service';
import { NoShowQueries } from './no-show.queries';
import { NoShowReports } from './no-show-reports.service';
import { NoShows } from './no-show.service';
import { CoachTime } from './coach-time.service';
import { ProposalAnswers } from './proposal-answers.service';
import { ProposalLinks } from './proposal-links.service';
import { ProposalQueries } from './proposal.queries';
import { ProposalSweeps } from './proposal-sweeps.service';
import { Proposals } from './proposals.service';
import { Rescheduling } from './rescheduling.service';
import { SessionMoves } from './session-moves.service';
import { Ratings } from './rating.service';
import { Reminders } from './reminders.service';
import { SeriesMaterialisation } from './series-materialisation.service';
import { SeriesEdits } from './series-edits.service';
import { SeriesFunding } from './series-funding.service';
import { SeriesMoney } from './series-money.service';
import { SeriesPlanner } from './series-planner.service';
import { SeriesPlanRows } from './series-plan-rows';
import { SeriesTerms } from './series-terms.service';
import { SeriesWrites } from './series-writes.service';
import { Series } from './series.service';
import { SeriesQueries } from './series.queries';
import { ChargeWaivers } from './charge-waivers.service';
import { SessionCharges } from './session-charges.service';
import { SessionCredits } from './session-credits.service';
import { SessionLife } from './session-life.service';
import { SessionSweeps } from './session-sweeps.service';
import { SessionQueries } from './session.queries';
import { SessionWrites } from './session-writes';
import { TermsAcceptance } from './terms-acceptance.service';

/** What other modules and the apps may ask for. */
const DOORS = [
  ProposalAnswers,
  ProposalLinks,
  ProposalQueries,
  ProposalSweeps,
  Proposals,
  Rescheduling,
  FollowUps,
  NextBookings,
  NoShowQueries,
  NoShowReports,
  NoShows,
  Ratings,
  Reminders,
  Bookings,
  Cancellations,
  ChargeWaivers,
  ConfirmationLinks,
  Series,
  SeriesMaterialisation,
  SeriesQueries,
  SeriesTerms,
  SessionLife,
  SessionQueries,
  SessionSweeps,
  TermsAcceptance,
];

@Module({
  imports: [AccountsModule, OfferingsModule, AvailabilityModule, PackagesModule, PaymentsModule],
  providers: [
    ...DOORS,
    AwaitedCharges,
    CoachTime,
    FollowUpOffers,
    SessionCharges,
    SessionCredits,
    SessionMoves,
    ContactAttempts,
    NoShowCharges,
    SeriesEdits,
    SeriesFunding,
    SeriesMoney,
    SeriesPlanner,
    SeriesPlanRows,
    SeriesWrites,
    SessionWrites,
  ],
  exports: DOORS,
})
export class SessionsModule {}
