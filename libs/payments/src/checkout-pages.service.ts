import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, type SharedConfig } from '@app/common';
import { Database, sql } from '@app/database';
import { PaymentIntents } from './payment-intents.service';
import type { PaymentRecord } from './payment-record';
import { PaymentSync } from './payment-sync.service';
import { PaymentTerms } from './payment-terms.service';
import { PayoutsNotReady, StripeRefusedPayment } from './payments.errors';
import { stripeFailure, StripeOutcomeUnknown, unlessMissing } from './stripe-failure';
import { idOf } from './stripe-reading';
import { Stripe } from './stripe-client';

/** Stripe's page for one payment. */
export interface CheckoutPage {
  id: string;
  url: string;
  expiresAt: Date;
}

type PaymentKey = Pick<PaymentRecord, 'coachId' | 'id'>;

const WHILE_SOMEBODY_WAITS = { timeout: 4_000, maxNetworkRetries: 2 };

/**
 * The pages of Checkout, and the PaymentIntents that they replace, at Stripe. Nothing here may run inside a
 * transaction. A page whose address was given to nobody takes no money: that is why its making need not be found again.
 */
@Injectable()
export class CheckoutPages {
  constructor(
    private readonly stripe: Stripe,
    private readonly database: Database,
    private readonly intents: PaymentIntents,
    private readonly terms: PaymentTerms,
    private readonly synchronizer: PaymentSync,
    @Inject(CONFIG) private readonly config: SharedConfig,
  ) {}

  /**
   * @param what the client reads on the page
   * @throws StripeOutcomeUnknown, PayoutsNotReady, StripeRefusedPayment
   */
  async make(payment: PaymentRecord, expiresAt: Date, what: string): Promise<CheckoutPage> {
    const { metadata, receipt_email: email, ...terms } = await this.terms.of(payment);
    const checkout = String(payment.checkoutNumber);
    try {
      const session = await this.stripe.checkout.sessions.create(
        {
          mode: 'payment',
          allowed_payment_method_types: ['card'],
          line_items: [
            {
              price_data: {
                currency: payment.currency.toLowerCase(),
                product_data: { name: what },
                unit_amount: payment.amountMinor,
              },
              quantity: 1,
            },
          ],
          payment_intent_data: {
            ...terms,
            ...(email === undefined ? {} : { receipt_email: email }),
            metadata: { ...metadata, checkout },
          },
          ...(email === undefined ? {} : { customer_email: email }),
          metadata: { ...metadata, checkout },
          client_reference_id: payment.id,
          expires_at: Math.floor(expiresAt.getTime() / 1_000),
          success_url: this.config.CHECKOUT_SUCCESS_URL,
          cancel_url: this.config.CHECKOUT_CANCEL_URL,
        },
        { ...WHILE_SOMEBODY_WAITS, idempotencyKey: `checkout:${payment.id}:${payment.checkoutNumber}` },
      );
      return pageOf(session);
    } catch (error) {
      const { outcome, code } = stripeFailure(error);
      if (outcome !== 'refused') throw new StripeOutcomeUnknown('the page to pay on', error);
      if (code === 'insufficient_capabilities_for_transfer') throw new PayoutsNotReady();
      throw new StripeRefusedPayment(code, error);
    }
  }

  /** Undefined once it is paid or has expired. */
  async open(sessionId: string): Promise<CheckoutPage | undefined> {
    const session = await this.read(sessionId);
    return session?.status === 'open' ? pageOf(session) : undefined;
  }

  /**
   * Closes the page for good; what was paid on it is taken over instead.
   *
   * @throws StripeOutcomeUnknown to be tried again
   */
  async close(sessionId: string): Promise<void> {
    try {
      await this.stripe.checkout.sessions.expire(sessionId);
    } catch (error) {
      if (stripeFailure(error).outcome !== 'refused')
        throw new StripeOutcomeUnknown('that the page is closed', error);
    }
    await this.sync(sessionId);
  }

  /** Takes over what was done on the page. @returns whether it is still open */
  async sync(sessionId: string): Promise<boolean> {
    const session = await this.read(sessionId);
    const intentId = idOf(session?.payment_intent);
    if (intentId !== null) await this.synchronizer.sync(intentId);
    return session?.status === 'open';
  }

  /** The PaymentIntents that the payment had before take no money any more; one that took some is taken over. */
  async closeRetired(payment: PaymentKey): Promise<void> {
    for (const intentId of await this.openRetired(payment)) {
      await this.intents.cancel(intentId);
      await this.synchronizer.sync(intentId);
      await this.database.execute(sql`
        update retired_payment_intents set closed_at = app_now()
        where stripe_payment_intent_id = ${intentId} and closed_at is null`);
    }
  }

  /** Takes over what came on those that are not closed yet: nobody may have told of it. */
  async syncRetired(payment: PaymentKey): Promise<void> {
    for (const intentId of await this.openRetired(payment)) await this.synchronizer.sync(intentId);
  }

  private async openRetired({ coachId, id }: PaymentKey): Promise<string[]> {
    const open = await this.database.many(sql<{ intentId: string }>`
      select stripe_payment_intent_id as "intentId" from retired_payment_intents
      where coach_id = ${coachId} and payment_id = ${id} and closed_at is null`);
    return open.map(({ intentId }) => intentId);
  }

  private async read(sessionId: string): Promise<Stripe.Checkout.Session | undefined> {
    return this.stripe.checkout.sessions.retrieve(sessionId).catch(unlessMissing('how the page stands'));
  }
}

function pageOf({ id, url, expires_at: expiresAt }: Stripe.Checkout.Session): CheckoutPage {
  if (url === null) throw new Error(`Stripe gives no address for ${id}.`);
  return { id, url, expiresAt: new Date(expiresAt * 1_000) };
}
