import { Injectable } from '@nestjs/common';
import { Clock, Conflict, publicId } from '@app/common';
import { Database, sql } from '@app/database';
import type { PaymentRecord } from './payment-record';
import { PayoutsNotReady } from './payments.errors';
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
    const ageMs = (await this.clock.now()).getTime() - payment.createdAt.getTime();
    const found = ageMs > KEY_LIFE_MS ? await this.lookUp(payment) : undefined;
    return found ?? this.make(payment, patience);
  }

  private async make(payment: PaymentRecord, patience: Stripe.RequestOptions): Promise<Stripe.PaymentIntent> {
    const idempotencyKey = `payment:${payment.id}:${payment.stripeKeyNumber}`;
    try {
      return await this.stripe.paymentIntents.create(parametersOf(payment), { ...patience, idempotencyKey });
    } catch (error) {
      const { outcome, code } = stripeFailure(error);
      if (outcome === 'unknown') throw new StripeOutcomeUnknown('the payment', error);
      const found = outcome === 'spent' ? await this.lookUp(payment) : undefined;
      if (found !== undefined) return found;
      await this.takeNextKey(payment);
      if (outcome === 'spent') throw new StripeOutcomeUnknown('the payment', error);
      if (code === 'insufficient_capabilities_for_transfer') throw new PayoutsNotReady();
      throw new Conflict('payments.refused', 'Stripe does not take this payment.', {
        extensions: { reason: code },
        cause: error,
      });
    }
  }

  /** By our own ids in its metadata: Stripe lists intents by time only. */
  private async lookUp(payment: PaymentRecord): Promise<Stripe.PaymentIntent | undefined> {
    const gte = Math.floor(payment.createdAt.getTime() / 1_000) - CLOCK_DIFFERENCE_SECONDS;
    for await (const intent of this.stripe.paymentIntents.list({ created: { gte }, limit: 100 })) {
      if (intent.metadata['paymentId'] === payment.id && intent.metadata['coachId'] === payment.coachId)
        return intent;
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

/** A destination charge: the whole amount goes to the coach's account, the fee comes back from it. */
function parametersOf(payment: PaymentRecord): Stripe.PaymentIntentCreateParams {
  return {
    amount: payment.amountMinor,
    currency: payment.currency.toLowerCase(),
    automatic_payment_methods: { enabled: true, allow_redirects: 'never' },
    transfer_data: { destination: payment.stripeAccountId },
    // Naming a fee of nothing would be an error when it is given back.
    ...(payment.applicationFeeMinor > 0 ? { application_fee_amount: payment.applicationFeeMinor } : {}),
    ...whatIsPaid(payment),
  };
}

/** By our own ids alone: Stripe learns no names. */
function whatIsPaid({
  coachId,
  id: paymentId,
  sessionId,
  entitlementId,
}: PaymentRecord): Required<Pick<Stripe.PaymentIntentCreateParams, 'description' | 'metadata'>> {
  if (sessionId !== null) {
    return {
      description: `Session ${publicId('session', sessionId)}`,
      metadata: { coachId, paymentId, sessionId },
    };
  }
  if (entitlementId === null) throw new Error(`Payment ${paymentId} is for nothing.`);
  return {
    description: `Package ${publicId('entitlement', entitlementId)}`,
    metadata: { coachId, paymentId, entitlementId },
  };
}
