import type { QueueName } from '@app/outbox';

/** Every job and its queue. Attempts, backoff and retention are the queues' own (libs/outbox queues.ts). */
export const JOBS = {
  'ensure-default-policy': 'sessions',
  'follow-payment': 'sessions',
  'follow-client-name': 'sessions',
  'prepare-payment': 'payments',
  'cancel-payment-intent': 'payments',
  'issue-refund': 'payments',
  'sync-payment': 'payments',
  'sync-refund': 'payments',
  'sync-card-setup': 'payments',
  'settle-saved-card': 'payments',
  'process-stripe-event': 'payments',
  'sync-meeting': 'video',
  'sync-meetings-of-coach': 'video',
  'revoke-connection': 'video',
  'tell-session': 'notifications',
  'tell-proposal': 'notifications',
  'tell-series': 'notifications',
  'tell-series-unplaced': 'notifications',
  'tell-refund-started': 'notifications',
  'tell-refund-succeeded': 'notifications',
  'tell-refund-failed': 'notifications',
  'tell-package-expiry': 'notifications',
  'tell-reminder': 'notifications',
  'tell-note-shared': 'notifications',
  'tell-no-show': 'notifications',
  'tell-no-show-undone': 'notifications',
  'tell-no-show-reported': 'notifications',
  'tell-follow-up': 'notifications',
  'tell-meeting-failed': 'notifications',
  'tell-connection-needs-attention': 'notifications',
  'tell-client-invited': 'notifications',
  'tell-email-verification': 'notifications',
  'tell-password-reset': 'notifications',
  'tell-sign-up-repeated': 'notifications',
  'send-notification': 'notifications',
} as const satisfies Record<string, QueueName>;

export type JobName = keyof typeof JOBS;

export function isJobName(name: string): name is JobName {
  return Object.hasOwn(JOBS, name);
}
