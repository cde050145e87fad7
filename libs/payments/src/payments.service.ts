import { Injectable } from '@nestjs/common';
import { Audit, insertAudit, WORKER, type Actor } from '@app/accounts';
import { basisPointsOf, Clock, Conflict } from '@app/common';
import { Database, sql, together, type RawBuilder } from '@app/database';
import { insertMessages, Outbox } from '@app/outbox';
import type Stripe from 'stripe';
import { bookRelease } from './charge-booking';
import { releaseCharge } from './charge-release';
import { Checkout } from './checkout.service';
import { isUnpaid } from './domain/payment-status';
import { PaymentIntents } from './payment-intents.service';
import { lockPayment } from './payment-lock';
import { paymentColumns, type PaymentRecord } from './payment-record';
import { PaymentSync } from './payment-sync.service';
import { PaymentAtCheckout, PaymentNotFound, PaymentNotPayable } from './payments.errors';
import { paymentCancelRequested, paymentMoved } from './payments.events';

/** A payment as it is opened by what it pays for: one session or one entitlement. */
export type NewPayment = PaymentTerms &
  ({ sessionId: string; entitlementId?: never } | { sessionId: null; entitlementId: string });

interface PaymentTerms {
  coachId: string;
  id: string;
  clientId: string;
  /** Minor units of `currency`, on its charge step. */
  amountMinor: number;
  currency: string;
  /** The platform's share, basis points. */
  applicationFeeBps: number;
  /** The coach's account, which receives the transfer. */
  stripeAccountId: string;
  /** Business time. */
  now: Date;
}

/** A person's request does not stand out a Stripe that is away: the answer comes without, and can be asked for again. */
const WHILE_SOMEBODY_WAITS = { timeout: 4_000, maxNetworkRetries: 1 };

/** The statement that opens a payment; announce it with `paymentOpened` in the same transaction. */
export function insertPayment(payment: NewPayment): RawBuilder<unknown> {
  const feeMinor = basisPointsOf(payment.amountMinor, payment.applicationFeeBps);
  return sql`insert into payments
    (coach_id, id, client_id, session_id, entitlement_id, amount_minor, currency, application_fee_minor, status, stripe_account_id, created_at, updated_at)
    values (${payment.coachId}::uuid, ${payment.id}::uuid, ${payment.clientId}::uuid, ${payment.sessionId}::uuid,
      ${payment.entitlementId ?? null}::uuid, ${payment.amountMinor}::bigint, ${payment.currency}::text, ${feeMinor}::bigint, 'requires_payment', ${payment.stripeAccountId},
      ${payment.now}::timestamptz, ${payment.now}::timestamptz)`;
}

