import type { JobName } from './jobs';

/** Which event starts which jobs: every reaction of the system, on one screen. An empty list says "nobody listens". */
export const EVENT_ROUTES: Record<string, readonly JobName[]> = {
  'accounts.coach_signed_up': ['ensure-default-policy'],
  'accounts.email_verification_requested': ['tell-email-verification'],
  'accounts.password_reset_requested': ['tell-password-reset'],
  'accounts.sign_up_repeated': ['tell-sign-up-repeated'],
  'accounts.client_invited': ['tell-client-invited'],
  'accounts.client_renamed': ['follow-client-name'],

  'sessions.session_held': ['tell-session'],
  'sessions.session_scheduled': ['sync-meeting', 'tell-session'],
  'sessions.session_cancelled': ['sync-meeting', 'follow-payment', 'tell-session'],
  'sessions.session_completed': [],
  'sessions.session_no_show': ['tell-no-show'],
  'sessions.no_show_undone': ['tell-no-show-undone'],
  'sessions.no_show_reported': ['tell-no-show-reported'],
  'sessions.follow_up_sent': ['tell-follow-up'],
  'sessions.reminder_due': ['tell-reminder'],
  'sessions.late_payment_refused': [],
  'sessions.session_moved': ['sync-meeting', 'tell-session'],
  'sessions.proposal_made': ['tell-proposal'],
  'sessions.proposal_declined': ['tell-proposal'],
  'sessions.proposal_withdrawn': ['tell-proposal'],
  'sessions.proposal_expired': ['tell-proposal'],

  // A series tells of all its sessions in one mail.
  'sessions.session_scheduled_by_series': ['sync-meeting'],
  'sessions.session_cancelled_by_series': ['sync-meeting', 'follow-payment'],
  'sessions.session_moved_by_series': ['sync-meeting'],
  'sessions.session_edited_by_series': ['sync-meeting'],
  'series.created': ['tell-series'],
  'series.moved': ['tell-series'],
  'series.edited': ['tell-series'],
  'series.paused': ['tell-series'],
  'series.resumed': ['tell-series'],
  'series.ended_early': ['tell-series'],
  'series.occurrences_skipped': ['tell-series'],
  'series.occurrences_restored': ['tell-series'],
  'series.occurrence_added': ['tell-series'],
  'series.cancelled': ['tell-series'],
  'series.extended': [],
  'series.stopped': [],
  'series.extension_conflicted': ['tell-series-unplaced'],

  'payments.payment_opened': ['prepare-payment'],
  'payments.payment_cancel_requested': ['cancel-payment-intent'],
  'payments.payment_processing': ['follow-payment'],
  'payments.payment_paid': ['follow-payment'],
  'payments.payment_failed': ['follow-payment'],
  'payments.payment_canceled': ['follow-payment'],
  'payments.payment_sync_requested': ['sync-payment', 'follow-payment'],
  'payments.refund_requested': ['issue-refund', 'follow-payment', 'tell-refund-started'],
  'payments.refund_submitted': ['follow-payment'],
  'payments.refund_succeeded': ['follow-payment', 'tell-refund-succeeded'],
  'payments.refund_failed': ['follow-payment', 'tell-refund-failed'],
  'payments.refund_needs_attention': ['follow-payment', 'tell-refund-failed'],
  'payments.refund_sync_requested': ['sync-refund'],
  'payments.stripe_event_received': ['process-stripe-event'],
  'payments.payout_account_changed': [],
  'payments.card_removal_requested': ['settle-saved-card'],
  'payments.card_sync_requested': ['settle-saved-card'],
  'payments.card_setup_sync_requested': ['sync-card-setup'],

  'packages.entitlement_requested': [],
  'packages.entitlement_activated': [],
  'packages.entitlement_cancelled': ['follow-payment'],
  'packages.entitlement_expired': [],
  'packages.entitlement_extended': [],
  'packages.entitlement_refunded': [],
  'packages.credits_adjusted': [],
  'packages.expiry_near': ['tell-package-expiry'],

  'connections.connected': ['sync-meetings-of-coach'],
  'connections.needs_attention': ['tell-connection-needs-attention'],
  'connections.removed': ['revoke-connection'],
  'video.meeting_ready': [],
  'video.meeting_failed': ['tell-meeting-failed'],
  'video.meeting_sync_requested': ['sync-meeting'],

  'notes.note_shared': ['tell-note-shared'],
  'notifications.notification_queued': ['send-notification'],
};

/** An event nobody knows starts nothing; a test finds every event of the code base on the map above. */
export function routesOf(type: string): readonly JobName[] {
  return EVENT_ROUTES[type] ?? [];
}
