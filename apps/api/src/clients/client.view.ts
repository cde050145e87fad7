import { timezoneMismatch, type ClientRecord } from '@app/accounts';
import { publicId, wallTimeOf } from '@app/common';
import type { ClientView } from './client.dto';

/** @param now business time, for the client's local time */
export function clientView(client: ClientRecord, now: Date): ClientView {
  return {
    id: publicId('client', client.id),
    status: statusOf(client),
    displayName: client.displayName,
    photoUrl: client.photoUrl,
    email: client.email,
    phone: client.phone,
    timezone: client.timezone,
    localTime: wallTimeOf(now, client.timezone),
    lastSeenTimezone: client.lastSeenTimezone,
    timezoneMismatch: timezoneMismatch(client),
    locale: client.locale,
    sessionCount: client.completedSessions,
    lastSessionAt: client.lastSessionAt?.toISOString() ?? null,
    invitedAt: client.invitedAt.toISOString(),
    acceptedAt: client.acceptedAt?.toISOString() ?? null,
    version: client.version,
  };
}

function statusOf(client: ClientRecord): ClientView['status'] {
  if (client.removedAt !== null) return 'removed';
  return client.acceptedAt === null ? 'invited' : 'active';
}
