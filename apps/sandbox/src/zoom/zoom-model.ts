import type { SandboxClock } from '../shared/clock';
import type { IdSource } from '../shared/id-source';
import { Table } from '../shared/table';
import type { WebhookSender } from '../shared/webhook-sender';

export interface ZoomUserRow {
  id: string;
  account_id: string;
  email: string;
  first_name: string;
  last_name: string;
  timezone: string;
}

/** One consent; lives ten minutes of real time and is used once. */
export interface AuthorizationCodeRow {
  id: string;
  user: string;
  redirectUri: string;
  challenge: { method: string; value: string } | null;
  expiresAtMs: number;
}

/** One pair of tokens. Refreshing replaces the row: the old refresh token is worth nothing at once. */
export interface TokenRow {
  /** The access token. */
  id: string;
  refreshToken: string;
  user: string;
  /** Real milliseconds since the epoch. */
  expiresAtMs: number;
  refreshedFrom: string | null;
  state: 'active' | 'rotated' | 'revoked';
}

export interface MeetingRow {
  /** Eleven digits. */
  id: string;
  uuid: string;
  host_id: string;
  host_email: string;
  type: 1 | 2;
  topic: string;
  agenda: string;
  /** UTC instant `yyyy-MM-ddTHH:mm:ssZ`; null for an instant meeting. */
  start_time: string | null;
  /** Minutes. */
  duration: number;
  timezone: string;
  created_at: string;
  password: string;
  encrypted_password: string;
  h323_password: string;
  pstn_password: string;
  settings: Record<string, unknown>;
  tracking_fields: Array<{ field: string; value?: string }>;
  status: 'waiting' | 'started';
  startedAt: string | null;
  participants: ParticipantRow[];
  /** Who was there the last time it ended. */
  lastParticipants: ParticipantRow[];
}

export interface ParticipantRow {
  user_id: string;
  name: string;
  email: string;
  join_time: string;
  leave_time: string | null;
}

/** A host's start link; it lives two hours of real time. */
export interface HostLinkRow {
  id: string;
  meeting: string;
  expiresAtMs: number;
}

/** One create or update, for the daily limit. */
export interface DailyUseRow {
  /** User id and UTC day of the business clock. */
  id: string;
  used: number;
}

export interface ZoomCallRow {
  id: string;
  at: string;
  method: string;
  path: string;
  /** HTTP status; 0 when the connection was cut. */
  status: number;
  user: string | null;
}

export interface ZoomSettings {
  clientId: string;
  clientSecret: string;
  /** Creates and updates per user and UTC day. */
  dailyLimit: number;
  /** Where join and start pages live, for example `http://127.0.0.1:3902`. */
  baseUrl: string;
}

export type ZoomTables = ReturnType<typeof createZoomTables>;

export interface ZoomModel {
  tables: ZoomTables;
  clock: SandboxClock;
  ids: IdSource;
  settings: ZoomSettings;
  webhooks: WebhookSender;
}

export function createZoomTables(changed: () => void) {
  return {
    users: new Table<ZoomUserRow>(changed),
    codes: new Table<AuthorizationCodeRow>(changed),
    tokens: new Table<TokenRow>(changed),
    meetings: new Table<MeetingRow>(changed),
    hostLinks: new Table<HostLinkRow>(changed),
    dailyUse: new Table<DailyUseRow>(changed),
    calls: new Table<ZoomCallRow>(changed),
  };
}
