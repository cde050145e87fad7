import { Injectable } from '@nestjs/common';
import { actorOf, Audit, insertAudit, type Actor, type Principal } from '@app/accounts';
import { Clock, feeShareOfRefund, newId } from '@app/common';
import { Database, isInTransaction, sql, together, violates } from '@app/database';
import { insertMessages, Outbox } from '@app/outbox';
import { refundAmount, RefundAmountRefused } from './domain/refund-amount';
import { RETRYABLE_STATUSES } from './domain/refund-status';
import { PaymentQueries } from './payment.queries';
import { lockPayment } from './payment-lock';
import type { PaymentRecord } from './payment-record';
import {
  PaymentDisputed,
  RefundInOtherCurrency,
  RefundNotFound,
  RefundNotRetryable,
  RefundOutOfRange,
} from './payments.errors';
import { refundMoved } from './payments.events';
import { refundColumns, type RefundReason, type RefundRecord } from './refund-record';
import { insertRefund } from './refund-writes';
import { RefundSettlement } from './refund-settlement.service';
import { RefundSubmission } from './refund-submission.service';

export interface RefundRequest {
  coachId: string;
  paymentId: string;
  sessionId: string | null;
  /** Minor units; rounded half up to the currency's charge step unless it is all that is left. */
  amountMinor: number;
  currency: string;
  reason: RefundReason;
  note?: string | null;
  actor: Actor;
  /** Business time. */
  now: Date;
}

