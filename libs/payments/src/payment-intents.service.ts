import { Injectable } from '@nestjs/common';
import { Clock } from '@app/common';
import { Database, sql } from '@app/database';
import { PaymentTerms } from './payment-terms.service';
import type { PaymentRecord } from './payment-record';
import { PayoutsNotReady, StripeRefusedPayment } from './payments.errors';
import { stripeFailure, StripeOutcomeUnknown, unanswered, unlessMissing } from './stripe-failure';
import { PAYMENT_EXPANSION, paymentSeen, type PaymentSeen } from './stripe-reading';
import { Stripe } from './stripe-client';

/** Stripe may forget an idempotency key after 24 hours; before that it is looked whether the call was done. */
export const KEY_LIFE_MS = 23 * 3_600_000;
/** How far Stripe's clock may be behind ours, seconds. */
const CLOCK_DIFFERENCE_SECONDS = 300;

/** A payment's counterpart at Stripe. Nothing here may run inside a transaction. */
@Injectable()
export class PaymentIntents {
  constructor(
    private readonly stripe: Stripe,
    private readonly clock: Clock,
    private readonly database: Database,
    private readonly terms: PaymentTerms,
  ) {}

  /** Undefined when Stripe does not know it. */
  async read(intentId: string): Promise<PaymentSeen | undefined> {
    const intent = await this.stripe.paymentIntents
      .retrieve(intentId, { expand: PAYMENT_EXPANSION })
      .catch(unlessMissing('how the payment stands'));
    return intent === undefined ? undefined : paymentSeen(intent);
  }

  /**
   * The PaymentIntent of a payment: the one it has, else it is made, once, whatever happens in between.
   *
   * @param patience of this call, where somebody waits for it
   * @throws StripeOutcomeUnknown to be tried again; PayoutsNotReady or Conflict `payments.refused` when Stripe has
   *   definitely made none
   */
  async ofPayment(
    payment: PaymentRecord,
    patience: Stripe.RequestOptions = {},
  ): Promise<Stripe.PaymentIntent> {
    if (payment.stripePaymentIntentId !== null) {
      return this.stripe.paymentIntents
        .retrieve(payment.stripePaymentIntentId, {}, patience)
        .catch(unanswered('the payment'));
    }
    const ageMs = (await this.clock.now()).getTime() - askedSince(payment).getTime();
    const found = ageMs > KEY_LIFE_MS ? await this.lookUp(payment) : undefined;
    return found ?? this.make(payment, patience);
  }

  private async make(payment: PaymentRecord, patience: Stripe.RequestOptions): Promise<Stripe.PaymentIntent> {
    const idempotencyKey = `payment:${payment.id}:${payment.stripeKeyNumber}`;
    const parameters = {
      amount: payment.amountMinor,
      currency: payment.currency.toLowerCase(),
      automatic_payment_methods: { enabled: true, allow_redirects: 'never' as const },
      ...(await this.terms.of(payment)),
      ...(await this.customerOf(payment)),
    };
    try {
      return await this.stripe.paymentIntents.create(parameters, { ...patience, idempotencyKey });
    } catch (error) {
      const { outcome, code } = stripeFailure(error);
      if (outcome === 'unknown') throw new StripeOutcomeUnknown('the payment', error);
      // A key met with other parameters: the client has saved their first card since the first call.
      const mayBeMade = outcome === 'spent' || code === 'idempotency_error';
      const found = mayBeMade ? await this.lookUp(payment) : undefined;
      if (found !== undefined) return found;
      await this.takeNextKey(payment);
      if (outcome === 'spent') throw new StripeOutcomeUnknown('the payment', error);
      if (code === 'insufficient_capabilities_for_transfer') throw new PayoutsNotReady();
      throw new StripeRefusedPayment(code, error);
    }
  }

  /** A saved card can be charged on its customer's PaymentIntent alone. */
  private async customerOf(
    payment: PaymentRecord,
  ): Promise<Pick<Stripe.PaymentIntentCreateParams, 'customer'>> {
    if (payment.mode !== 'off_session') return {};
    const row = await this.database.maybe(sql<{ stripeCustomerId: string | null }>`
      select stripe_customer_id as "stripeCustomerId" from stripe_customers
      where coach_id = ${payment.coachId} and client_id = ${payment.clientId}`);
    const customer = row?.stripeCustomerId ?? null;
    return customer === null ? {} : { customer };
  }

  /** By our own ids in its metadata: Stripe lists intents by time only. What was made on a page, or is retired, is none. */
  private async lookUp(payment: PaymentRecord): Promise<Stripe.PaymentIntent | undefined> {
    const retired = await this.database.many(sql<{ id: string }>`
      select stripe_payment_intent_id as id from retired_payment_intents
      where coach_id = ${payment.coachId} and payment_id = ${payment.id}`);
    const isOther = (intent: Stripe.PaymentIntent): boolean =>
      intent.metadata['checkout'] !== undefined || retired.some(({ id }) => id === intent.id);
    const gte = Math.floor(askedSince(payment).getTime() / 1_000) - CLOCK_DIFFERENCE_SECONDS;
    for await (const intent of this.stripe.paymentIntents.list({ created: { gte }, limit: 100 })) {
      const { paymentId, coachId } = intent.metadata;
      if (paymentId === payment.id && coachId === payment.coachId && !isOther(intent)) return intent;
    }
    return undefined;
  }

  private async takeNextKey(payment: PaymentRecord): Promise<void> {
    await this.database.execute(sql`
      update payments set stripe_key_number = stripe_key_number + 1
      where coach_id = ${payment.coachId} and id = ${payment.id} and stripe_key_number = ${payment.stripeKeyNumber}
        and stripe_payment_intent_id is null`);
  }

  /** A PaymentIntent that is already paid, processing or canceled stays as it is; reading it says which. */
  async cancel(intentId: string): Promise<void> {
    try {
      await this.stripe.paymentIntents.cancel(intentId, { cancellation_reason: 'abandoned' });
    } catch (error) {
      const { outcome, code } = stripeFailure(error);
      if (outcome === 'refused' && code === 'payment_intent_unexpected_state') return;
      throw new StripeOutcomeUnknown('that the payment is cancelled', error);
    }
  }
}

/** Of a charge that waited for its time, Stripe was asked for the first time with its first attempt. */
function askedSince(payment: PaymentRecord): Date {
  return payment.attemptedAt ?? payment.createdAt;
}
