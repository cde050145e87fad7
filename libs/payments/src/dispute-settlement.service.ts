import { Injectable } from '@nestjs/common';
import { insertAudit, STRIPE } from '@app/accounts';
import { Clock, newId } from '@app/common';
import { Database, sql, together, type RawBuilder } from '@app/database';
import { insertMessages, type DomainEvent } from '@app/outbox';
import { bookDispute } from './dispute-booking';
import { disputeColumns, type DisputeRecord } from './dispute-record';
import { holdsPayment, isClosedDispute, mayMoveDispute, type DisputeStatus } from './domain/dispute-status';
import { settledStatus, type PaymentStatus } from './domain/payment-status';
import { paymentColumns, type PaymentRecord } from './payment-record';
import { ofDispute, refundMoved, type RefundRef } from './payments.events';
import type { DisputeSeen } from './stripe-reading';

/** The parts of a row that Stripe tells. */
type DisputeFacts = Pick<
  DisputeRecord,
  | 'status'
  | 'evidenceDueAt'
  | 'withdrawnMinor'
  | 'reinstatedMinor'
  | 'feeMinor'
  | 'feeReturnedMinor'
  | 'feeCurrency'
>;

/** Writes down how a dispute stands at Stripe: the row, its payment's status, the books, and who is to hear of it. */
@Injectable()
export class DisputeSettlement {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /**
   * Any number of times, in any order; the older of two readings changes nothing.
   *
   * @returns false when the payment is ours and not captured yet, as far as we know: it must be read first
   */
  async apply(seen: DisputeSeen): Promise<boolean> {
    return this.database.transaction(async () => {
      const payment = await this.database.maybe(sql<PaymentRecord>`
        select ${paymentColumns} from payments p where p.stripe_payment_intent_id = ${seen.intentId} for no key update`);
      if (payment === undefined) return true;
      if (payment.capturedMinor === 0) return false;
      const known = await this.database.maybe(sql<DisputeRecord>`
        select ${disputeColumns} from disputes d where d.stripe_dispute_id = ${seen.stripeDisputeId} for update`);
      if (known === undefined) await this.open(payment, seen);
      else await this.follow(payment, known, seen);
      return true;
    });
  }

  private async open(payment: PaymentRecord, seen: DisputeSeen): Promise<void> {
    if (seen.currency !== payment.currency)
      throw new Error(
        `Stripe reports a dispute in ${seen.currency} of payment ${payment.id} in ${payment.currency}.`,
      );
    const now = await this.clock.now();
    const facts = factsOf(seen);
    const row = await this.database.one(sql<DisputeRecord>`
      insert into disputes as d (coach_id, id, payment_id, stripe_dispute_id, amount_minor, currency, reason, status,
        evidence_due_at, opened_at, closed_at, withdrawn_minor, reinstated_minor, fee_minor, fee_returned_minor, fee_currency,
        created_at, updated_at)
      values (${payment.coachId}::uuid, ${newId()}::uuid, ${payment.id}::uuid, ${seen.stripeDisputeId}, ${seen.amountMinor}::bigint,
        ${seen.currency}, ${seen.reason}, ${facts.status}, ${facts.evidenceDueAt}::timestamptz, ${seen.openedAt}::timestamptz,
        ${isClosedDispute(facts.status) ? now : null}::timestamptz, ${facts.withdrawnMinor}::bigint, ${facts.reinstatedMinor}::bigint,
        ${facts.feeMinor}::bigint, ${facts.feeReturnedMinor}::bigint, ${facts.feeCurrency}::text, ${now}::timestamptz, ${now}::timestamptz)
      returning ${disputeColumns}`);
    const booked = { ...row, withdrawnMinor: 0, reinstatedMinor: 0, feeMinor: 0, feeReturnedMinor: 0 };
    await this.write({ payment, row, from: undefined, bookings: bookDispute(booked, facts, now), now });
  }

  private async follow(payment: PaymentRecord, known: DisputeRecord, seen: DisputeSeen): Promise<void> {
    const facts = merged(known, factsOf(seen), seen.amountMinor);
    if (!differs(known, facts) && known.amountMinor === seen.amountMinor) return;
    const now = await this.clock.now();
    const closedAt = isClosedDispute(facts.status) ? (known.closedAt ?? now) : null;
    const row = await this.database.one(sql<DisputeRecord>`
      update disputes d set status = ${facts.status}, amount_minor = ${Math.min(known.amountMinor, seen.amountMinor)}::bigint,
        evidence_due_at = ${facts.evidenceDueAt}::timestamptz, closed_at = ${closedAt}::timestamptz,
        withdrawn_minor = ${facts.withdrawnMinor}::bigint, reinstated_minor = ${facts.reinstatedMinor}::bigint,
        fee_minor = ${facts.feeMinor}::bigint, fee_returned_minor = ${facts.feeReturnedMinor}::bigint,
        fee_currency = ${facts.feeCurrency}::text, next_sync_at = null, version = version + 1, updated_at = ${now}::timestamptz
      where coach_id = ${known.coachId} and id = ${known.id} returning ${disputeColumns}`);
    await this.write({ payment, row, from: known.status, bookings: bookDispute(known, facts, now), now });
  }

