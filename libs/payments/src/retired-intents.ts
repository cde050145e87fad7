import { sql, type RawBuilder } from '@app/database';
import type { PaymentRecord } from './payment-record';

/** The statement that keeps a PaymentIntent which gives way to another one, or to a page: what it says counts only if it is money. */
export function insertRetiredIntent(
  { coachId, id, stripePaymentIntentId }: Pick<PaymentRecord, 'coachId' | 'id' | 'stripePaymentIntentId'>,
  now: Date,
): RawBuilder<unknown> {
  return sql`insert into retired_payment_intents (stripe_payment_intent_id, coach_id, payment_id, retired_at)
    values (${stripePaymentIntentId}, ${coachId}::uuid, ${id}::uuid, ${now}::timestamptz) on conflict do nothing`;
}