/** The way of a payment until it is paid or called off. What is paid is told by Stripe alone (PaymentSync). */
@Injectable()
export class Payments {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly outbox: Outbox,
    private readonly audit: Audit,
    private readonly intents: PaymentIntents,
    private readonly synchronizer: PaymentSync,
    private readonly checkout: Checkout,
  ) {}

  /**
   * What Stripe.js confirms the payment with. Asks Stripe, so never inside a transaction; it is not stored.
   *
   * @throws PaymentNotFound, PaymentNotPayable; PaymentAtCheckout while a page of Stripe is open for it;
   *   StripeOutcomeUnknown when Stripe does not answer
   */
  async clientSecret(coachId: string, paymentId: string): Promise<string> {
    const payment = await this.get(coachId, paymentId);
    if (!isUnpaid(payment.status)) throw new PaymentNotPayable(payment.status);
    if (payment.releasedAt !== null) throw new PaymentNotPayable('canceled');
    if (payment.stripeCheckoutSessionId !== null) throw new PaymentAtCheckout();
    const intent = await this.preparedIntent(payment, WHILE_SOMEBODY_WAITS);
    if (intent === undefined) throw new PaymentNotPayable((await this.get(coachId, paymentId)).status);
    if (intent.client_secret === null) throw new Error(`Stripe gives no client secret for ${intent.id}.`);
    return intent.client_secret;
  }

  /** Job: makes the PaymentIntent ahead of the client, if nobody has and it is still wanted. */
  async ensureIntent(coachId: string, paymentId: string): Promise<void> {
    const payment = await this.get(coachId, paymentId);
    if (isUnpaid(payment.status) && payment.stripePaymentIntentId === null && payment.checkoutNumber === 0)
      await this.preparedIntent(payment);
  }

  /**
   * The PaymentIntent of an unpaid payment. Undefined when the payment was called off, or got another intent, while
   * Stripe was asked: then this one is cancelled.
   *
   * @throws as PaymentIntents.ofPayment
   */
  async preparedIntent(
    payment: PaymentRecord,
    patience: Stripe.RequestOptions = {},
  ): Promise<Stripe.PaymentIntent | undefined> {
    const intent = await this.intents.ofPayment(payment, patience);
    if (payment.stripePaymentIntentId !== null || (await this.keepIntent(payment, intent.id))) return intent;
    await this.intents.cancel(intent.id);
    return undefined;
  }

  /** Notes the intent on an unpaid payment that has none. @returns whether the payment now has this one */
  private async keepIntent(payment: PaymentRecord, intentId: string): Promise<boolean> {
    const { coachId, id } = payment;
    return this.database.transaction(async () => {
      const now = await this.clock.now();
      const kept = await this.database.maybe(sql<{ version: number }>`
        update payments set stripe_payment_intent_id = ${intentId}, version = version + 1, updated_at = ${now}::timestamptz
        where coach_id = ${coachId} and id = ${id} and stripe_payment_intent_id is null and stripe_checkout_session_id is null
          and checkout_number = ${payment.checkoutNumber} and status in ('requires_payment', 'processing', 'failed')
        returning version`);
      if (kept === undefined) return this.hasIntent(coachId, id, intentId);
      await this.audit.record({
        coachId,
        actor: WORKER,
        action: 'payment.prepare',
        objectType: 'payment',
        objectId: id,
        objectVersion: kept.version,
        after: { stripePaymentIntentId: intentId },
      });
      return true;
    });
  }

  private async hasIntent(coachId: string, id: string, intentId: string): Promise<boolean> {
    const { stripePaymentIntentId, status } = await this.get(coachId, id);
    return stripePaymentIntentId === intentId && isUnpaid(status);
  }

  /**
   * Nothing is to be paid any more, in the transaction that decides so: the worker cancels the PaymentIntent. Until
   * Stripe confirms, the payment stays as it is; if the money came after all, `payment_paid` says so.
   */
  async cancel(coachId: string, paymentId: string, actor: Actor = WORKER): Promise<void> {
    const payment = await lockPayment(this.database, coachId, paymentId);
    if (!isUnpaid(payment.status) || payment.releasedAt !== null) return;
    if (payment.mode === 'off_session') {
      await this.database.execute(releaseCharge(payment, actor, await this.clock.now()));
      return;
    }
    await this.outbox.add(paymentCancelRequested(payment));
    await this.audit.record({
      coachId,
      actor,
      action: 'payment.request_cancel',
      objectType: 'payment',
      objectId: paymentId,
      objectVersion: payment.version,
    });
  }

  /** Job: cancels the PaymentIntent, and takes over what Stripe says: canceled, or paid in the last moment. */
  async cancelIntent(coachId: string, paymentId: string): Promise<void> {
    if ((await this.get(coachId, paymentId)).checkoutNumber > 0)
      await this.checkout.closeOthers(coachId, paymentId);
    const payment = await this.get(coachId, paymentId);
    if (!isUnpaid(payment.status)) return;
    const intentId = payment.stripePaymentIntentId ?? (await this.madeIntentId(payment));
    if (intentId === undefined) return this.closeWithoutIntent(payment);
    await this.intents.cancel(intentId);
    await this.synchronizer.sync(intentId);
  }

  /**
   * A call whose answer was lost may have made one: asking again under the same key finds it, or makes one that is
   * cancelled at once. Undefined: Stripe has definitely made none.
   */
  private async madeIntentId(payment: PaymentRecord): Promise<string | undefined> {
    // Since its page was opened none was given to anybody.
    if (payment.checkoutNumber > 0) return undefined;
    try {
      return (await this.intents.ofPayment(payment)).id;
    } catch (error) {
      if (error instanceof Conflict) return undefined;
      throw error;
    }
  }

  private async closeWithoutIntent({ coachId, id }: PaymentRecord): Promise<void> {
    await this.database.transaction(async () => {
      const payment = await this.database.maybe(sql<PaymentRecord>`
        select ${paymentColumns} from payments p
        where p.coach_id = ${coachId} and p.id = ${id} and p.stripe_payment_intent_id is null
          and p.status in ('requires_payment', 'failed') for no key update`);
      if (payment === undefined) return;
      const now = await this.clock.now();
      const isCharge = payment.mode === 'off_session';
      const settled = sql`, charge_state = 'settled', next_attempt_at = null, attempt_is_open = false`;
      await this.database.execute(
        together(
          sql`update payments set status = 'canceled', version = version + 1, updated_at = ${now}::timestamptz ${isCharge ? settled : sql``}
            where coach_id = ${coachId} and id = ${id}`,
          ...bookRelease(payment, now),
          insertAudit({
            coachId,
            actor: WORKER,
            action: 'payment.canceled',
            objectType: 'payment',
            objectId: id,
            objectVersion: payment.version + 1,
            before: { status: payment.status },
            after: { status: 'canceled' },
          }),
          insertMessages(paymentMoved(payment, 'canceled')),
        ),
      );
    });
  }

  /** Reads the PaymentIntent at Stripe and applies its present state; one that is not ours changes nothing. */
  async sync(paymentIntentId: string): Promise<void> {
    await this.synchronizer.sync(paymentIntentId);
  }

  /**
   * The same for a payment of ours; nothing while it has no PaymentIntent. A charge that was called off is canceled, should
   * nobody have done that.
   */
  async syncPayment(coachId: string, paymentId: string): Promise<void> {
    const payment = await this.get(coachId, paymentId);
    const { stripePaymentIntentId, checkoutNumber, releasedAt, status } = payment;
    if (releasedAt !== null && isUnpaid(status)) return this.cancelIntent(coachId, paymentId);
    if (stripePaymentIntentId !== null) await this.synchronizer.sync(stripePaymentIntentId);
    if (checkoutNumber > 0) await this.checkout.syncPayment(payment);
  }

  private async get(coachId: string, id: string): Promise<PaymentRecord> {
    const payment = await this.database.maybe(sql<PaymentRecord>`
      select ${paymentColumns} from payments p where p.coach_id = ${coachId} and p.id = ${id}`);
    if (payment === undefined) throw new PaymentNotFound();
    return payment;
  }
}
