import type { Principal } from '@app/accounts';
import { publicId } from '@app/common';
import type { NotificationRecord } from '@app/notifications';
import type { NotificationView } from './notification.dto';

export function notificationView(row: NotificationRecord, reader: Principal): NotificationView {
  return {
    id: publicId('notification', row.id),
    kind: row.kind,
    recipient: { role: row.recipientKind, email: row.recipientEmail },
    sessionId: row.sessionId === null ? null : publicId('session', row.sessionId),
    subject: row.subject,
    deliveryState: row.state,
    reason: reader.kind === 'client' ? null : (row.suppressedReason ?? row.lastError),
    createdAt: row.createdAt.toISOString(),
    sentAt: row.sentAt?.toISOString() ?? null,
    readAt: row.readAt?.toISOString() ?? null,
    version: row.version,
  };
}
