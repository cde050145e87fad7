import { Module, type DynamicModule } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR, DiscoveryModule } from '@nestjs/core';
import { LoggerModule } from 'nestjs-pino';
import { AccountsModule } from '@app/accounts';
import { AvailabilityModule } from '@app/availability';
import { ConnectionsModule } from '@app/connections';
import { ConfigModule, DatabaseModule } from '@app/database';
import { NotesModule } from '@app/notes';
import { NotificationsModule } from '@app/notifications';
import { OfferingsModule } from '@app/offerings';
import { OutboxModule } from '@app/outbox';
import { PackagesModule } from '@app/packages';
import { PaymentsModule } from '@app/payments';
import { ReportingModule } from '@app/reporting';
import { SessionsModule } from '@app/sessions';
import { VideoModule } from '@app/video';
import { AdminController } from './admin/admin.controller';
import { ReconciliationController } from './admin/reconciliation.controller';
import { AuthController } from './auth/auth.controller';
import { BookingConfirmationsController } from './booking-confirmations/booking-confirmations.controller';
import { ClientRemoval } from './clients/client-removal.service';
import { ClientsController } from './clients/clients.controller';
import { DateOverridesController } from './availability/date-overrides.controller';
import { OfferingHoursController } from './availability/offering-hours.controller';
import { TimeOffController } from './availability/time-off.controller';
import { WeeklyHoursController } from './availability/weekly-hours.controller';
import { API_CONFIG, type ApiConfig } from './config';
import { ConnectionsController } from './connections/connections.controller';
import { AccessCheck } from './http/access.check';
import { AccessGuard } from './http/access.guard';
import { AnswerLayers } from './http/answer-layers.interceptor';
import { AdminReadsInterceptor } from './http/admin-reads.interceptor';
import { IdempotencyInterceptor } from './http/idempotency.interceptor';
import { ProblemFilter } from './http/problem.filter';
import { RateLimitGuard } from './http/rate-limit.guard';
import { EntitlementRefundsController } from './entitlements/entitlement-refunds.controller';
import { EntitlementsController } from './entitlements/entitlements.controller';
import { MeController } from './me/me.controller';
import { HealthController } from './operations/health.controller';
import { logOptions } from './operations/logging';
import { Readiness } from './operations/readiness';
import { CancellationsController } from './sessions/cancellations.controller';
import { ClientSessionsController } from './sessions/client-sessions.controller';
import { ClientSecretInterceptor } from './sessions/client-secret.interceptor';
import { NoteTextInterceptor } from './notes/note-text.interceptor';
import { NotesController } from './notes/notes.controller';
import { SessionNotesController } from './notes/session-notes.controller';
import { NotificationsController } from './notifications/notifications.controller';
import { PackagesController } from './packages/packages.controller';
import { PaymentMethodsController } from './payment-methods/payment-methods.controller';
import { SetupSecretInterceptor } from './payment-methods/setup-secret.interceptor';
import { PaymentsController } from './payments/payments.controller';
import { PayoutAccountController } from './payments/payout-account.controller';
import { RefundsController } from './payments/refunds.controller';
import { StripeWebhooksController } from './payments/stripe-webhooks.controller';
import { BookNextController } from './sessions/book-next.controller';
import { ExplainController } from './sessions/explain.controller';
import { NoShowsController } from './sessions/no-shows.controller';
import { RatingController } from './sessions/rating.controller';
import { BriefController } from './sessions/brief.controller';
import { SessionExportController } from './sessions/session-export.controller';
import { SeriesConfirmationsController, SeriesTermsController } from './series/series-terms.controller';
import { SeriesChangePlansController, SeriesController } from './series/series.controller';
import { SessionsController } from './sessions/sessions.controller';
import { TermsController } from './sessions/terms.controller';
import { CheckoutLinksController } from './payments/checkout-links.controller';
import { PaymentLinksController } from './payments/payment-links.controller';
import { DisputesController } from './disputes/disputes.controller';
import { LinksController } from './rescheduling/links.controller';
import { ProposalsController } from './rescheduling/proposals.controller';
import { ReschedulingController } from './rescheduling/rescheduling.controller';
import { OfferingsController } from './offerings/offerings.controller';
import { PoliciesController } from './policies/policies.controller';
import { SettingsController } from './settings/settings.controller';
import { SessionSlotsController } from './slots/session-slots.controller';
import { SlotsController } from './slots/slots.controller';
import { JoinLinksController } from './video/join-links.controller';
import { MeetingsController } from './video/meetings.controller';

@Module({})
export class ApiModule {
  static async with(config: ApiConfig): Promise<DynamicModule> {
    return {
      module: ApiModule,
      imports: [
        LoggerModule.forRoot(logOptions(config.LOG_LEVEL)),
        await DatabaseModule.forRoot({
          url: config.DATABASE_URL,
          poolSize: config.DATABASE_POOL_SIZE,
          applicationName: 'api',
        }),
        ConfigModule.with(config, API_CONFIG),
        DiscoveryModule,
        OutboxModule,
        AccountsModule,
        OfferingsModule,
        AvailabilityModule,
        PaymentsModule,
        PackagesModule,
        SessionsModule,
        ConnectionsModule,
        VideoModule,
        NotesModule,
        NotificationsModule,
        ReportingModule,
      ],
      controllers: [
        AuthController,
        MeController,
        ClientsController,
        SettingsController,
        PoliciesController,
        OfferingsController,
        WeeklyHoursController,
        DateOverridesController,
        TimeOffController,
        OfferingHoursController,
        SlotsController,
        SessionSlotsController,
        HealthController,
        SessionExportController,
        SeriesController,
        SeriesChangePlansController,
        SeriesTermsController,
        SeriesConfirmationsController,
        SessionsController,
        ClientSessionsController,
        CancellationsController,
        TermsController,
        NoShowsController,
        RatingController,
        BriefController,
        ExplainController,
        BookNextController,
        ReschedulingController,
        ProposalsController,
        LinksController,
        CheckoutLinksController,
        PaymentLinksController,
        BookingConfirmationsController,
        ConnectionsController,
        MeetingsController,
        JoinLinksController,
        SessionNotesController,
        NotesController,
        NotificationsController,
        PackagesController,
        EntitlementsController,
        EntitlementRefundsController,
        PaymentsController,
        PaymentMethodsController,
        RefundsController,
        DisputesController,
        PayoutAccountController,
        StripeWebhooksController,
        AdminController,
        ReconciliationController,
      ],
      providers: [
        Readiness,
        AccessCheck,
        ClientRemoval,
        { provide: APP_FILTER, useClass: ProblemFilter },
        { provide: APP_GUARD, useClass: RateLimitGuard },
        { provide: APP_GUARD, useClass: AccessGuard },
        AdminReadsInterceptor,
        ClientSecretInterceptor,
        SetupSecretInterceptor,
        NoteTextInterceptor,
        IdempotencyInterceptor,
        { provide: APP_INTERCEPTOR, useClass: AnswerLayers },
      ],
    };
  }
}
