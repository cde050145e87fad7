import type { History } from './history';
import type { OpenMatters } from './open-matters';
import type { Practice } from './practice';
import type { SoldPackage } from './sold-package';
import type { Troubles } from './troubles';

/** What stands in an operation's path, and its body, where the example that all share would not do. */
export interface ExampleOperation {
  inPath?: string;
  body?: unknown;
}

/**
 * Operations that need a row in a certain state, by method and path: what is over cannot be moved, what is ahead cannot be
 * rated. The others work on the session that is ahead.
 */
export function exampleOperations(
  { sessionOfferingId, policyId }: Practice,
  { missed, seriesId }: History,
  matters: OpenMatters,
  { unpaidId, unpaidPaymentId, paymentLink, failedRefundId }: Troubles,
  { refundQuoteId, awaitedPaymentId }: SoldPackage,
): Record<string, ExampleOperation> {
  const { completedId, heldId, tokens, proposalId, offeredTime, freeTimes, freeWallTime } = matters;
  const accept = { startsAt: offeredTime };
  return {
    'POST /v1/admin/reconcile': { body: {} },
    'POST /v1/auth/accept-invitation': {
      body: { token: tokens.invitation, password: 'a password of your own' },
    },
    'DELETE /v1/clients/{id}': { inPath: matters.invitedClientId },
    'POST /v1/sessions': {
      body: {
        offeringId: sessionOfferingId,
        startsAt: freeTimes[0],
        funding: 'card',
        preparation: { focus: 'The talk with my team next week' },
        acceptedPolicyId: policyId,
      },
    },
    'POST /v1/sessions/{id}/cancellation-quotes': { body: { refund: 'policy' } },
    'POST /v1/sessions/{id}/cancel': { body: { reason: 'I am travelling that day.' } },
    'POST /v1/sessions/{id}/pay': { inPath: heldId },
    'POST /v1/payments/{id}/checkout-links': { inPath: awaitedPaymentId },
    'POST /v1/sessions/{id}/waive-charge': { inPath: unpaidId },
    'POST /v1/payments/{id}/retry': { inPath: unpaidPaymentId },
    'GET /v1/payment-links/{token}': { inPath: paymentLink },
    'POST /v1/payment-links/{token}': { inPath: paymentLink },
    'GET /v1/payment-links/{token}/checkout': { inPath: paymentLink },
    'POST /v1/payment-links/{token}/checkout': { inPath: paymentLink },
    'POST /v1/refunds/{id}/retry': { inPath: failedRefundId },
    'POST /v1/sessions/{id}/book-next': { inPath: completedId, body: { startsAt: freeTimes[0] } },
    'POST /v1/sessions/{id}/no-show-quotes': { inPath: completedId },
    'POST /v1/sessions/{id}/no-show': {
      inPath: completedId,
      body: { quoteId: matters.noShowQuoteId, channel: 'phone', note: 'Called twice, nobody answered.' },
    },
    'DELETE /v1/sessions/{id}/no-show': { inPath: missed.id },
    'GET /v1/sessions/{id}/no-show': { inPath: missed.id },
    'POST /v1/sessions/{id}/no-show-reports': { inPath: completedId },
    'POST /v1/sessions/{id}/follow-up': {
      inPath: missed.id,
      body: { template: 'missed_you', times: freeTimes },
    },
    'PUT /v1/sessions/{id}/rating': { inPath: completedId },
    'POST /v1/sessions/{id}/reschedule': { body: { startsAt: freeTimes[0] } },
    'POST /v1/sessions/{id}/reschedule-proposals': { body: { times: freeTimes } },
    'POST /v1/reschedule-proposals/{id}/accept': { inPath: proposalId, body: accept },
    'POST /v1/reschedule-proposals/{id}/decline': { inPath: proposalId },
    'POST /v1/reschedule-proposals/{id}/withdraw': { inPath: proposalId },
    'GET /v1/links/{token}': { inPath: tokens.times },
    'POST /v1/links/{token}': { inPath: tokens.times, body: { act: 'accept', ...accept } },
    'GET /v1/booking-confirmations/{token}': { inPath: tokens.booking },
    'POST /v1/booking-confirmations/{token}': { inPath: tokens.booking },
    'GET /v1/series-confirmations/{token}': { inPath: tokens.series },
    'POST /v1/series-confirmations/{token}': { inPath: tokens.series },
    'GET /j/{token}': { inPath: tokens.join },
    'GET /v1/series/{id}': { inPath: seriesId },
    'GET /v1/series/{id}/occurrences': { inPath: seriesId },
    'POST /v1/series/{id}/accept-terms': { inPath: seriesId },
    'POST /v1/series': { body: { planId: matters.previewPlanId } },
    'POST /v1/series/{id}/change-plans': {
      inPath: seriesId,
      body: { change: 'skip', scope: 'this', occurrences: [matters.nextOccurrence] },
    },
    'POST /v1/series-change-plans/{id}/apply': { inPath: matters.changePlanId },
    'POST /v1/entitlements/{id}/refund-quotes': { body: { refund: 'remaining' } },
    'POST /v1/entitlements/{id}/refund': {
      body: { quoteId: refundQuoteId, reason: 'The client moves abroad.' },
    },
    'POST /v1/series/preview': {
      body: {
        offeringId: matters.checkInOfferingId,
        clientId: matters.clientId,
        localStart: freeWallTime,
        timezone: 'Europe/Berlin',
        rule: 'FREQ=WEEKLY;COUNT=2',
        onConflict: 'skip',
      },
    },
  };
}
