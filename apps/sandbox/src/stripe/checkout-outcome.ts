import type { CheckoutSessionRow } from './checkout-session-row';
import { emit } from './events';
import { presentCheckoutSession } from './present-checkout';
import type { StripeModel } from './stripe-model';
import type { PaymentIntentRow } from './stripe-rows';

/**
 * Takes a payment's state over to the Checkout Session it belongs to: a paid or processing payment completes the
 * session, a processing one is followed by `async_payment_succeeded` or `async_payment_failed`.
 */
export function tellCheckoutOfPayment(model: StripeModel, intent: PaymentIntentRow): void {
  const session = intent.checkoutSession
    ? model.tables.checkoutSessions.get(intent.checkoutSession)
    : undefined;
  if (!session || session.status === 'expired') return;
  const wasComplete = session.status === 'complete';
  if (intent.status === 'succeeded') session.payment_status = 'paid';
  if (intent.status === 'succeeded' || intent.status === 'processing') complete(model, session);
  model.tables.checkoutSessions.put(session);
  const shown = presentCheckoutSession(session, model);
  if (!wasComplete && session.status === 'complete') emit(model, 'checkout.session.completed', shown);
  if (!wasComplete) return;
  emit(
    model,
    intent.status === 'succeeded'
      ? 'checkout.session.async_payment_succeeded'
      : 'checkout.session.async_payment_failed',
    shown,
  );
}

function complete(model: StripeModel, session: CheckoutSessionRow): void {
  session.status = 'complete';
  for (const due of model.tables.due.where((entry) => entry.subject === session.id))
    model.tables.due.delete(due.id);
}
