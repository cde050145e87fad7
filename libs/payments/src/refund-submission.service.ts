import { Injectable } from '@nestjs/common';
import { insertAudit, STRIPE } from '@app/accounts';
import { Clock } from '@app/common';
import { Database, sql, together } from '@app/database';
import { insertMessages } from '@app/outbox';
import { DisputeStanding, type Standing } from './dispute-standing.service';
import { isDisputed, mayBeDoneAlready, statusAfterRefusal } from './domain/stripe-outcome';
import { KEY_LIFE_MS } from './payment-intents.service';
import { refundMoved } from './payments.events';
import { refundColumns, type RefundRecord } from './refund-record';
import { RefundSettlement } from './refund-settlement.service';
import { stripeFailure, StripeOutcomeUnknown } from './stripe-failure';
import { attemptOf } from './stripe-reading';
import { Stripe } from './stripe-client';

/** A refund with what Stripe must be told of its payment. */
interface Submittable extends RefundRecord {
  stripePaymentIntentId: string | null;
  applicationFeeMinor: number;
}

/**
 * Gives refunds to Stripe. The row stands before the call, the key is made from the row, and nothing but an answer
 * of Stripe ends an attempt: a crash or a time-out at any point is repaired by doing the same again.
 */
@Injectable()
export class RefundSubmission {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly stripe: Stripe,
    private readonly settlement: RefundSettlement,
    private readonly disputes: DisputeStanding,
  ) {}

  /** @throws StripeOutcomeUnknown to be tried again under the same key */
  async submit(coachId: string, refundId: string): Promise<void> {
    const refund = await this.read(coachId, refundId);
    if (refund === undefined) return;
    if (refund.status === 'submitted' && refund.stripeRefundId !== null)
      return this.settlement.sync(refund.stripeRefundId);
    if (refund.status !== 'pending') return;
    if (await this.isHeldUp(refund, await this.disputes.known(coachId, refund.paymentId))) return;
    const stripeRefundId = await this.refundAtStripe(refund);
    if (stripeRefundId !== undefined) await this.settlement.sync(stripeRefundId);
  }

  private async read(coachId: string, refundId: string): Promise<Submittable | undefined> {
    return this.database.maybe(sql<Submittable>`
      select ${refundColumns}, p.stripe_payment_intent_id as "stripePaymentIntentId", p.application_fee_minor as "applicationFeeMinor"
      from refunds r join payments p on p.coach_id = r.coach_id and p.id = r.payment_id
      where r.coach_id = ${coachId} and r.id = ${refundId}`);
  }

  /** Undefined when Stripe has definitely refused, which is then written down. */
  private async refundAtStripe(refund: Submittable): Promise<string | undefined> {
    const ageMs = (await this.clock.now()).getTime() - refund.requestedAt.getTime();
    const found = ageMs > KEY_LIFE_MS ? await this.lookUp(refund) : undefined;
    if (found !== undefined) return found;
    try {
      const idempotencyKey = `refund:${refund.id}:${refund.stripeKeyNumber}`;
      const made = await this.stripe.refunds.create(parametersOf(refund), { idempotencyKey });
      return made.id;
    } catch (error) {
      return this.afterFailure(refund, error);
    }
  }

  private async afterFailure(refund: Submittable, error: unknown): Promise<string | undefined> {
    const { outcome, code } = stripeFailure(error);
    if (outcome === 'unknown') throw new StripeOutcomeUnknown('the refund', error);
    const found = outcome === 'spent' || mayBeDoneAlready(code) ? await this.lookUp(refund) : undefined;
    if (found !== undefined) return found;
    if (outcome === 'spent') {
      // The first call has ended in a server error and left no refund; its key will say nothing else for a day.
      await this.takeNextKey(refund);
      throw new StripeOutcomeUnknown('the refund', error);
    }
    if (isDisputed(code)) {
      const standing = await this.disputes.read(refund.coachId, refund.paymentId, intentOf(refund));
      if (standing === 'open') await this.takeNextKey(refund); // the former would answer with the former refusal
      if (await this.isHeldUp(refund, standing)) return undefined;
    }
    await this.recordRefusal(refund, code);
    return undefined;
  }

  /** While a bank has the money a refund waits for its decision; once the dispute is lost there is nothing to refund. */
  private async isHeldUp(refund: RefundRecord, standing: Standing): Promise<boolean> {
    if (standing === 'lost') await this.recordRefusal(refund, 'dispute_lost');
    return standing !== 'free';
  }

  /** By our own ids in the metadata of the charge's refunds. */
  private async lookUp(refund: Submittable): Promise<string | undefined> {
    const list = this.stripe.refunds.list({ payment_intent: intentOf(refund), limit: 100 });
    for await (const candidate of list) {
      if (candidate.metadata?.['refundId'] === refund.id && attemptOf(candidate) === refund.stripeKeyNumber)
        return candidate.id;
    }
    return undefined;
  }

  private async takeNextKey(refund: RefundRecord): Promise<void> {
    await this.database.execute(sql`
      update refunds set stripe_key_number = stripe_key_number + 1, updated_at = app_now()
      where coach_id = ${refund.coachId} and id = ${refund.id} and status = 'pending' and stripe_key_number = ${refund.stripeKeyNumber}`);
  }

  /** The amount of a refund that failed is free again; one that a person can cure keeps it. */
  private async recordRefusal(refund: RefundRecord, code: string): Promise<void> {
    const { coachId, id } = refund;
    const status = statusAfterRefusal(code);
    await this.database.transaction(async () => {
      const now = await this.clock.now();
      await this.settlement.lockPayment(coachId, refund.paymentId);
      const refused = await this.database.maybe(sql<{ version: number }>`
        update refunds set status = ${status}, failure_code = ${code}, settled_at = ${now}::timestamptz,
          version = version + 1, updated_at = ${now}::timestamptz
        where coach_id = ${coachId} and id = ${id} and status = 'pending' and stripe_key_number = ${refund.stripeKeyNumber}
        returning version`);
      if (refused === undefined) return; // the webhook of this very attempt was faster
      await this.database.execute(
        together(
          ...(status === 'failed' ? [this.settlement.releaseReserved(refund)] : []),
          insertAudit({
            coachId,
            actor: STRIPE,
            action: `refund.${status}`,
            objectType: 'refund',
            objectId: id,
            objectVersion: refused.version,
            before: { status: 'pending' },
            after: { status, failureCode: code },
          }),
          insertMessages([refundMoved(refund, status)]),
        ),
      );
    });
  }
}

function intentOf(refund: Submittable): string {
  if (refund.stripePaymentIntentId === null)
    throw new Error(`Payment ${refund.paymentId} was captured without a PaymentIntent.`);
  return refund.stripePaymentIntentId;
}

/**
 * Nothing is left to Stripe's defaults: the coach's transfer is taken back in proportion, and so is the platform's
 * fee, but only where there was one (it is an error where there was none). They never change between two calls.
 */
function parametersOf(refund: Submittable): Stripe.RefundCreateParams {
  return {
    payment_intent: intentOf(refund),
    amount: refund.amountMinor,
    reason: 'requested_by_customer',
    reverse_transfer: true,
    ...(refund.applicationFeeMinor > 0 ? { refund_application_fee: true } : {}),
    metadata: {
      coachId: refund.coachId,
      paymentId: refund.paymentId,
      refundId: refund.id,
      attempt: String(refund.stripeKeyNumber),
    },
  };
}
