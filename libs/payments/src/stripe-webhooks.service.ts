import { Inject, Injectable } from '@nestjs/common';
import { z } from 'zod';
import { CONFIG, type SharedConfig } from '@app/common';
import { Database, sql } from '@app/database';
import { Outbox } from '@app/outbox';
import { Checkout } from './checkout.service';
import { CardSetups } from './card-setups.service';
import { Disputes } from './disputes.service';
import { FOLLOWED_EVENTS, type Reading } from './followed-events';
import { stripeEventReceived } from './payments.events';
import { WebhookRefused } from './payments.errors';
import { Payments } from './payments.service';
import { PayoutAccounts } from './payout-accounts.service';
import { Refunds } from './refunds.service';
import { SavedCards } from './saved-cards.service';
import { isLiveKey, Stripe } from './stripe-client';

const MOST_BYTES = 256 * 1_024;

const reference = z.string().max(255).optional().catch(undefined);

/** What is kept of the object an event is about: enough to find it again, nothing that names people or opens payments. */
const objectReferences = z.object({
  id: reference,
  object: reference,
  status: reference,
  payment_intent: reference,
  originating_transaction: reference,
  source_transaction: reference,
});
type ObjectReferences = z.infer<typeof objectReferences>;

/** What is read of an event; its signature says that Stripe has sent it, not that it is well-formed. */
const stripeEvent = z.object({
  id: z.string().min(1).max(255),
  type: z.string().min(1).max(255),
  livemode: z.boolean(),
  created: z.number().optional(),
  api_version: z.string().nullish(),
  account: z.string().max(255).nullish(),
  data: z.object({ object: objectReferences }),
});
type ReceivedEvent = z.infer<typeof stripeEvent>;

interface StoredEvent {
  type: string;
  account: string | null;
  payload: { object: ObjectReferences };
  processedAt: Date | null;
}

/** Stripe's notices: stored once before they are answered, and then only a reason to read the object's present state. */
@Injectable()
export class StripeWebhooks {
  constructor(
    private readonly database: Database,
    private readonly outbox: Outbox,
    private readonly stripe: Stripe,
    private readonly payments: Payments,
    private readonly refunds: Refunds,
    private readonly payoutAccounts: PayoutAccounts,
    private readonly cardSetups: CardSetups,
    private readonly savedCards: SavedCards,
    private readonly disputes: Disputes,
    private readonly checkout: Checkout,
    @Inject(CONFIG) private readonly config: SharedConfig,
  ) {}

  /**
   * @param rawBody as it came over the wire: the signature is over these bytes
   * @throws WebhookRefused for a signature that is false or older than 300 seconds, a body above 256 KB, or an event
   *   of the other mode (live or test)
   */
  async receive(rawBody: Buffer, signature: string): Promise<void> {
    if (rawBody.byteLength > MOST_BYTES)
      throw new WebhookRefused('too_large', 'An event has at most 256 KB.');
    const event = this.verified(rawBody, signature);
    if (event.livemode !== isLiveKey(this.config.STRIPE_SECRET_KEY)) {
      throw new WebhookRefused('mode', 'The event belongs to the other mode, live or test.');
    }
    const { object } = event.data;
    const payload = { created: event.created, apiVersion: event.api_version ?? null, object };
    await this.database.transaction(async () => {
      const stored = await this.database.maybe(sql<{ id: string }>`
        insert into stripe_events (id, type, account, object_id, payload)
        values (${event.id}, ${event.type}, ${event.account ?? null}::text, ${object.id ?? null}::text, ${JSON.stringify(payload)}::jsonb)
        on conflict (id) do nothing returning id`);
      if (stored !== undefined) await this.outbox.add(stripeEventReceived(event.id));
    });
  }

  /** Several secrets are good at a time: of the platform's endpoint, of Connect's, and an old one while it is replaced. */
  private verified(rawBody: Buffer, signature: string): ReceivedEvent {
    for (const secret of this.config.STRIPE_WEBHOOK_SECRETS.split(',')) {
      try {
        return stripeEvent.parse(this.stripe.webhooks.constructEvent(rawBody, signature, secret.trim()));
      } catch (error) {
        if (error instanceof Stripe.errors.StripeSignatureVerificationError) continue;
        throw new WebhookRefused('not_an_event', 'The body is not an event of Stripe.');
      }
    }
    throw new WebhookRefused('signature', 'The signature is missing, false, or too old.');
  }

  /** Job: reads what the event is about at Stripe, once; a repetition after success does nothing. */
  async process(eventId: string): Promise<void> {
    const event = await this.database.maybe(sql<StoredEvent>`
      select type, account, payload, processed_at as "processedAt" from stripe_events where id = ${eventId}`);
    if (event === undefined || event.processedAt !== null) return;
    await this.follow(event.type, event.account, event.payload.object);
    await this.database.execute(sql`
      update stripe_events set processed_at = clock_timestamp() where id = ${eventId} and processed_at is null`);
  }

  private async follow(type: string, account: string | null, object: ObjectReferences): Promise<void> {
    const followed = FOLLOWED_EVENTS[type];
    if (followed === undefined) return;
    const [reading, place] = followed;
    // Other objects of connected accounts are the coaches' own view of what the platform sees itself.
    if (account !== null && reading !== 'payoutAccount') return;
    const id = object[place];
    if (id !== undefined) await this.read(reading, id);
  }

  private async read(reading: Reading, id: string): Promise<void> {
    switch (reading) {
      case 'payment':
        return this.payments.sync(id);
      case 'refund':
        return this.refunds.sync(id);
      case 'refundsOfPayment':
        return this.refunds.syncPayment(id);
      case 'refundsOfCharge':
        return this.refunds.syncCharge(id);
      case 'dispute':
        return this.disputes.sync(id);
      case 'page':
        return this.checkout.sync(id);
      case 'cardSetup':
        return this.cardSetups.sync(id);
      case 'savedCard':
        return this.savedCards.sync(id);
      case 'payoutAccount':
        return this.payoutAccounts.refreshFrom(id);
    }
  }
}
