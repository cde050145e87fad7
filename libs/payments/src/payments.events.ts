import { PLATFORM, type DomainEvent } from '@app/outbox';
import type { PaymentStatus } from './domain/payment-status';
import type { RefundStatus } from './domain/refund-status';

export interface PaymentRef {
  coachId: string;
  id: string;
  /** Null: it pays for an entitlement. */
  sessionId: string | null;
}

export interface RefundRef {
  coachId: string;
  id: string;
  paymentId: string;
  sessionId: string | null;
}

const ofPayment = (name: string, payment: PaymentRef): DomainEvent => ({
  type: `payments.${name}`,
  coachId: payment.coachId,
  payload: { paymentId: payment.id, sessionId: payment.sessionId },
});

const ofRefund = (name: string, refund: RefundRef): DomainEvent => ({
  type: `payments.${name}`,
  coachId: refund.coachId,
  payload: { refundId: refund.id, paymentId: refund.paymentId, sessionId: refund.sessionId },
});

export const paymentOpened = (payment: PaymentRef): DomainEvent => ofPayment('payment_opened', payment);

/** Nothing is to be paid any more: the worker cancels the PaymentIntent. */
export const paymentCancelRequested = (payment: PaymentRef): DomainEvent =>
  ofPayment('payment_cancel_requested', payment);

/** A saved card is to be charged now. */
export const chargeRequested = (payment: PaymentRef): DomainEvent => ofPayment('charge_requested', payment);

/** The bank wants the client to confirm the payment: they get a link. */
export const chargeNeedsAction = (payment: PaymentRef): DomainEvent =>
  ofPayment('charge_needs_action', payment);

/** The card is not tried again by itself: both sides are told. */
export const chargeGivenUp = (payment: PaymentRef): DomainEvent => ofPayment('charge_given_up', payment);

/** Nothing was heard of it for too long: the worker reads it at Stripe, and looks whether it is still wanted. */
export const paymentSyncRequested = (payment: PaymentRef): DomainEvent =>
  ofPayment('payment_sync_requested', payment);

export const refundSyncRequested = (refund: RefundRef): DomainEvent =>
  ofRefund('refund_sync_requested', refund);

/** It is made or called off, and something else could still pay it: the worker closes that. */
export const otherWaysToClose = (payment: PaymentRef): DomainEvent =>
  ofPayment('other_ways_to_close', payment);

const PAYMENT_EVENTS: Partial<Record<PaymentStatus, string>> = {
  processing: 'payment_processing',
  paid: 'payment_paid',
  failed: 'payment_failed',
  canceled: 'payment_canceled',
};

/** Events of the states that a PaymentIntent brings; going back to "requires payment" is news for nobody. */
export function paymentMoved(payment: PaymentRef, status: PaymentStatus): DomainEvent[] {
  const name = PAYMENT_EVENTS[status];
  return name === undefined ? [] : [ofPayment(name, payment)];
}

const REFUND_EVENTS: Record<RefundStatus, string> = {
  pending: 'refund_requested',
  submitted: 'refund_submitted',
  succeeded: 'refund_succeeded',
  failed: 'refund_failed',
  needs_attention: 'refund_needs_attention',
};

export function refundMoved(refund: RefundRef, status: RefundStatus): DomainEvent {
  return ofRefund(REFUND_EVENTS[status], refund);
}

export interface DisputeRef {
  coachId: string;
  id: string;
  paymentId: string;
  /** Of the payment. */
  sessionId: string | null;
}

/**
 * `dispute_opened` and `dispute_closed`: coach and admin are told. `dispute_changed`: any other news of it.
 * `dispute_transfer_moved`: the coach's part was taken or given back. `dispute_sync_requested`: nothing was heard of it
 * for too long. `dispute_transfer_due`: a refund came after it was won.
 */
export type DisputeEvent =
  | 'dispute_opened'
  | 'dispute_changed'
  | 'dispute_closed'
  | 'dispute_transfer_moved'
  | 'dispute_transfer_due'
  | 'dispute_sync_requested';

export const ofDispute = (name: DisputeEvent, dispute: DisputeRef): DomainEvent => ({
  type: `payments.${name}`,
  coachId: dispute.coachId,
  payload: { disputeId: dispute.id, paymentId: dispute.paymentId, sessionId: dispute.sessionId },
});

/** Stripe is to be compared with what we have. */
export const reconciliationRequested = (runId: string): DomainEvent => ({
  type: 'payments.reconciliation_requested',
  coachId: PLATFORM,
  payload: { runId },
});

export const stripeEventReceived = (eventId: string): DomainEvent => ({
  type: 'payments.stripe_event_received',
  coachId: PLATFORM,
  payload: { eventId },
});

export const payoutAccountChanged = (coachId: string): DomainEvent => ({
  type: 'payments.payout_account_changed',
  coachId,
  payload: {},
});

/** A day has passed since it was read. */
export const payoutAccountSyncRequested = (coachId: string): DomainEvent => ({
  type: 'payments.payout_account_sync_requested',
  coachId,
  payload: {},
});

export interface CardRef {
  coachId: string;
  id: string;
}

/** Nothing was heard of it for too long: the worker reads it at Stripe. */
export const cardSetupSyncRequested = ({ coachId, id }: CardRef): DomainEvent => ({
  type: 'payments.card_setup_sync_requested',
  coachId,
  payload: { cardSetupId: id },
});

export const cardSyncRequested = ({ coachId, id }: CardRef): DomainEvent => ({
  type: 'payments.card_sync_requested',
  coachId,
  payload: { paymentMethodId: id },
});

/** The client does not want it used any more: the worker has Stripe forget it. */
export const cardRemovalRequested = ({ coachId, id }: CardRef): DomainEvent => ({
  type: 'payments.card_removal_requested',
  coachId,
  payload: { paymentMethodId: id },
});
