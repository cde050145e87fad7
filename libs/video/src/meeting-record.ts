import { sql, type RawBuilder } from '@app/database';
import type { Platform } from '@app/sessions';

export interface DialIn {
  /** ISO 3166-1 alpha-2. */
  country: string;
  countryName: string;
  city: string | null;
  number: string;
  tollFree: boolean;
  /** Typed on the phone; not the passcode of the app. */
  pin: string | null;
}

/** A room as its platform describes it. */
export interface PlatformMeeting {
  externalId: string;
  joinUrl: string;
  passcode: string | null;
  dialIn: DialIn[];
  /** Why there is no number, for people. */
  dialInReason: string | null;
  waitingRoom: boolean | null;
}

/** One row of `meetings`: the room of a session, or the work to get or lose it. */
export interface MeetingRecord {
  coachId: string;
  id: string;
  sessionId: string;
  platform: Platform;
  connectionId: string | null;
  state: 'pending' | 'ready' | 'failed' | 'deleted';
  externalId: string | null;
  joinUrl: string | null;
  passcode: string | null;
  dialIn: DialIn[];
  dialInReason: string | null;
  waitingRoom: boolean | null;
  /** What the platform was last told. */
  appliedStartsAt: Date | null;
  appliedMinutes: number | null;
  /** Calls to make a room whose outcome was not recorded. */
  attempts: number;
  /** Consecutive tries that got no answer to rely on. */
  failures: number;
  lastError: string | null;
  /** Business time at which the sweep asks for another job; null when nothing is to be done. */
  dueAt: Date | null;
  /** Business time until which the platform takes no more creates and updates of this host. */
  blockedUntil: Date | null;
  version: number;
}

/** The select list of a `MeetingRecord` from `meetings m`. */
export const meetingColumns: RawBuilder<unknown> = sql`
  m.coach_id as "coachId", m.id, m.session_id as "sessionId", m.platform, m.connection_id as "connectionId", m.state,
  m.external_id as "externalId", m.join_url as "joinUrl", m.passcode, m.dial_in as "dialIn",
  m.dial_in_reason as "dialInReason", m.waiting_room as "waitingRoom", m.applied_starts_at as "appliedStartsAt",
  m.applied_minutes as "appliedMinutes", m.attempts, m.failures, m.last_error as "lastError", m.due_at as "dueAt",
  m.blocked_until as "blockedUntil", m.version`;
