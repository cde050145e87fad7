import { Module } from '@nestjs/common';
import { AccountsModule } from '@app/accounts';
import { ConnectionsModule } from '@app/connections';
import { NotesModule } from '@app/notes';
import { PaymentsModule } from '@app/payments';
import { SessionsModule } from '@app/sessions';
import { VideoModule } from '@app/video';
import { MailSettings } from './mail-settings';
import { MailTransport } from './mail-transport';
import { MailWriter } from './mail-writer.service';
import { NotificationList } from './notification-list.service';
import { NotificationRows } from './notification-rows';
import { NotificationSender } from './notification-sender.service';
import { Notifications } from './notifications.service';
import { Recipients } from './recipients.service';
import { SessionContext } from './session-context.service';

@Module({
  imports: [AccountsModule, ConnectionsModule, NotesModule, PaymentsModule, SessionsModule, VideoModule],
  providers: [
    MailSettings,
    MailTransport,
    MailWriter,
    NotificationList,
    NotificationRows,
    NotificationSender,
    Notifications,
    Recipients,
    SessionContext,
  ],
  exports: [NotificationList, NotificationSender, Notifications],
})
export class NotificationsModule {}
