import { presentEvent } from './present-connect';
import type { StripeModel } from './stripe-model';

export type StripeEventType =
  | 'account.updated'
  | 'application_fee.created'
  | 'application_fee.refunded'
  | 'charge.dispute.closed'
  | 'charge.dispute.created'
  | 'charge.dispute.funds_reinstated'
  | 'charge.dispute.funds_withdrawn'
  | 'charge.dispute.updated'
  | 'charge.failed'
  | 'charge.refunded'
  | 'charge.succeeded'
  | 'checkout.session.async_payment_failed'
  | 'checkout.session.async_payment_succeeded'
  | 'checkout.session.completed'
  | 'checkout.session.expired'
  | 'customer.created'
  | 'payment_intent.canceled'
  | 'payment_intent.created'
  | 'payment_intent.payment_failed'
  | 'payment_intent.processing'
  | 'payment_intent.requires_action'
  | 'payment_intent.succeeded'
  | 'payment_method.attached'
  | 'payment_method.detached'
  | 'refund.created'
  | 'refund.failed'
  | 'refund.updated'
  | 'setup_intent.canceled'
  | 'setup_intent.created'
  | 'setup_intent.requires_action'
  | 'setup_intent.setup_failed'
  | 'setup_intent.succeeded'
  | 'transfer.created'
  | 'transfer.reversed';

/**
 * Records an event with the object as it is now and hands it to the webhooks.
 *
 * @param account the connected account it belongs to; absent: the platform's own
 */
export function emit(model: StripeModel, type: StripeEventType, object: unknown, account?: string): void {
  const row = model.tables.events.put({
    id: model.ids.text('evt_'),
    created: model.clock.nowSeconds(),
    type,
    account: account ?? null,
    object: structuredClone(object),
    requestId: model.cause.requestId,
    idempotencyKey: model.cause.idempotencyKey,
    isDelivered: true,
  });
  model.deliver(row, presentEvent(row));
}
