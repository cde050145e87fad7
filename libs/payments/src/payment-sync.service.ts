import { Injectable } from '@nestjs/common';
import { insertAudit, STRIPE } from '@app/accounts';
import { Clock } from '@app/common';
import { Database, sql, together, type RawBuilder } from '@app/database';
import { insertMessages } from '@app/outbox';
import { bookCapture, bookRelease } from './charge-booking';
import { ChargeSettlement } from './charge-settlement.service';
import { AUTHENTICATION_REQUIRED } from './domain/charge-retry';
import { processingFeePostings } from './domain/ledger-postings';
import { mayMovePayment, type PaymentStatus } from './domain/payment-status';
import { insertLedger } from './ledger';
import { PaymentIntents } from './payment-intents.service';
import { paymentColumns, type PaymentRecord } from './payment-record';
import { PaidTwice } from './paid-twice.service';
import { otherWaysToClose, paymentMoved } from './payments.events';
import { RefundSettlement } from './refund-settlement.service';
import { insertRetiredIntent } from './retired-intents';
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
    private readonly charges: ChargeSettlement,
    private readonly refunds: RefundSettlement,
    private readonly paidTwice: PaidTwice,
  ) {}

  /** An intent that is not ours changes nothing. */
  async sync(intentId: string): Promise<void> {
    const seen = await this.intents.read(intentId);
    if (seen === undefined) return;
    await this.apply(seen);
    if (seen.refundedMinor > 0) await this.readRefunds(seen);
  }

  /** Money that went back at Stripe before we knew that it had come: nobody may have told of it. */
  private async readRefunds({ intentId, refundedMinor }: PaymentSeen): Promise<void> {
    const known = await this.database.maybe(sql<{ refundedMinor: number }>`
      select refunded_minor as "refundedMinor" from payments where stripe_payment_intent_id = ${intentId}`);
    if (known !== undefined && known.refundedMinor < refundedMinor) await this.refunds.syncPayment(intentId);
  }

  private async apply(seen: PaymentSeen): Promise<void> {
    await this.database.transaction(async () => {
      const payment = await this.lockOwn(seen);
      if (payment === undefined) return;
      if (seen.status === 'paid') refuseOtherAmount(payment, seen);
      if (payment.stripePaymentIntentId !== seen.intentId && !(await this.takesOver(payment, seen))) return;
      if (isChargeRefusedLate(payment, seen))
        return this.charges.settleRefusal(payment, seen.failureCode ?? 'unknown');
      const change = changeOf(payment, seen, await this.isProcessingFeeBooked(payment));
      if (change.to === undefined && !change.isCapture && !change.booksProcessingFee && !change.adoptsIntent)
        return;
      await this.write(payment, seen, change, await this.clock.now());
    });
  }

  /**
   * What an intent says that is not the payment's own, or not yet: one that is faster than our note of it is taken over,
   * one of a page of Checkout, or one that gave way to another, only if it is money, or about to be. When the payment was
   * made already, that money came twice.
   */
  private async takesOver(payment: PaymentRecord, seen: PaymentSeen): Promise<boolean> {
    const isMoney = seen.status === 'paid' || seen.status === 'processing';
    if (payment.capturedMinor > 0) {
      if (seen.status !== 'paid') return false;
      await this.paidTwice.book(payment, seen);
      // It has a row now: Stripe's fee is booked on that, though nothing more may be heard of it.
      await this.apply(seen);
      return false;
    }
    if (payment.stripePaymentIntentId !== null && seen.status !== 'paid') return false;
    if (payment.stripePaymentIntentId === null && seen.checkoutNumber === undefined)
      return isMoney || !(await this.isRetired(seen.intentId));
    if (isMoney && payment.stripePaymentIntentId !== null)
      await this.database.execute(insertRetiredIntent(payment, await this.clock.now()));
    return isMoney;
  }

  private async isRetired(intentId: string): Promise<boolean> {
    const { retired } = await this.database.one(sql<{ retired: boolean }>`
      select exists (select from retired_payment_intents where stripe_payment_intent_id = ${intentId}) as retired`);
    return retired;
  }

  /** By the intent it has, else by the ids in its metadata. */
  private async lockOwn(seen: PaymentSeen): Promise<PaymentRecord | undefined> {
    const known = await this.database.maybe(sql<PaymentRecord>`
      select ${paymentColumns} from payments p where p.stripe_payment_intent_id = ${seen.intentId} for no key update`);
    if (known !== undefined || seen.own === undefined) return known;
    return this.database.maybe(sql<PaymentRecord>`
      select ${paymentColumns} from payments p
      where p.coach_id = ${seen.own.coachId} and p.id = ${seen.own.id} for no key update`);
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
    const isSettled = change.to === 'paid' || change.to === 'canceled';
    const events = [
      ...(change.to === undefined ? [] : paymentMoved(payment, change.to)),
      ...(isSettled && payment.checkoutNumber > 0 ? [otherWaysToClose(payment)] : []),
    ];
    await this.database.execute(
      together(
        updatePayment(payment, seen, change, status, now),
        ...(change.isCapture ? bookCapture(payment, now) : []),
        ...(change.to === 'canceled' ? bookRelease(payment, now) : []),
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
  const moves =
    (isCapture || payment.capturedMinor === 0) &&
    mayMovePayment(payment.status, seen.status) &&
    !isOldRefusal(payment, seen);
  return {
    ...(moves ? { to: seen.status } : {}),
    isCapture: isCapture && moves,
    booksProcessingFee:
      seen.status === 'paid' &&
      seen.processingFee !== null &&
      seen.processingFee.amountMinor > 0 &&
      !isFeeBooked,
    adoptsIntent: payment.stripePaymentIntentId !== seen.intentId,
  };
}

/** Stripe had it for a while, and the bank has refused then: the attempt ends as one refused at once. */
function isChargeRefusedLate(payment: PaymentRecord, seen: PaymentSeen): boolean {
  return payment.attemptIsOpen && payment.status === 'processing' && seen.status === 'failed';
}

/**
 * A charge that waits for its next attempt, or is under way, still shows what refused the one before: how an attempt
 * ends is told by the answer to it. That the bank wants to be shown the client is no refusal of the client's own try.
 */
function isOldRefusal(payment: PaymentRecord, seen: PaymentSeen): boolean {
  if (payment.mode !== 'off_session' || seen.status !== 'failed') return false;
  if (payment.status === 'processing') return false;
  if (payment.chargeState === 'needs_action') return seen.failureCode === AUTHENTICATION_REQUIRED;
  return payment.chargeState !== 'given_up';
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
    ...(keepsFailure(payment, status)
      ? []
      : [sql`failure_code = ${status === 'failed' ? seen.failureCode : null}::text`]),
    ...(payment.mode === 'off_session' && (status === 'paid' || status === 'canceled')
      ? [sql`charge_state = 'settled'`, sql`next_attempt_at = null`, sql`attempt_is_open = false`]
      : []),
    sql`stripe_payment_intent_id = ${seen.intentId}`,
    sql`next_sync_at = null`,
    sql`version = version + 1`,
    sql`updated_at = ${now}::timestamptz`,
    ...(change.isCapture
      ? [
          sql`captured_minor = ${seen.receivedMinor}::bigint`,
          sql`paid_at = ${now}::timestamptz`,
          sql`stripe_charge_id = ${seen.chargeId}::text`,
          sql`receipt_url = ${seen.receiptUrl}::text`,
          sql`stripe_refunded_minor = ${seen.refundedMinor}::bigint`,
        ]
      : []),
    ...(noteFee ? [sql`processing_fee_minor = ${fee.amountMinor}::bigint`] : []),
  ];
  return sql`update payments set ${sql.join(assignments)} where coach_id = ${payment.coachId} and id = ${payment.id}`;
}

/** What the last attempt on a saved card met is told until the charge is settled. */
function keepsFailure(payment: PaymentRecord, status: PaymentStatus): boolean {
  return payment.mode === 'off_session' && status !== 'failed' && status !== 'paid' && status !== 'canceled';
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
