import { Injectable } from '@nestjs/common';
import { Database, sql } from '@app/database';
import { holdsPayment, type DisputeStatus, type TransferState } from '../domain/dispute-status';
import { statusOfIntent } from '../domain/payment-status';
import { statusOfStripeRefund } from '../domain/refund-status';
import { Stripe } from '../stripe-client';
import { unanswered, unlessMissing } from '../stripe-failure';
import { attemptOf, disputeSeen, reference, type OwnReference } from '../stripe-reading';
import type { OurDispute, OurRefund, OurSide, TheirPayment, TheirRefund, TheirSide } from './comparison';
import { movedOf, processingFeeOf } from './stripe-listing.service';

export interface BothSides {
  ours: OurSide | undefined;
  theirs: TheirSide;
}

/** One payment with its refunds and disputes, read in whole on both sides. */
@Injectable()
export class BothSidesOfPayments {
  constructor(
    private readonly database: Database,
    private readonly stripe: Stripe,
  ) {}

  /**
   * Undefined when ours has changed while Stripe was read: nothing can be said then. Never inside a transaction.
   *
   * @throws StripeOutcomeUnknown when Stripe does not answer
   */
  async read(intentId: string): Promise<BothSides | undefined> {
    const before = await this.changedAt(intentId);
    const theirs = await this.theirs(intentId);
    const ours = await this.ours(intentId, await this.ownOf(theirs));
    if (before !== undefined && ours?.changedAt.getTime() !== before.getTime()) return undefined;
    return { ours, theirs };
  }

  /** A PaymentIntent that gave way to a page of Checkout says nothing of its payment, unless it has taken money. */
  private async ownOf({ intentId, payment }: TheirSide): Promise<OwnReference | undefined> {
    if (payment?.own === undefined || payment.status === 'paid') return payment?.own;
    const { retired } = await this.database.one(sql<{ retired: boolean }>`
      select exists (select from retired_payment_intents where stripe_payment_intent_id = ${intentId}) as retired`);
    return retired ? undefined : payment.own;
  }

  private async theirs(intentId: string): Promise<TheirSide> {
    const intent = await this.stripe.paymentIntents
      .retrieve(intentId, {
        expand: [
          'latest_charge.application_fee',
          'latest_charge.transfer',
          'latest_charge.balance_transaction',
        ],
      })
      .catch(unlessMissing('how the payment stands'));
    if (intent === undefined)
      return { intentId, payment: undefined, refunds: [], disputes: [], madeAt: new Date(0) };
    const charge = typeof intent.latest_charge === 'string' ? undefined : (intent.latest_charge ?? undefined);
    const refunds = await this.refundsOf(intentId);
    const { data: disputes } = await this.stripe.disputes
      .list({ payment_intent: intentId, limit: 100 })
      .catch(unanswered('what is disputed'));
    const moments = [
      intent.created,
      charge?.created ?? 0,
      intent.canceled_at ?? 0,
      ...[...refunds, ...disputes].map(({ created }) => created),
    ];
    return {
      intentId,
      payment: theirPayment(intent, charge),
      refunds: refunds.map(theirRefund),
      disputes: disputes.map((dispute) => ({ id: dispute.id, status: disputeSeen(dispute).status })),
      madeAt: new Date(Math.max(...moments) * 1_000),
    };
  }

  private async refundsOf(intentId: string): Promise<Stripe.Refund[]> {
    const refunds: Stripe.Refund[] = [];
    try {
      for await (const refund of this.stripe.refunds.list({ payment_intent: intentId, limit: 100 }))
        refunds.push(refund);
    } catch (error) {
      unanswered('what was refunded')(error);
    }
    return refunds;
  }

  private async changedAt(intentId: string): Promise<Date | undefined> {
    const row = await this.database.maybe(sql<{ changedAt: Date }>`
      select greatest(p.updated_at, (select max(updated_at) from refunds where coach_id = p.coach_id and payment_id = p.id),
        (select max(updated_at) from disputes where coach_id = p.coach_id and payment_id = p.id)) as "changedAt"
      from payments p where p.stripe_payment_intent_id = ${intentId}`);
    return row?.changedAt;
  }

