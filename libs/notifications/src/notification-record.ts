import { sql, type RawBuilder } from '@app/database';

export type NotificationKind =
  | 'email_verification'
  | 'password_reset'
  | 'sign_up_repeated'
  | 'client_invitation'
  | 'awaiting_payment'
  | 'hold_expired'
  | 'booking_confirmed'
  | 'session_moved'
  | 'booking_cancelled'
  | 'times_proposed'
  | 'times_asked'
  | 'proposal_declined'
  | 'proposal_withdrawn'
  | 'proposal_expired'
  | 'refund_started'
  | 'refund_succeeded'
  | 'refund_failed'
  | 'late_payment_refunded'
  | 'payment_failed'
  | 'payment_action_required'
  | 'charge_waived'
  | 'dispute_opened'
  | 'dispute_closed'
  | 'no_show_marked'
  | 'no_show_undone'
  | 'no_show_reported'
  | 'follow_up'
  | 'reminder'
  | 'package_offered'
  | 'package_bought'
  | 'package_expiring'
  | 'package_expired'
  | 'package_extended'
  | 'series_changed'
  | 'series_unplaced'
  | 'series_credits_ended'
  | 'shared_note'
  | 'meeting_failed'
  | 'link_changed'
  | 'platform_needs_attention';

/** They carry a secret that works once, so they are neither listed nor sent again: a new one is asked for. */
export const ACCOUNT_KINDS: readonly NotificationKind[] = [
  'email_verification',
  'password_reset',
  'sign_up_repeated',
  'client_invitation',
];

export type DeliveryState = 'queued' | 'sent' | 'bounced' | 'suppressed' | 'dead';
export type RecipientKind = 'coach' | 'client' | 'admin';

/** What a row remembers of its cause: ids and what the recipient was told; no names, no texts. */
export interface NotificationPayload {
  /** The session's calendar sequence that this tells of. */
  sequence?: number;
  /** ISO instants. */
  startsAt?: string;
  previousStartsAt?: string;
  /** Of a reminder: how long before the start it is meant to come. */
  minutes?: number;
  accountId?: string;
  refundId?: string;
  paymentId?: string;
  disputeId?: string;
  noteId?: string;
  noShowId?: string;
  proposalId?: string;
  connectionId?: string;
  seriesId?: string;
  entitlementId?: string;
  /** The last good day of the entitlement that was told, `YYYY-MM-DD`. */
  expiresOn?: string;
  /** What was carried out on the series. */
  planId?: string;
}

/** One row of `notifications`: one message to one person. */
export interface NotificationRecord {
  coachId: string;
  id: string;
  kind: NotificationKind;
  recipientKind: RecipientKind;
  /** A coach's or admin's account, or the client's record with the coach. */
  recipientId: string;
  recipientEmail: string;
  sessionId: string | null;
  sessionVersion: number | null;
  payload: NotificationPayload;
  subject: string | null;
  messageId: string;
  state: DeliveryState;
  suppressedReason: string | null;
  attempts: number;
  lastError: string | null;
  createdAt: Date;
  sentAt: Date | null;
  readAt: Date | null;
  version: number;
}

/** The select list of a `NotificationRecord` from `notifications n`. */
export const notificationColumns: RawBuilder<unknown> = sql`
  n.coach_id as "coachId", n.id, n.kind, n.recipient_kind as "recipientKind", n.recipient_id as "recipientId",
  n.recipient_email as "recipientEmail", n.session_id as "sessionId", n.session_version as "sessionVersion", n.payload,
  n.subject, n.message_id as "messageId", n.state, n.suppressed_reason as "suppressedReason", n.attempts,
  n.last_error as "lastError", n.created_at as "createdAt", n.sent_at as "sentAt", n.read_at as "readAt", n.version`;
