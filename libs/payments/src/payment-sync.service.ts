import { Injectable } from '@nestjs/common';
import { insertAudit, STRIPE } from '@app/accounts';
import { Clock } from '@app/common';
import { Database, sql, together, type RawBuilder } from '@app/database';
import { insertMessages } from '@app/outbox';
import { capturePostings, processingFeePostings } from './domain/ledger-postings';
import { mayMovePayment, type PaymentStatus } from './domain/payment-status';
import { insertLedger } from './ledger';
import { PaymentIntents } from './payment-intents.service';
import { paymentColumns, type PaymentRecord } from './payment-record';
import { paymentMoved } from './payments.events';
import type { PaymentSeen } from './stripe-reading';

/** What a reading changes on the row. */
interface Change {
  /** Absent: the status stays. */
  to?: PaymentStatus;
  isCapture: boolean;
  booksProcessingFee: boolean;
  adoptsIntent: boolean;
}

/** Brings payments in line with Stripe: whatever was announced, in whatever order, the present state is read and applied. */
@Injectable()
export class PaymentSync {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly intents: PaymentIntents,
  ) {}

  /** An intent that is not ours changes nothing. */
  async sync(intentId: string): Promise<void> {
    const seen = await this.intents.read(intentId);
    if (seen !== undefined) await this.apply(seen);
  }

  private async apply(seen: PaymentSeen): Promise<void> {
    await this.database.transaction(async () => {
      const payment = await this.lockOwn(seen);
      if (payment === undefined) return;
      if (seen.status === 'paid') refuseOtherAmount(payment, seen);
      const change = changeOf(payment, seen, await this.isProcessingFeeBooked(payment));
      if (change.to === undefined && !change.isCapture && !change.booksProcessingFee && !change.adoptsIntent)
        return;
      await this.write(payment, seen, change, await this.clock.now());
    });
  }

  /** By the intent it has, or, when the intent is faster than our own note of it, by the ids in its metadata. */
  private async lockOwn(seen: PaymentSeen): Promise<PaymentRecord | undefined> {
    const known = await this.database.maybe(sql<PaymentRecord>`
      select ${paymentColumns} from payments p where p.stripe_payment_intent_id = ${seen.intentId} for no key update`);
    if (known !== undefined || seen.own === undefined) return known;
    return this.database.maybe(sql<PaymentRecord>`
      select ${paymentColumns} from payments p
      where p.coach_id = ${seen.own.coachId} and p.id = ${seen.own.id} and p.stripe_payment_intent_id is null for no key update`);
  }

  private async isProcessingFeeBooked(payment: PaymentRecord): Promise<boolean> {
    const { booked } = await this.database.one(sql<{ booked: boolean }>`
      select exists (select 1 from ledger_transactions
        where coach_id = ${payment.coachId} and payment_id = ${payment.id} and kind = 'processing_fee') as booked`);
    return booked;
  }

  private async write(payment: PaymentRecord, seen: PaymentSeen, change: Change, now: Date): Promise<void> {
    const { coachId, id } = payment;
    const status = change.to ?? payment.status;
    const events = change.to === undefined ? [] : paymentMoved(payment, change.to);
    await this.database.execute(
      together(
        updatePayment(payment, seen, change, status, now),
        ...(change.isCapture ? insertCapture(payment, now) : []),
        ...(change.booksProcessingFee ? insertProcessingFee(payment, seen, now) : []),
        insertAudit({
          coachId,
          actor: STRIPE,
          action: change.to === undefined ? 'payment.sync' : `payment.${change.to}`,
          objectType: 'payment',
          objectId: id,
          objectVersion: payment.version + 1,
          before: { status: payment.status, capturedMinor: payment.capturedMinor },
          after: { status, capturedMinor: change.isCapture ? seen.receivedMinor : payment.capturedMinor },
        }),
        ...(events.length > 0 ? [insertMessages(events)] : []),
      ),
    );
  }
}

function changeOf(payment: PaymentRecord, seen: PaymentSeen, isFeeBooked: boolean): Change {
  const isCapture = seen.status === 'paid' && payment.capturedMinor === 0;
  // What was captured is moved on by its refunds alone.
  const moves = (isCapture || payment.capturedMinor === 0) && mayMovePayment(payment.status, seen.status);
  return {
    ...(moves ? { to: seen.status } : {}),
    isCapture: isCapture && moves,
    booksProcessingFee:
      seen.status === 'paid' &&
      seen.processingFee !== null &&
      seen.processingFee.amountMinor > 0 &&
      !isFeeBooked,
    adoptsIntent: payment.stripePaymentIntentId === null,
  };
}

function refuseOtherAmount(payment: PaymentRecord, seen: PaymentSeen): void {
  if (seen.receivedMinor === payment.amountMinor && seen.currency === payment.currency) return;
  throw new Error(
    `Stripe reports ${seen.receivedMinor} ${seen.currency} for payment ${payment.id} of ${payment.amountMinor} ${payment.currency}.`,
  );
}

function updatePayment(
  payment: PaymentRecord,
  seen: PaymentSeen,
  change: Change,
  status: PaymentStatus,
  now: Date,
): RawBuilder<unknown> {
  const fee = seen.processingFee;
  const noteFee = change.booksProcessingFee && fee?.currency === payment.currency;
  const assignments = [
    sql`status = ${status}`,
    sql`failure_code = ${status === 'failed' ? seen.failureCode : null}::text`,
    sql`stripe_payment_intent_id = ${seen.intentId}`,
    sql`next_sync_at = null`,
    sql`version = version + 1`,
    sql`updated_at = ${now}::timestamptz`,
    ...(change.isCapture
      ? [
          sql`captured_minor = ${seen.receivedMinor}::bigint`,
          sql`paid_at = ${now}::timestamptz`,
          sql`stripe_charge_id = ${seen.chargeId}::text`,
        ]
      : []),
    ...(noteFee ? [sql`processing_fee_minor = ${fee.amountMinor}::bigint`] : []),
  ];
  return sql`update payments set ${sql.join(assignments)} where coach_id = ${payment.coachId} and id = ${payment.id}`;
}

function insertCapture(payment: PaymentRecord, now: Date): RawBuilder<unknown>[] {
  return insertLedger({
    coachId: payment.coachId,
    paymentId: payment.id,
    kind: 'capture',
    currency: payment.currency,
    at: now,
    postings: capturePostings(payment.amountMinor, payment.applicationFeeMinor),
  });
}

function insertProcessingFee(payment: PaymentRecord, seen: PaymentSeen, now: Date): RawBuilder<unknown>[] {
  if (seen.processingFee === null) return [];
  return insertLedger({
    coachId: payment.coachId,
    paymentId: payment.id,
    kind: 'processing_fee',
    currency: seen.processingFee.currency,
    at: now,
    postings: processingFeePostings(seen.processingFee.amountMinor),
  });
}
