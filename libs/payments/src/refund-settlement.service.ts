import { Injectable } from '@nestjs/common';
import { insertAudit, STRIPE } from '@app/accounts';
import { Clock, feeShareOfRefund, newId } from '@app/common';
import { Database, sql, together, type RawBuilder } from '@app/database';
import { insertMessages } from '@app/outbox';
import {
  payeeOf,
  refundPostings,
  reversed,
  type LedgerPosting,
  type PayeeAccount,
} from './domain/ledger-postings';
import { settledStatus } from './domain/payment-status';
import { mayMoveRefund, statusOfStripeRefund, type RefundStatus } from './domain/refund-status';
import { insertLedger, Ledger } from './ledger';
import { paymentColumns, type PaymentRecord } from './payment-record';
import { PaymentNotFound } from './payments.errors';
import { ofDispute, refundMoved, type DisputeRef } from './payments.events';
import { refundColumns, type RefundRecord } from './refund-record';
import { unlessMissing } from './stripe-failure';
import { REFUND_EXPANSION, refundSeen, type RefundSeen } from './stripe-reading';
import { Stripe } from './stripe-client';

/** What a refund has moved at the connected account, minor units. */
interface Moved {
  feeReturnedMinor: number;
  transferReversedMinor: number;
}

/** Brings refunds in line with Stripe. The call's answer and every webhook end here, in any order, any number of times. */
@Injectable()
export class RefundSettlement {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly stripe: Stripe,
    private readonly ledger: Ledger,
  ) {}

  /**
   * @throws Error when a refund made by hand does not fit into what is not reserved: a later run may find room
   */
  async sync(stripeRefundId: string): Promise<void> {
    const refund = await this.stripe.refunds
      .retrieve(stripeRefundId, { expand: REFUND_EXPANSION })
      .catch(unlessMissing('how the refund stands'));
    if (refund !== undefined) await this.apply(refundSeen(refund));
  }

  /** One look at the list; only refunds that are new to us, or stand differently, are read one by one. */
  async syncPayment(paymentIntentId: string): Promise<void> {
    const payment = await this.database.maybe(
      sql<{ coachId: string; id: string }>`
        select coach_id as "coachId", id from payments where stripe_payment_intent_id = ${paymentIntentId}`,
    );
    if (payment === undefined) return;
    const rows = await this.database.many(sql<{ stripeRefundId: string; status: RefundStatus }>`
      select stripe_refund_id as "stripeRefundId", status from refunds
      where coach_id = ${payment.coachId} and payment_id = ${payment.id} and stripe_refund_id is not null`);
    const known = new Map(rows.map((row) => [row.stripeRefundId, row.status]));
    for await (const refund of this.stripe.refunds.list({ payment_intent: paymentIntentId, limit: 100 })) {
      if (known.get(refund.id) !== statusOfStripeRefund(refund.status)) await this.sync(refund.id);
    }
  }

  async syncCharge(chargeId: string): Promise<void> {
    const payment = await this.database.maybe(
      sql<{
        intentId: string;
      }>`select stripe_payment_intent_id as "intentId" from payments where stripe_charge_id = ${chargeId}`,
    );
    if (payment !== undefined) await this.syncPayment(payment.intentId);
  }

  private async apply(seen: RefundSeen): Promise<void> {
    await this.database.transaction(async () => {
      const payment = await this.paymentOf(seen);
      if (payment === undefined) return;
      const refund = (await this.ownRefund(payment, seen)) ?? (await this.takeOver(payment, seen));
      if (refund === undefined || !mayMoveRefund(refund.status, seen.status)) return;
      if (refund.amountMinor !== seen.amountMinor || refund.currency !== seen.currency) {
        throw new Error(
          `Stripe reports ${seen.amountMinor} ${seen.currency} for refund ${refund.id} of ${refund.amountMinor} ${refund.currency}.`,
        );
      }
      await this.move(refund, seen, payeeOf(payment));
    });
  }

  private async paymentOf(seen: RefundSeen): Promise<PaymentRecord | undefined> {
    if (seen.intentId === null) return undefined;
    return this.database.maybe(sql<PaymentRecord>`
      select ${paymentColumns} from payments p where p.stripe_payment_intent_id = ${seen.intentId} for no key update`);
  }

  /** By its id at Stripe, or, before we have noted that, by our own ids: the attempt must be the present one. */
  private async ownRefund(payment: PaymentRecord, seen: RefundSeen): Promise<RefundRecord | undefined> {
    return this.database.maybe(sql<RefundRecord>`
      select ${refundColumns} from refunds r
      where r.coach_id = ${payment.coachId} and r.payment_id = ${payment.id}
        and (r.stripe_refund_id = ${seen.stripeRefundId}
          or (r.stripe_refund_id is null and r.id = ${seen.own?.id ?? null}::uuid and r.coach_id = ${seen.own?.coachId ?? null}::uuid
              and r.stripe_key_number = ${seen.attempt}::int))
      for update`);
  }

  /**
   * A refund that no row of ours stands for was made by hand at Stripe: it is booked as goodwill. One that failed
   * is none: it belongs to an attempt that we have given up.
   */
  private async takeOver(payment: PaymentRecord, seen: RefundSeen): Promise<RefundRecord | undefined> {
    if (seen.status === 'failed') return undefined;
    const now = await this.clock.now();
    const reserved = await this.database.maybe(sql<{ version: number }>`
      update payments set refunded_minor = refunded_minor + ${seen.amountMinor}::bigint, version = version + 1, updated_at = ${now}::timestamptz
      where coach_id = ${payment.coachId} and id = ${payment.id} and refunded_minor + ${seen.amountMinor}::bigint <= captured_minor
      returning version`);
    if (reserved === undefined)
      throw new Error(
        `Refund ${seen.stripeRefundId}, made at Stripe, does not fit into payment ${payment.id}.`,
      );
    const id = newId();
    const estimated = feeShareOfRefund(
      payment.applicationFeeMinor,
      payment.capturedMinor,
      payment.refundedMinor,
      seen.amountMinor,
    );
    const refund = await this.database.one(sql<RefundRecord>`
      insert into refunds as r (coach_id, id, payment_id, session_id, amount_minor, currency, reason, note, status,
        estimated_fee_returned_minor, stripe_refund_id, requested_by_kind, requested_at, updated_at)
      values (${payment.coachId}::uuid, ${id}::uuid, ${payment.id}::uuid, ${payment.sessionId}::uuid, ${seen.amountMinor}::bigint,
        ${seen.currency}, 'goodwill', 'Made at Stripe.', 'pending', ${estimated}::bigint, ${seen.stripeRefundId},
        ${STRIPE.kind}, ${now}::timestamptz, ${now}::timestamptz)
      returning ${refundColumns}`);
    await this.database.execute(
      insertAudit({
        coachId: payment.coachId,
        actor: STRIPE,
        action: 'refund.take_over',
        objectType: 'refund',
        objectId: id,
        objectVersion: 1,
        after: {
          paymentId: payment.id,
          amountMinor: seen.amountMinor,
          currency: seen.currency,
          stripeRefundId: seen.stripeRefundId,
        },
      }),
    );
    return refund;
  }

  private async move(refund: RefundRecord, seen: RefundSeen, payee: PayeeAccount): Promise<void> {
    const now = await this.clock.now();
    const moved = await this.movedBy(refund, seen);
    const booked = await this.ledger.postingsOfRefund(refund.coachId, refund.id, refund.stripeKeyNumber);
    const hasFailed = seen.status === 'failed';
    await this.database.execute(
      together(
        updateRefund(refund, seen, moved, now),
        ...(hasFailed ? [this.releaseReserved(refund)] : []),
        ...this.bookings(refund, seen.status, moved, booked, payee, now),
        insertAudit({
          coachId: refund.coachId,
          actor: STRIPE,
          action: `refund.${seen.status}`,
          objectType: 'refund',
          objectId: refund.id,
          objectVersion: refund.version + 1,
          before: { status: refund.status },
          after: { status: seen.status, ...moved, ...(hasFailed ? { failureCode: seen.failureCode } : {}) },
        }),
        insertMessages([
          refundMoved(refund, seen.status),
          ...(await this.disputeToFollow(refund, seen.status)).map((dispute) =>
            ofDispute('dispute_transfer_due', dispute),
          ),
        ]),
      ),
    );
    await this.settlePayment(refund, now);
  }

  /** A dispute that was won has emptied the payment's transfer: what the refund could not reverse is taken elsewhere. */
  private async disputeToFollow(refund: RefundRecord, to: RefundStatus): Promise<DisputeRef[]> {
    if (to !== 'succeeded') return [];
    return this.database.many(sql<DisputeRef>`
      select coach_id as "coachId", id, payment_id as "paymentId", ${refund.sessionId}::uuid as "sessionId" from disputes
      where coach_id = ${refund.coachId} and payment_id = ${refund.paymentId} and transfer_returned_minor > 0`);
  }

  /**
   * Stripe's own numbers. The part of the fee comes as a total of the payment only, so this refund gave back what no
   * other accounts for. The same goes for the transfer once a refund of the payment was repeated: an earlier attempt
   * may have moved it, and the total may hold refunds that we have yet to read, which then account for nothing.
   */
  private async movedBy(refund: RefundRecord, seen: RefundSeen): Promise<Moved> {
    const { feeReturnedMinor, transferReversedMinor } = refund;
    // A refund that fails moves nothing back at the connected account: what was noted stays true.
    if (seen.status === 'failed' && feeReturnedMinor !== null && transferReversedMinor !== null) {
      return { feeReturnedMinor, transferReversedMinor };
    }
    const others = await this.database.one(sql<Moved & { areRepeated: boolean }>`
      select coalesce(sum(fee_returned_minor), 0)::bigint as "feeReturnedMinor",
             (coalesce(sum(transfer_reversed_minor), 0) + coalesce((select sum(transfer_reversed_minor) from disputes
               where coach_id = ${refund.coachId} and payment_id = ${refund.paymentId}), 0))::bigint as "transferReversedMinor",
             coalesce(bool_or(stripe_key_number > 1), false) as "areRepeated"
      from refunds where coach_id = ${refund.coachId} and payment_id = ${refund.paymentId} and id <> ${refund.id}`);
    return {
      feeReturnedMinor: Math.max(0, seen.feeReturnedTotalMinor - others.feeReturnedMinor),
      transferReversedMinor:
        refund.stripeKeyNumber === 1 && !others.areRepeated
          ? seen.transferReversedMinor
          : Math.max(0, seen.transferReversedTotalMinor - others.transferReversedMinor),
    };
  }

  private bookings(
    refund: RefundRecord,
    to: RefundStatus,
    moved: Moved,
    booked: LedgerPosting[],
    payee: PayeeAccount,
    now: Date,
  ): RawBuilder<unknown>[] {
    const movement = {
      coachId: refund.coachId,
      paymentId: refund.paymentId,
      refund: { id: refund.id, attempt: refund.stripeKeyNumber },
      currency: refund.currency,
      at: now,
    };
    if (to === 'succeeded') {
      const postings = refundPostings(
        refund.amountMinor,
        moved.transferReversedMinor,
        moved.feeReturnedMinor,
        payee,
      );
      return insertLedger({ ...movement, kind: 'refund', postings });
    }
    return to === 'failed'
      ? insertLedger({ ...movement, kind: 'refund_failed', postings: reversed(booked) })
      : [];
  }

  /** The payment's status and the fee given back follow from the refunds that have succeeded. */
  private async settlePayment(refund: RefundRecord, now: Date): Promise<void> {
    const { coachId, paymentId } = refund;
    const total = await this.database.one(sql<{
      amountMinor: number;
      feeReturnedMinor: number;
      capturedMinor: number;
    }>`
      select coalesce(sum(r.amount_minor), 0)::bigint as "amountMinor", coalesce(sum(r.fee_returned_minor), 0)::bigint as "feeReturnedMinor",
             p.captured_minor as "capturedMinor"
      from payments p left join refunds r on r.coach_id = p.coach_id and r.payment_id = p.id and r.status = 'succeeded'
      where p.coach_id = ${coachId} and p.id = ${paymentId} group by p.captured_minor`);
    const status = settledStatus(total.capturedMinor, total.amountMinor);
    await this.database.execute(sql`
      update payments set fee_returned_minor = ${total.feeReturnedMinor}::bigint,
        status = case when status = 'disputed' then status else ${status} end,
        version = version + 1, updated_at = ${now}::timestamptz
      where coach_id = ${coachId} and id = ${paymentId}
        and (fee_returned_minor, status) is distinct from (${total.feeReturnedMinor}::bigint, ${status}::text)`);
  }

  /** The order of locks: the payment, then its refunds. */
  async lockPayment(coachId: string, id: string): Promise<void> {
    const payment = await this.database.maybe(
      sql<{
        id: string;
      }>`select id from payments where coach_id = ${coachId} and id = ${id} for no key update`,
    );
    if (payment === undefined) throw new PaymentNotFound();
  }

  /** The statement that frees the amount of a refund that failed. */
  releaseReserved(refund: RefundRecord): RawBuilder<unknown> {
    return sql`update payments set refunded_minor = refunded_minor - ${refund.amountMinor}::bigint, version = version + 1, updated_at = app_now()
      where coach_id = ${refund.coachId} and id = ${refund.paymentId}`;
  }
}

function updateRefund(refund: RefundRecord, seen: RefundSeen, moved: Moved, now: Date): RawBuilder<unknown> {
  const isSettled = seen.status !== 'submitted';
  return sql`update refunds set status = ${seen.status}, stripe_refund_id = ${seen.stripeRefundId},
      fee_returned_minor = ${moved.feeReturnedMinor}::bigint, transfer_reversed_minor = ${moved.transferReversedMinor}::bigint,
      failure_code = ${seen.status === 'failed' ? (seen.failureCode ?? 'unknown') : null}::text,
      submitted_at = coalesce(submitted_at, ${now}::timestamptz), settled_at = ${isSettled ? now : null}::timestamptz, next_sync_at = null,
      version = version + 1, updated_at = ${now}::timestamptz
    where coach_id = ${refund.coachId} and id = ${refund.id}`;
}