/** Money back to the client: first a row that reserves the amount, then Stripe, then what Stripe did (style.md 9). */
@Injectable()
export class Refunds {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly outbox: Outbox,
    private readonly audit: Audit,
    private readonly queries: PaymentQueries,
    private readonly submission: RefundSubmission,
    private readonly settlement: RefundSettlement,
  ) {}

  /**
   * Reserves an amount of a payment and has it refunded by the worker. Inside the transaction of what decides it. Of a
   * payment that is disputed it waits for the bank's decision.
   *
   * @throws PaymentNotFound, RefundInOtherCurrency, RefundOutOfRange with what could be given back
   */
  async request(request: RefundRequest): Promise<RefundRecord> {
    if (!isInTransaction()) throw new Error('A refund is requested in the transaction that decides it.');
    const payment = await lockPayment(this.database, request.coachId, request.paymentId);
    if (request.currency !== payment.currency) throw new RefundInOtherCurrency(payment.currency);
    const amountMinor = amountOf(request, payment);
    await this.reserve(payment, amountMinor);
    const refund: RefundRecord = {
      coachId: request.coachId,
      id: newId(),
      paymentId: payment.id,
      sessionId: request.sessionId ?? payment.sessionId,
      amountMinor,
      currency: payment.currency,
      reason: request.reason,
      note: request.note ?? null,
      status: 'pending',
      estimatedFeeReturnedMinor: feeShareOfRefund(
        payment.applicationFeeMinor,
        payment.capturedMinor,
        payment.refundedMinor,
        amountMinor,
      ),
      feeReturnedMinor: null,
      transferReversedMinor: null,
      stripeRefundId: null,
      stripeKeyNumber: 1,
      failureCode: null,
      requestedByKind: request.actor.kind,
      requestedBy: request.actor.accountId,
      requestedAt: request.now,
      submittedAt: null,
      settledAt: null,
      updatedAt: request.now,
      version: 1,
    };
    await this.database.execute(
      together(
        insertRefund(refund),
        insertAudit({
          coachId: refund.coachId,
          actor: request.actor,
          action: 'refund.request',
          objectType: 'refund',
          objectId: refund.id,
          objectVersion: 1,
          ...(request.note === undefined || request.note === null ? {} : { cause: request.note }),
          after: { paymentId: payment.id, amountMinor, currency: payment.currency, reason: request.reason },
        }),
        insertMessages([refundMoved(refund, 'pending')]),
      ),
    );
    return refund;
  }

  /**
   * A refund that a coach or an admin gives without cancelling anything.
   *
   * @param wanted all that is left when no amount is named; amounts are minor units
   * @throws PaymentNotFound also for somebody else's; PaymentDisputed; else as `request`
   */
  async give(
    principal: Principal,
    paymentId: string,
    wanted: { amount?: { amountMinor: number; currency: string }; note?: string },
  ): Promise<RefundRecord> {
    const { coachId } = await this.queries.find(principal, paymentId);
    return this.database.transaction(async () => {
      const payment = await lockPayment(this.database, coachId, paymentId);
      if (payment.status === 'disputed') throw new PaymentDisputed();
      const left = { amountMinor: payment.capturedMinor - payment.refundedMinor, currency: payment.currency };
      return this.request({
        coachId,
        paymentId,
        sessionId: payment.sessionId,
        ...(wanted.amount ?? left),
        reason: 'goodwill',
        note: wanted.note ?? null,
        actor: actorOf(principal),
        now: await this.clock.now(),
      });
    });
  }

  /** The total only ever grows within what was captured, whoever asks at the same time (reliability.md R3). */
  private async reserve(payment: PaymentRecord, amountMinor: number): Promise<void> {
    const reserved = await this.database.maybe(sql<{ version: number }>`
      update payments set refunded_minor = refunded_minor + ${amountMinor}::bigint, version = version + 1, updated_at = app_now()
      where coach_id = ${payment.coachId} and id = ${payment.id} and refunded_minor + ${amountMinor}::bigint <= captured_minor
      returning version`);
    if (reserved === undefined)
      throw new RefundOutOfRange(payment.capturedMinor - payment.refundedMinor, payment.currency);
  }

  /** Job: gives the refund to Stripe, or takes over what Stripe has made of it. */
  async submit(coachId: string, refundId: string): Promise<void> {
    await this.submission.submit(coachId, refundId);
  }

  /** Job: takes over what Stripe has made of a refund, also of one that had succeeded; what it never got it gets. */
  async catchUp(coachId: string, refundId: string): Promise<void> {
    const { stripeRefundId } = await this.queries.refund(coachId, refundId);
    if (stripeRefundId === null) await this.submission.submit(coachId, refundId);
    else await this.settlement.sync(stripeRefundId);
  }

  /** Reads a refund at Stripe and applies its present state; one of somebody else changes nothing. */
  async sync(stripeRefundId: string): Promise<void> {
    await this.settlement.sync(stripeRefundId);
  }

  /** All refunds of a payment, as Stripe has them now: also those that nobody announced. */
  async syncPayment(paymentIntentId: string): Promise<void> {
    await this.settlement.syncPayment(paymentIntentId);
  }

  /** The same by the payment's charge. */
  async syncCharge(chargeId: string): Promise<void> {
    await this.settlement.syncCharge(chargeId);
  }

  /**
   * Another try of a refund that failed or needs attention, under a new key.
   *
   * @throws RefundNotFound also for somebody else's, RefundNotRetryable, PaymentDisputed, RefundOutOfRange when its amount was given
   *   back otherwise meanwhile
   */
  async retry(principal: Principal, refundId: string): Promise<RefundRecord> {
    const { coachId, paymentId } = await this.queries.findRefund(principal, refundId);
    try {
      return await this.database.transaction(async () => {
        const payment = await lockPayment(this.database, coachId, paymentId);
        const refund = await this.lockRefund(coachId, refundId);
        if (!RETRYABLE_STATUSES.includes(refund.status)) throw new RefundNotRetryable(refund.status);
        if (payment.status === 'disputed') throw new PaymentDisputed();
        // What needs attention has kept its amount reserved.
        if (refund.status === 'failed') await this.reserve(payment, refund.amountMinor);
        return this.reopen(refund, actorOf(principal));
      });
    } catch (error) {
      if (violates(error, 'refunds_one_per_cancellation')) throw new RefundNotRetryable('failed');
      throw error;
    }
  }

  private async reopen(refund: RefundRecord, actor: Actor): Promise<RefundRecord> {
    const { coachId, id } = refund;
    const reopened = await this.database.one(sql<RefundRecord>`
      update refunds r set status = 'pending', stripe_key_number = stripe_key_number + 1, stripe_refund_id = null,
        failure_code = null, submitted_at = null, settled_at = null, next_sync_at = null, version = version + 1, updated_at = app_now()
      where coach_id = ${coachId} and id = ${id} returning ${refundColumns}`);
    await this.outbox.add(refundMoved(reopened, 'pending'));
    await this.audit.record({
      coachId,
      actor,
      action: 'refund.retry',
      objectType: 'refund',
      objectId: id,
      objectVersion: reopened.version,
      before: { status: refund.status, failureCode: refund.failureCode },
      after: { status: 'pending' },
    });
    return reopened;
  }

  private async lockRefund(coachId: string, id: string): Promise<RefundRecord> {
    const refund = await this.database.maybe(sql<RefundRecord>`
      select ${refundColumns} from refunds r where r.coach_id = ${coachId} and r.id = ${id} for update`);
    if (refund === undefined) throw new RefundNotFound();
    return refund;
  }
}

function amountOf(request: RefundRequest, payment: PaymentRecord): number {
  try {
    return refundAmount(request.amountMinor, payment.capturedMinor - payment.refundedMinor, payment.currency);
  } catch (error) {
    if (error instanceof RefundAmountRefused)
      throw new RefundOutOfRange(error.refundableMinor, payment.currency);
    throw error;
  }
}
