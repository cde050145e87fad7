import { Injectable } from '@nestjs/common';
import { Clock, Conflict } from '@app/common';
import { Database, sql } from '@app/database';
import { KEY_LIFE_MS } from './payment-intents.service';
import type { CardSetupRecord } from './saved-card-record';
import { stripeFailure, StripeOutcomeUnknown, unanswered, unlessMissing } from './stripe-failure';
import { Stripe } from './stripe-client';

interface Customer {
  stripeCustomerId: string | null;
  stripeKeyNumber: number;
}

/** What saves a card at Stripe: the pair's customer, and a setup's SetupIntent. Nothing here may run inside a transaction. */
@Injectable()
export class SetupIntents {
  constructor(
    private readonly stripe: Stripe,
    private readonly clock: Clock,
    private readonly database: Database,
  ) {}

  /** Undefined when Stripe does not know it. */
  async read(intentId: string): Promise<Stripe.SetupIntent | undefined> {
    return this.stripe.setupIntents
      .retrieve(intentId)
      .catch(unlessMissing('how the saving of a card stands'));
  }

  /** Undefined when Stripe does not know it. */
  async readMethod(methodId: string): Promise<Stripe.PaymentMethod | undefined> {
    return this.stripe.paymentMethods.retrieve(methodId).catch(unlessMissing('how the card stands'));
  }

  /** Has Stripe forget the card; one that nobody has any more stays as it is. */
  async detach(methodId: string): Promise<void> {
    try {
      await this.stripe.paymentMethods.detach(methodId);
    } catch (error) {
      if (stripeFailure(error).outcome !== 'refused')
        throw new StripeOutcomeUnknown('that the card is removed', error);
    }
  }

  /**
   * The SetupIntent of a setup: the one it has, else it is made, once, whatever happens in between.
   *
   * @throws StripeOutcomeUnknown to be tried again; Conflict `payments.refused` when Stripe has definitely made none
   */
  async ofSetup(setup: CardSetupRecord, patience: Stripe.RequestOptions = {}): Promise<Stripe.SetupIntent> {
    if (setup.stripeSetupIntentId !== null) {
      return this.stripe.setupIntents
        .retrieve(setup.stripeSetupIntentId, {}, patience)
        .catch(unanswered('the saving of a card'));
    }
    const customer = await this.customerOf(setup, patience);
    const ageMs = (await this.clock.now()).getTime() - setup.createdAt.getTime();
    const found = ageMs > KEY_LIFE_MS ? await this.among(customer, setup) : undefined;
    return found ?? this.make(setup, customer, patience);
  }

  /** Of a setup whose answer was lost; undefined when Stripe has made none. */
  async lookUp(setup: CardSetupRecord): Promise<Stripe.SetupIntent | undefined> {
    const { stripeCustomerId } = await this.customerRow(setup);
    return stripeCustomerId === null ? undefined : this.among(stripeCustomerId, setup);
  }

  private async make(
    setup: CardSetupRecord,
    customer: string,
    patience: Stripe.RequestOptions,
  ): Promise<Stripe.SetupIntent> {
    const { coachId, id: setupId } = setup;
    const parameters: Stripe.SetupIntentCreateParams = {
      customer,
      usage: 'off_session',
      automatic_payment_methods: { enabled: true, allow_redirects: 'never' },
      metadata: { coachId, setupId },
    };
    const idempotencyKey = `setup:${setupId}:${setup.stripeKeyNumber}`;
    try {
      return await this.stripe.setupIntents.create(parameters, { ...patience, idempotencyKey });
    } catch (error) {
      const { outcome } = stripeFailure(error);
      if (outcome === 'unknown') throw new StripeOutcomeUnknown('the saving of a card', error);
      const found = outcome === 'spent' ? await this.among(customer, setup) : undefined;
      if (found !== undefined) return found;
      await this.database.execute(sql`
        update card_setups set stripe_key_number = stripe_key_number + 1
        where coach_id = ${coachId} and id = ${setupId} and stripe_key_number = ${setup.stripeKeyNumber}
          and stripe_setup_intent_id is null`);
      throw refusal(error, 'the saving of a card');
    }
  }

  /** By our own ids in its metadata. */
  private async among(customer: string, setup: CardSetupRecord): Promise<Stripe.SetupIntent | undefined> {
    for await (const intent of this.stripe.setupIntents.list({ customer, limit: 100 })) {
      if (intent.metadata?.['setupId'] === setup.id && intent.metadata['coachId'] === setup.coachId)
        return intent;
    }
    return undefined;
  }

  /**
   * The pair's customer. Should a lost answer and a forgotten key lead to two, the one that is noted counts: the other
   * has no card.
   */
  private async customerOf(setup: CardSetupRecord, patience: Stripe.RequestOptions): Promise<string> {
    const row = await this.customerRow(setup);
    if (row.stripeCustomerId !== null) return row.stripeCustomerId;
    const { coachId, clientId } = setup;
    const idempotencyKey = `customer:${clientId}:${row.stripeKeyNumber}`;
    try {
      const made = await this.stripe.customers.create(
        { metadata: { coachId, clientId } },
        { ...patience, idempotencyKey },
      );
      await this.database.execute(sql`
        update stripe_customers set stripe_customer_id = ${made.id}
        where coach_id = ${coachId} and client_id = ${clientId} and stripe_customer_id is null`);
    } catch (error) {
      const { outcome } = stripeFailure(error);
      if (outcome === 'unknown') throw new StripeOutcomeUnknown('the customer of a card', error);
      await this.database.execute(sql`
        update stripe_customers set stripe_key_number = stripe_key_number + 1
        where coach_id = ${coachId} and client_id = ${clientId} and stripe_key_number = ${row.stripeKeyNumber}
          and stripe_customer_id is null`);
      throw refusal(error, 'the customer of a card');
    }
    const { stripeCustomerId } = await this.customerRow(setup);
    if (stripeCustomerId === null) throw new Error(`The customer of client ${clientId} was not noted.`);
    return stripeCustomerId;
  }

  private customerRow({ coachId, clientId }: CardSetupRecord): Promise<Customer> {
    return this.database.one(sql<Customer>`
      select stripe_customer_id as "stripeCustomerId", stripe_key_number as "stripeKeyNumber"
      from stripe_customers where coach_id = ${coachId} and client_id = ${clientId}`);
  }
}

/** After a key was given up: with the next one it may work, unless Stripe has said no. */
function refusal(error: unknown, what: string): Error {
  const { outcome, code } = stripeFailure(error);
  if (outcome === 'spent') return new StripeOutcomeUnknown(what, error);
  return new Conflict('payments.refused', 'Stripe does not take this card.', {
    extensions: { reason: code },
    cause: error,
  });
}