  private async write(change: {
    payment: PaymentRecord;
    row: DisputeRecord;
    from: DisputeStatus | undefined;
    bookings: RawBuilder<unknown>[];
    now: Date;
  }): Promise<void> {
    const { payment, row, from, bookings, now } = change;
    const status = await this.paymentStatus(payment);
    await this.database.execute(
      together(
        sql`update payments set status = ${status}, dispute_id = ${row.id}::uuid, version = version + 1, updated_at = ${now}::timestamptz
          where coach_id = ${payment.coachId} and id = ${payment.id}`,
        ...bookings,
        insertAudit({
          coachId: row.coachId,
          actor: STRIPE,
          action: from === undefined ? 'dispute.open' : `dispute.${row.status}`,
          objectType: 'dispute',
          objectId: row.id,
          objectVersion: row.version,
          before: from === undefined ? {} : { status: from },
          after: {
            status: row.status,
            paymentStatus: status,
            withdrawnMinor: row.withdrawnMinor,
            reinstatedMinor: row.reinstatedMinor,
          },
        }),
        insertMessages([
          newsOf(payment, row, from),
          ...(await this.waitingRefunds(payment, from, row.status)),
        ]),
      ),
    );
  }

  /** Disputed while a bank has its money; else what has gone back says it. Reads what this transaction has written. */
  private async paymentStatus({ coachId, id, capturedMinor }: PaymentRecord): Promise<PaymentStatus> {
    const { statuses, refundedMinor } = await this.database.one(sql<{
      statuses: DisputeStatus[];
      refundedMinor: number;
    }>`
      select coalesce((select array_agg(status) from disputes where coach_id = ${coachId} and payment_id = ${id}), '{}') as statuses,
        coalesce((select sum(amount_minor) from refunds where coach_id = ${coachId} and payment_id = ${id} and status = 'succeeded'), 0)::bigint
          as "refundedMinor"`);
    return statuses.some(holdsPayment) ? 'disputed' : settledStatus(capturedMinor, refundedMinor);
  }

  /** Refunds that waited for the decision: now they can be made, or it is clear that they cannot. */
  private async waitingRefunds(
    { coachId, id }: PaymentRecord,
    from: DisputeStatus | undefined,
    to: DisputeStatus,
  ): Promise<DomainEvent[]> {
    if (from === undefined || from === to || !holdsPayment(from) || !isClosedDispute(to)) return [];
    const waiting = await this.database.many(sql<RefundRef>`
      select coach_id as "coachId", id, payment_id as "paymentId", session_id as "sessionId" from refunds
      where coach_id = ${coachId} and payment_id = ${id} and status = 'pending' order by id`);
    return waiting.map((refund) => refundMoved(refund, 'pending'));
  }
}

function newsOf(payment: PaymentRecord, row: DisputeRecord, from: DisputeStatus | undefined): DomainEvent {
  const isNews = from !== row.status;
  const name =
    isNews && isClosedDispute(row.status)
      ? 'dispute_closed'
      : from === undefined
        ? 'dispute_opened'
        : 'dispute_changed';
  return ofDispute(name, {
    coachId: row.coachId,
    id: row.id,
    paymentId: row.paymentId,
    sessionId: payment.sessionId,
  });
}

function factsOf({ status, evidenceDueAt, withdrawnMinor, reinstatedMinor, fee }: DisputeSeen): DisputeFacts {
  return {
    status,
    evidenceDueAt,
    withdrawnMinor,
    reinstatedMinor,
    feeMinor: fee?.chargedMinor ?? 0,
    feeReturnedMinor: fee?.returnedMinor ?? 0,
    feeCurrency: fee?.currency ?? null,
  };
}

/** Money that has moved stays moved, whatever an older reading says; so does a status that lies behind. */
function merged(known: DisputeRecord, seen: DisputeFacts, amountMinor: number): DisputeFacts {
  if (known.withdrawnMinor > 0 && seen.withdrawnMinor > 0 && known.withdrawnMinor !== seen.withdrawnMinor)
    throw new Error(
      `Stripe took ${seen.withdrawnMinor} for dispute ${known.id} of ${amountMinor}, not ${known.withdrawnMinor}.`,
    );
  const isOlder = known.status !== seen.status && !mayMoveDispute(known.status, seen.status);
  return {
    status: isOlder ? known.status : seen.status,
    evidenceDueAt: isOlder ? known.evidenceDueAt : seen.evidenceDueAt,
    withdrawnMinor: Math.max(known.withdrawnMinor, seen.withdrawnMinor),
    reinstatedMinor: Math.max(known.reinstatedMinor, seen.reinstatedMinor),
    feeMinor: Math.max(known.feeMinor, seen.feeMinor),
    feeReturnedMinor: Math.max(known.feeReturnedMinor, seen.feeReturnedMinor),
    feeCurrency: known.feeCurrency ?? seen.feeCurrency,
  };
}

function differs(known: DisputeRecord, facts: DisputeFacts): boolean {
  return (
    known.status !== facts.status ||
    known.evidenceDueAt?.getTime() !== facts.evidenceDueAt?.getTime() ||
    known.withdrawnMinor !== facts.withdrawnMinor ||
    known.reinstatedMinor !== facts.reinstatedMinor ||
    known.feeMinor !== facts.feeMinor ||
    known.feeReturnedMinor !== facts.feeReturnedMinor
  );
}
