import { Injectable } from '@nestjs/common';
import { Connections } from '@app/connections';
import {
  ChargeMails,
  DisputeMails,
  NoShowNews,
  Notifications,
  NotificationSender,
  ProposalMails,
  PackageMails,
  SeriesCreditMails,
  ReminderMails,
  SeriesMails,
} from '@app/notifications';
import { Policies } from '@app/offerings';
import type { Delivery } from '@app/outbox';
import { PackageRevenue, Purchases } from '@app/packages';
import {
  CardSetups,
  Charges,
  Checkout,
  Disputes,
  DisputeTransfers,
  Payments,
  PayoutAccounts,
  Reconciliation,
  Refunds,
  SavedCards,
  StripeWebhooks,
} from '@app/payments';
import { SessionLife } from '@app/sessions';
import { Meetings } from '@app/video';
import type { JobName } from './jobs';

type Handler = (delivery: Delivery) => Promise<unknown>;

/** Which service method does which job: wiring only. The type demands a handler for every job. */
@Injectable()
export class JobHandlers {
  private readonly handlers: Record<JobName, Handler>;

  constructor(
    policies: Policies,
    payments: Payments,
    refunds: Refunds,
    stripeWebhooks: StripeWebhooks,
    sessions: SessionLife,
    meetings: Meetings,
    connections: Connections,
    notifications: Notifications,
    sender: NotificationSender,
    noShowNews: NoShowNews,
    reminders: ReminderMails,
    seriesMails: SeriesMails,
    proposalMails: ProposalMails,
    purchases: Purchases,
    packageRevenue: PackageRevenue,
    packageMails: PackageMails,
    seriesCreditMails: SeriesCreditMails,
    cardSetups: CardSetups,
    savedCards: SavedCards,
    charges: Charges,
    chargeMails: ChargeMails,
    disputes: Disputes,
    payoutAccounts: PayoutAccounts,
    reconciliation: Reconciliation,
    disputeTransfers: DisputeTransfers,
    disputeMails: DisputeMails,
    checkout: Checkout,
  ) {
    this.handlers = {
      'ensure-default-policy': (d) => policies.ensureDefault(id(d, 'accountId')),
      // What is not for a session is for a package, if for anything.
      'follow-payment': (d) =>
        typeof d.payload['sessionId'] === 'string'
          ? sessions.followPayment(d.coachId, d.payload['sessionId'])
          : purchases.followPayment(d.coachId, id(d, 'paymentId')),
      'follow-client-name': (d) => sessions.followClientName(d.coachId, id(d, 'clientId')),
      'prepare-payment': (d) => payments.ensureIntent(d.coachId, id(d, 'paymentId')),
      'cancel-payment-intent': (d) => payments.cancelIntent(d.coachId, id(d, 'paymentId')),
      'close-other-ways-to-pay': (d) => checkout.closeOthers(d.coachId, id(d, 'paymentId')),
      'charge-saved-card': (d) => charges.attempt(d.coachId, id(d, 'paymentId')),
      'issue-refund': (d) => refunds.submit(d.coachId, id(d, 'refundId')),
      'sync-payment': (d) => payments.syncPayment(d.coachId, id(d, 'paymentId')),
      'sync-refund': (d) => refunds.catchUp(d.coachId, id(d, 'refundId')),
      'settle-dispute': (d) => disputeTransfers.settle(d.coachId, id(d, 'disputeId')),
      'sync-dispute': (d) => disputes.catchUp(d.coachId, id(d, 'disputeId')),
      reconcile: (d) => reconciliation.run(id(d, 'runId')),
      'sync-payout-account': (d) => payoutAccounts.refresh(d.coachId),
      'sync-card-setup': (d) => cardSetups.syncSetup(d.coachId, id(d, 'cardSetupId')),
      'settle-saved-card': (d) => savedCards.settle(d.coachId, id(d, 'paymentMethodId')),
      // Told by what became of a package's money, or of its credits.
      'settle-package-revenue': (d) =>
        typeof d.payload['paymentId'] === 'string'
          ? packageRevenue.followPayment(d.coachId, d.payload['paymentId'])
          : packageRevenue.settle(d.coachId, id(d, 'entitlementId')),
      'process-stripe-event': (d) => stripeWebhooks.process(id(d, 'eventId')),
      'sync-meeting': (d) => meetings.sync(d.coachId, id(d, 'sessionId')),
      'sync-meetings-of-coach': (d) => meetings.retryFailed(d.coachId),
      'revoke-connection': (d) => connections.revokeAtPlatform(d.coachId, id(d, 'connectionId')),
      'tell-session': (d) => notifications.tellSession(d.coachId, id(d, 'sessionId')),
      'tell-charge': (d) => chargeMails.tell(d.coachId, id(d, 'paymentId')),
      'tell-charge-waived': (d) => chargeMails.tellWaived(d.coachId, id(d, 'paymentId')),
      'tell-dispute': (d) => disputeMails.tell(d.coachId, id(d, 'disputeId')),
      'tell-refund-started': (d) => notifications.tellRefundStarted(d.coachId, id(d, 'refundId')),
      'tell-refund-succeeded': (d) => notifications.tellRefundSucceeded(d.coachId, id(d, 'refundId')),
      'tell-refund-failed': (d) => notifications.tellRefundFailed(d.coachId, id(d, 'refundId')),
      'tell-no-show': (d) => noShowNews.tellMarked(d.coachId, id(d, 'sessionId'), id(d, 'noShowId')),
      'tell-no-show-undone': (d) => noShowNews.tellUndone(d.coachId, id(d, 'sessionId'), id(d, 'noShowId')),
      'tell-no-show-reported': (d) => noShowNews.tellReported(d.coachId, id(d, 'sessionId')),
      'tell-follow-up': (d) => noShowNews.tellFollowUp(d.coachId, id(d, 'sessionId')),
      'tell-reminder': (d) => reminders.tell(d.coachId, id(d, 'sessionId')),
      'tell-package-offered': (d) => packageMails.tellOffered(d.coachId, id(d, 'entitlementId')),
      'tell-package-bought': (d) => packageMails.tellBought(d.coachId, id(d, 'entitlementId')),
      'tell-package-expired': (d) =>
        packageMails.tellExpired(d.coachId, id(d, 'entitlementId'), id(d, 'expiresOn')),
      'tell-package-extended': (d) =>
        packageMails.tellExtended(d.coachId, id(d, 'entitlementId'), id(d, 'expiresOn')),
      'tell-package-expiry': (d) =>
        packageMails.tellExpiry(d.coachId, id(d, 'entitlementId'), id(d, 'expiresOn')),
      'tell-proposal': (d) => proposalMails.tell(d.coachId, id(d, 'proposalId')),
      'tell-series': (d) => seriesMails.tell(d.coachId, id(d, 'seriesId'), id(d, 'planId')),
      'tell-series-credits-ended': (d) =>
        seriesCreditMails.tell(d.coachId, id(d, 'seriesId'), id(d, 'endedAt')),
      'tell-series-unplaced': (d) => seriesMails.tellUnplaced(d.coachId, id(d, 'seriesId'), id(d, 'until')),
      'tell-note-shared': (d) => notifications.tellNoteShared(d.coachId, id(d, 'noteId')),
      'tell-meeting-failed': (d) => notifications.tellMeetingFailed(d.coachId, id(d, 'sessionId')),
      'tell-connection-needs-attention': (d) =>
        notifications.tellConnectionNeedsAttention(d.coachId, id(d, 'connectionId'), d.id),
      'tell-client-invited': (d) => notifications.tellClientInvited(d.coachId, id(d, 'clientId'), d.id),
      'tell-email-verification': (d) =>
        notifications.tellAccount('email_verification', id(d, 'accountId'), d.id),
      'tell-password-reset': (d) => notifications.tellAccount('password_reset', id(d, 'accountId'), d.id),
      'tell-sign-up-repeated': (d) => notifications.tellAccount('sign_up_repeated', id(d, 'accountId'), d.id),
      'send-notification': (d) => sender.send(d.coachId, id(d, 'notificationId')),
    };
  }

  async handle(job: JobName, delivery: Delivery): Promise<void> {
    await this.handlers[job](delivery);
  }
}

/** @throws Error when the event does not carry it: a fault of whoever announced it */
function id(delivery: Delivery, name: string): string {
  const value = delivery.payload[name];
  if (typeof value !== 'string') throw new Error(`The event behind "${delivery.job}" carries no ${name}.`);
  return value;
}
