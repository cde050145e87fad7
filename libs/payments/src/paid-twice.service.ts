import { Injectable } from '@nestjs/common';
import { insertAudit, STRIPE, WORKER } from '@app/accounts';
import { Clock, feeShareOfRefund, newId } from '@app/common';
import { Database, sql, together, type RawBuilder } from '@app/database';
import { insertMessages } from '@app/outbox';
import { bookCapture } from './charge-booking';
import type { PaymentRecord } from './payment-record';
import { refundMoved } from './payments.events';
import type { RefundRecord } from './refund-record';
import { insertRefund } from './refund-writes';
import type { PaymentSeen } from './stripe-reading';

/**
 * Money that came for a payment which was made already, on another way: Stripe cannot be kept from it when the client pays
 * on two at the same moment. It is booked as a payment of its own, so that both stand in the ledger, and goes back whole.
 */
@Injectable()
export class PaidTwice {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** In the transaction, and under the lock, of the payment that was made first. Once: an intent belongs to one row. */
  async book(first: PaymentRecord, seen: PaymentSeen): Promise<void> {
    const now = await this.clock.now();
    const { coachId } = first;
    const second = {
      ...first,
      id: newId(),
      sessionId: null,
      entitlementId: null,
      fellDueAt: null,
      capturedMinor: seen.receivedMinor,
      // Given back at Stripe already, in whole or in part: that is read, and is not given back again.
      refundedMinor: seen.receivedMinor - seen.refundedMinor,
    };
    const refund = refundOf(second, first.sessionId, now);
    await this.database.execute(
      together(
        insertSecond(second, seen, first.id, now),
        ...bookCapture(second, now),
        insertAudit({
          coachId,
          actor: STRIPE,
          action: 'payment.paid_twice',
          objectType: 'payment',
          objectId: second.id,
          objectVersion: 1,
          after: { paidTwiceOf: first.id, capturedMinor: seen.receivedMinor },
        }),
        ...(refund.amountMinor === 0 ? [] : requested(refund)),
      ),
    );
  }
}

function insertSecond(
  second: PaymentRecord,
  seen: PaymentSeen,
  firstId: string,
  now: Date,
): RawBuilder<unknown> {
  return sql`insert into payments (coach_id, id, client_id, paid_twice_of, amount_minor, currency, application_fee_minor,
      captured_minor, refunded_minor, status, stripe_account_id, stripe_payment_intent_id, stripe_charge_id, receipt_url,
      stripe_refunded_minor, created_at, paid_at, updated_at)
    values (${second.coachId}::uuid, ${second.id}::uuid, ${second.clientId}::uuid, ${firstId}::uuid, ${second.amountMinor}::bigint,
      ${second.currency}, ${second.applicationFeeMinor}::bigint, ${second.capturedMinor}::bigint, ${second.refundedMinor}::bigint,
      'paid', ${second.stripeAccountId}, ${seen.intentId}, ${seen.chargeId}::text, ${seen.receiptUrl}::text,
      ${seen.refundedMinor}::bigint, ${now}::timestamptz, ${now}::timestamptz, ${now}::timestamptz)`;
}

/** All of it that has not gone back yet. */
function refundOf(second: PaymentRecord, sessionId: string | null, now: Date): RefundRecord {
  return {
    coachId: second.coachId,
    id: newId(),
    paymentId: second.id,
    sessionId,
    amountMinor: second.refundedMinor,
    currency: second.currency,
    reason: 'paid_twice',
    note: 'The same was paid twice.',
    status: 'pending',
    estimatedFeeReturnedMinor: feeShareOfRefund(
      second.applicationFeeMinor,
      second.capturedMinor,
      second.capturedMinor - second.refundedMinor,
      second.refundedMinor,
    ),
    feeReturnedMinor: null,
    transferReversedMinor: null,
    stripeRefundId: null,
    stripeKeyNumber: 1,
    failureCode: null,
    requestedByKind: WORKER.kind,
    requestedBy: WORKER.accountId,
    requestedAt: now,
    submittedAt: null,
    settledAt: null,
    updatedAt: now,
    version: 1,
  };
}

function requested(refund: RefundRecord): RawBuilder<unknown>[] {
  return [
    insertRefund(refund),
    insertAudit({
      coachId: refund.coachId,
      actor: WORKER,
      action: 'refund.request',
      objectType: 'refund',
      objectId: refund.id,
      objectVersion: 1,
      after: {
        paymentId: refund.paymentId,
        amountMinor: refund.amountMinor,
        currency: refund.currency,
        reason: refund.reason,
      },
    }),
    insertMessages([refundMoved(refund, 'pending')]),
  ];
}
