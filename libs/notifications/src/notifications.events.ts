import type { DomainEvent } from '@app/outbox';

/** A message waits to be sent, for the first time or again. */
export const notificationQueued = (notification: { coachId: string; id: string }): DomainEvent => ({
  type: 'notifications.notification_queued',
  coachId: notification.coachId,
  payload: { notificationId: notification.id },
});
