import { sql, type RawBuilder } from '@app/database';
import type { Principal } from './principal';
import { isSameZone } from './time-zone-names';

/** What one coach knows of one client. */
export interface ClientRecord {
  coachId: string;
  id: string;
  /** Null until the invitation is accepted. */
  accountId: string | null;
  email: string;
  displayName: string;
  /** "Last, First": what lists are sorted by. */
  sortName: string;
  photoUrl: string | null;
  phone: string | null;
  /** IANA name */
  timezone: string;
  locale: string;
  invitedAt: Date;
  acceptedAt: Date | null;
  removedAt: Date | null;
  completedSessions: number;
  /** Start of the last completed session. */
  lastSessionAt: Date | null;
  /** Where the client's device last was, IANA name. */
  lastSeenTimezone: string | null;
  version: number;
}

/** Columns of a `ClientRecord`; the statement names the tables `clients c left join accounts a`. */
export const clientColumns = sql`
  c.coach_id as "coachId", c.id, c.account_id as "accountId", c.email, c.display_name as "displayName",
  c.sort_name as "sortName", c.photo_url as "photoUrl", c.phone, c.timezone, c.locale, c.invited_at as "invitedAt",
  c.accepted_at as "acceptedAt", c.removed_at as "removedAt", c.completed_sessions as "completedSessions",
  c.last_session_at as "lastSessionAt", a.last_seen_timezone as "lastSeenTimezone", c.version`;

export const clientTables = sql`clients c left join accounts a on a.id = c.account_id`;

/** What a booking takes over from the client's record. */
export interface BookedClient {
  id: string;
  sortName: string;
}

/**
 * For whom a session with the coach of the surrounding statement would be booked, as one JSON value: a client for
 * themselves, a coach for the one named. Null for whom the coach has not as a client (any more).
 *
 * @param coachId column of the surrounding statement
 * @param clientId read only when a coach books
 */
export function bookedClientAsJson(
  principal: Principal,
  coachId: string,
  clientId: string | undefined,
): RawBuilder<BookedClient | null> {
  const person =
    principal.kind === 'client'
      ? sql`m.account_id = ${principal.accountId}::uuid`
      : sql`m.id = ${clientId ?? null}::uuid`;
  return sql`(select json_build_object('id', m.id, 'sortName', m.sort_name)
    from clients m where m.coach_id = ${sql.ref(coachId)} and ${person} and m.removed_at is null)`;
}

/** Whether the client's device was last seen in another zone than the record says (A174). */
export function timezoneMismatch(client: Pick<ClientRecord, 'timezone' | 'lastSeenTimezone'>): boolean {
  return client.lastSeenTimezone !== null && !isSameZone(client.timezone, client.lastSeenTimezone);
}