  /** By its PaymentIntent, or, when that is nobody's, by the ids in its metadata. */
  private async ours(intentId: string, own: OwnReference | undefined): Promise<OurSide | undefined> {
    const isOwn =
      own === undefined
        ? sql`false`
        : sql`(p.coach_id = ${own.coachId} and p.id = ${own.id}
            and not exists (select from payments where stripe_payment_intent_id = ${intentId}))`;
    const payment = await this.database.maybe(sql<Omit<OurSide, 'refunds' | 'disputes'>>`
      select p.coach_id as "coachId", p.id, p.stripe_payment_intent_id as "intentId", p.status, p.amount_minor as "amountMinor",
        p.captured_minor as "capturedMinor", p.currency,
        coalesce(r.fee_returned, 0)::bigint as "feeReturnedMinor",
        (coalesce(r.transfer_reversed, 0) + coalesce(d.transfer_reversed, 0))::bigint as "transferReversedMinor",
        (select jsonb_build_object('amountMinor', sum(e.amount_minor)::bigint, 'currency', e.currency)
          from ledger_transactions t join ledger_entries e on e.coach_id = t.coach_id and e.transaction_id = t.id
          where t.coach_id = p.coach_id and t.payment_id = p.id and t.kind = 'processing_fee' and e.account = 'processing_fee'
          group by e.currency) as "processingFee",
        greatest(p.updated_at, r.changed_at, d.changed_at) as "changedAt"
      from payments p
      cross join lateral (select sum(fee_returned_minor) as fee_returned, sum(transfer_reversed_minor) as transfer_reversed,
          max(updated_at) as changed_at from refunds where coach_id = p.coach_id and payment_id = p.id) r
      cross join lateral (select sum(transfer_reversed_minor) as transfer_reversed, max(updated_at) as changed_at
          from disputes where coach_id = p.coach_id and payment_id = p.id) d
      where p.stripe_payment_intent_id = ${intentId} or ${isOwn}`);
    if (payment === undefined) return undefined;
    const { coachId, id } = payment;
    const refunds = await this.database.many(sql<OurRefund>`
      select id, stripe_refund_id as "stripeRefundId", stripe_key_number as attempt, status, amount_minor as "amountMinor",
        currency, requested_at as "requestedAt"
      from refunds where coach_id = ${coachId} and payment_id = ${id}`);
    const disputes = await this.database.many(
      sql<{ stripeDisputeId: string; status: DisputeStatus; transferState: TransferState }>`
        select stripe_dispute_id as "stripeDisputeId", status, transfer_state as "transferState"
        from disputes where coach_id = ${coachId} and payment_id = ${id}`,
    );
    return { ...payment, refunds, disputes: disputes.map(ourDispute) };
  }
}

function ourDispute(row: {
  stripeDisputeId: string;
  status: DisputeStatus;
  transferState: TransferState;
}): OurDispute {
  const { stripeDisputeId, status, transferState } = row;
  const isMoving = transferState === 'reversing' || transferState === 'returning';
  return { stripeDisputeId, status, isUnderWay: isMoving || (holdsPayment(status) && status !== 'lost') };
}

/** The client has tried on a page of Checkout: the page is what the payment waits for. */
function isUnpaidOnPage({ status, metadata }: Stripe.PaymentIntent): boolean {
  return metadata['checkout'] !== undefined && status !== 'succeeded';
}

function theirPayment(intent: Stripe.PaymentIntent, charge: Stripe.Charge | undefined): TheirPayment {
  const moved = movedOf(charge);
  return {
    own: isUnpaidOnPage(intent) ? undefined : reference(intent.metadata, 'paymentId'),
    status: statusOfIntent(intent.status, intent.last_payment_error !== null),
    receivedMinor: intent.amount_received,
    currency: intent.currency.toUpperCase(),
    refundedMinor: moved.refunded_minor,
    feeReturnedMinor: moved.fee_returned_minor,
    transferReversedMinor: moved.transfer_reversed_minor,
    processingFee: processingFeeOf(charge),
  };
}

function theirRefund(refund: Stripe.Refund): TheirRefund {
  return {
    id: refund.id,
    own: reference(refund.metadata, 'refundId'),
    attempt: attemptOf(refund),
    status: statusOfStripeRefund(refund.status),
    amountMinor: refund.amount,
    currency: refund.currency.toUpperCase(),
  };
}
