import type { Actor } from '@app/accounts';
import { sql, type RawBuilder } from '@app/database';
import { bookRelease } from './charge-booking';
import { changeCharge } from './charge-writes';
import type { PaymentRecord } from './payment-record';
import { paymentCancelRequested, paymentMoved } from './payments.events';

/**
 * Nothing is to be paid any more of a charge whose row is locked: canceled at once where no card was asked for it and
 * Stripe knows nothing of it, else by the worker, at Stripe.
 */
export function releaseCharge(payment: PaymentRecord, actor: Actor, now: Date): RawBuilder<unknown> {
  const { attempts, stripePaymentIntentId, checkoutNumber } = payment;
  const isUntouched = attempts === 0 && stripePaymentIntentId === null && checkoutNumber === 0;
  return isUntouched ? cancelCharge(payment, actor, now) : cancelAtStripe(payment, actor, now);
}

/** For good, of a charge whose row is locked and that no card is being asked for. @param cause why, where nobody wanted it */
export function cancelCharge(
  payment: PaymentRecord,
  actor: Actor,
  now: Date,
  cause?: string,
): RawBuilder<unknown> {
  return changeCharge(payment, {
    set: [
      sql`released_at = ${now}::timestamptz`,
      sql`charge_state = 'settled'`,
      sql`status = 'canceled'`,
      sql`next_attempt_at = null`,
    ],
    actor,
    action: 'payment.canceled',
    ...(cause === undefined ? {} : { cause }),
    after: { status: 'canceled' },
    events: paymentMoved(payment, 'canceled'),
    bookings: bookRelease(payment, now),
    now,
  });
}

function cancelAtStripe(payment: PaymentRecord, actor: Actor, now: Date): RawBuilder<unknown> {
  // What waits for its next attempt waits no longer.
  const planned = payment.chargeState === 'planned';
  const unplanned = planned ? [sql`charge_state = 'requested'`, sql`next_attempt_at = null`] : [];
  return changeCharge(payment, {
    set: [sql`released_at = ${now}::timestamptz`, ...unplanned],
    actor,
    action: 'payment.request_cancel',
    after: { releasedAt: now.toISOString() },
    events: [paymentCancelRequested(payment)],
    now,
  });
}
