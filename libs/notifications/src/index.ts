export type {
  DeliveryState,
  NotificationKind,
  NotificationRecord,
  RecipientKind,
} from './notification-record';
export { NotificationList } from './notification-list.service';
export { NotificationSender } from './notification-sender.service';
export * from './notifications.errors';
export * from './notifications.events';
export * from './notifications.module';
export { Notifications } from './notifications.service';
