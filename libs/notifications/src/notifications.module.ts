import { Module } from '@nestjs/common';
import { AccountsModule } from '@app/accounts';
import { ConnectionsModule } from '@app/connections';
import { NotesModule } from '@app/notes';
import { PackagesModule } from '@app/packages';
import { PaymentsModule } from '@app/payments';
import { SessionsModule } from '@app/sessions';
import { VideoModule } from '@app/video';
import { ChargeMails } from './charge-mails.service';
import { DisputeMails } from './dispute-mails.service';
import { MailSettings } from './mail-settings';
import { MailTransport } from './mail-transport';
import { MailWriter } from './mail-writer.service';
import { NoShowMails } from './no-show-mails.service';
import { NoShowNews } from './no-show-news.service';
import { NotificationList } from './notification-list.service';
import { NotificationRows } from './notification-rows';
import { NotificationSender } from './notification-sender.service';
import { Notifications } from './notifications.service';
import { PackageMails } from './package-mails.service';
import { SeriesCreditMails } from './series-credit-mails.service';
import { PackageRefundMails } from './package-refund-mails.service';
import { ProposalMails } from './proposal-mails.service';
import { ReminderMails } from './reminder-mails.service';
import { Recipients } from './recipients.service';
import { SeriesCalendar } from './series-calendar.service';
import { SeriesMails } from './series-mails.service';
import { SessionContext } from './session-context.service';
import { SessionMoneyFacts } from './session-money-facts.service';

@Module({
  imports: [
    AccountsModule,
    ConnectionsModule,
    NotesModule,
    PackagesModule,
    PaymentsModule,
    SessionsModule,
    VideoModule,
  ],
  providers: [
    ChargeMails,
    DisputeMails,
    MailSettings,
    MailTransport,
    MailWriter,
    NoShowMails,
    NoShowNews,
    NotificationList,
    NotificationRows,
    NotificationSender,
    Notifications,
    PackageMails,
    SeriesCreditMails,
    PackageRefundMails,
    ProposalMails,
    Recipients,
    ReminderMails,
    SeriesCalendar,
    SeriesMails,
    SessionContext,
    SessionMoneyFacts,
  ],
  exports: [
    ChargeMails,
    DisputeMails,
    NoShowNews,
    NotificationList,
    NotificationSender,
    Notifications,
    PackageMails,
    SeriesCreditMails,
    ProposalMails,
    ReminderMails,
    SeriesMails,
  ],
})
export class NotificationsModule {}
