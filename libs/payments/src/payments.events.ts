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

/** Nothing was heard of it for too long: the worker reads it at Stripe, and looks whether it is still wanted. */
export const paymentSyncRequested = (payment: PaymentRef): DomainEvent =>
  ofPayment('payment_sync_requested', payment);

export const refundSyncRequested = (refund: RefundRef): DomainEvent =>
  ofRefund('refund_sync_requested', refund);

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
