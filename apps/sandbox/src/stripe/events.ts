import { presentEvent } from './present-connect';
import type { StripeModel } from './stripe-model';

export type StripeEventType =
  | 'account.updated'
  | 'application_fee.created'
  | 'application_fee.refunded'
  | 'charge.failed'
  | 'charge.refunded'
  | 'charge.succeeded'
  | 'customer.created'
  | 'payment_intent.canceled'
  | 'payment_intent.created'
  | 'payment_intent.payment_failed'
  | 'payment_intent.processing'
  | 'payment_intent.requires_action'
  | 'payment_intent.succeeded'
  | 'refund.created'
  | 'refund.failed'
  | 'refund.updated'
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
