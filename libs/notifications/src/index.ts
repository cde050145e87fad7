export type {
  DeliveryState,
  NotificationKind,
  NotificationRecord,
  RecipientKind,
} from './notification-record';
export { ChargeMails } from './charge-mails.service';
export { DisputeMails } from './dispute-mails.service';
export { NoShowNews } from './no-show-news.service';
export { NotificationList } from './notification-list.service';
export { NotificationSender } from './notification-sender.service';
export * from './notifications.errors';
export * from './notifications.events';
export * from './notifications.module';
export { PackageMails } from './package-mails.service';
export { SeriesCreditMails } from './series-credit-mails.service';
export { ProposalMails } from './proposal-mails.service';
export { ReminderMails } from './reminder-mails.service';
export { Notifications } from './notifications.service';
export * from './series-mails.service';
