import { sql, type RawBuilder } from '@app/database';
import type { RefundRecord } from './refund-record';

/** The statement that writes a new refund. */
export function insertRefund(refund: RefundRecord): RawBuilder<unknown> {
  return sql`insert into refunds
    (coach_id, id, payment_id, session_id, amount_minor, currency, reason, note, status, estimated_fee_returned_minor,
     stripe_refund_id, stripe_key_number, requested_by_kind, requested_by, requested_at, updated_at)
    values (${refund.coachId}::uuid, ${refund.id}::uuid, ${refund.paymentId}::uuid, ${refund.sessionId}::uuid,
      ${refund.amountMinor}::bigint, ${refund.currency}::text, ${refund.reason}, ${refund.note}::text, ${refund.status},
      ${refund.estimatedFeeReturnedMinor}::bigint, ${refund.stripeRefundId}::text, ${refund.stripeKeyNumber}::int,
      ${refund.requestedByKind}, ${refund.requestedBy}::uuid, ${refund.requestedAt}::timestamptz, ${refund.updatedAt}::timestamptz)`;
}
