import { Injectable } from '@nestjs/common';
import { actorOf, insertAudit, STRIPE, WORKER, type Principal } from '@app/accounts';
import { Clock, newId } from '@app/common';
import { Database, sql, together } from '@app/database';
import { CoachOfCardMissing, CoachOfCardNotFound, ConsentPolicyNotFound } from './payments.errors';
import { cardSetupColumns, type CardSetupRecord } from './saved-card-record';
import { SavedCards } from './saved-cards.service';
import { SetupIntents } from './setup-intents.service';
import type { Stripe } from './stripe-client';
import { idOf, reference } from './stripe-reading';

/** What the client agrees to: that the card may be charged without them, under a version of the coach's policy. */
export interface CardConsent {
  /** Absent: the client's only coach. */
  coachId?: string;
  /** As it was shown. */
  text: string;
  policyId: string;
}

/** A person's request does not stand out a Stripe that is away. */
const WHILE_SOMEBODY_WAITS = { timeout: 4_000, maxNetworkRetries: 1 };

/** The way of a card until it is saved. Whether it is, Stripe alone tells. */
@Injectable()
export class CardSetups {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly intents: SetupIntents,
    private readonly cards: SavedCards,
  ) {}

  /** @throws CoachOfCardMissing, CoachOfCardNotFound, ConsentPolicyNotFound */
  async open(principal: Principal, consent: CardConsent): Promise<CardSetupRecord> {
    return this.database.transaction(async () => {
      const { coachId, clientId } = await this.pairOf(principal, consent.coachId);
      await this.assertPolicy(coachId, consent.policyId);
      const [id, now] = [newId(), await this.clock.now()];
      await this.database.execute(sql`
        insert into stripe_customers (coach_id, client_id, created_at) values (${coachId}, ${clientId}, ${now})
        on conflict do nothing`);
      await this.database.execute(sql`
        insert into card_setups (coach_id, id, client_id, status, created_at, updated_at)
        values (${coachId}, ${id}, ${clientId}, 'open', ${now}, ${now})`);
      await this.database.execute(
        together(
          sql`insert into card_consents (coach_id, setup_id, client_id, text, policy_id, method, given_by, given_at)
            values (${coachId}::uuid, ${id}::uuid, ${clientId}::uuid, ${consent.text}::text, ${consent.policyId}::uuid, 'app',
              ${principal.accountId}::uuid, ${now}::timestamptz)`,
          insertAudit({
            coachId,
            actor: actorOf(principal),
            action: 'card_setup.open',
            objectType: 'card_setup',
            objectId: id,
            objectVersion: 1,
            after: { clientId, policyId: consent.policyId },
          }),
        ),
      );
      return this.get(coachId, id);
    });
  }

  /**
   * What Stripe.js saves the card with; null when that is over. Asks Stripe, so never inside a transaction; it is not stored.
   *
   * @throws StripeOutcomeUnknown when Stripe does not answer
   */
  async clientSecret(coachId: string, setupId: string): Promise<string | null> {
    const setup = await this.get(coachId, setupId);
    if (setup.status === 'succeeded' || setup.status === 'canceled') return null;
    const intent = await this.intents.ofSetup(setup, WHILE_SOMEBODY_WAITS);
    if (setup.stripeSetupIntentId === null) await this.keepIntent(setup, intent.id);
    return intent.client_secret;
  }

  private async keepIntent({ coachId, id }: CardSetupRecord, intentId: string): Promise<void> {
    await this.database.transaction(async () => {
      const kept = await this.database.maybe(sql<{ version: number }>`
        update card_setups set stripe_setup_intent_id = ${intentId}, version = version + 1, updated_at = app_now()
        where coach_id = ${coachId} and id = ${id} and stripe_setup_intent_id is null returning version`);
      if (kept === undefined) return;
      await this.database.execute(
        insertAudit({
          coachId,
          actor: WORKER,
          action: 'card_setup.prepare',
          objectType: 'card_setup',
          objectId: id,
          objectVersion: kept.version,
          after: { stripeSetupIntentId: intentId },
        }),
      );
    });
  }

  /** Reads the SetupIntent at Stripe and applies its present state; one that is not ours changes nothing. */
  async sync(intentId: string): Promise<void> {
    const intent = await this.intents.read(intentId);
    if (intent !== undefined) await this.apply(intent);
  }

  /** The same for a setup of ours, also when nobody has noted its SetupIntent. */
  async syncSetup(coachId: string, setupId: string): Promise<void> {
    const setup = await this.get(coachId, setupId);
    const intent =
      setup.stripeSetupIntentId === null
        ? await this.intents.lookUp(setup)
        : await this.intents.read(setup.stripeSetupIntentId);
    if (intent !== undefined) await this.apply(intent);
  }

  private async apply(intent: Stripe.SetupIntent): Promise<void> {
    const methodId = intent.status === 'succeeded' ? idOf(intent.payment_method) : null;
    const method = methodId === null ? undefined : await this.intents.readMethod(methodId);
    await this.database.transaction(async () => {
      const setup = await this.lockOwn(intent);
      if (setup === undefined || setup.status === 'succeeded') return;
      const { status, failureCode } = outcomeOf(intent, method);
      const isKnown = setup.stripeSetupIntentId !== null;
      if (isKnown && setup.status === status && setup.failureCode === failureCode) return;
      const { coachId, id } = setup;
      await this.database.execute(
        together(
          sql`update card_setups set status = ${status}, failure_code = ${failureCode}::text, next_sync_at = null,
            stripe_setup_intent_id = ${intent.id}, version = version + 1, updated_at = app_now()
            where coach_id = ${coachId} and id = ${id}`,
          insertAudit({
            coachId,
            actor: STRIPE,
            action: `card_setup.${status}`,
            objectType: 'card_setup',
            objectId: id,
            objectVersion: setup.version + 1,
            before: { status: setup.status },
            after: { status, failureCode },
          }),
        ),
      );
      if (status === 'succeeded' && method !== undefined) await this.cards.save(setup, method);
    });
  }

  /** By the intent it has, or, when the intent is faster than our own note of it, by the ids in its metadata. */
  private async lockOwn(intent: Stripe.SetupIntent): Promise<CardSetupRecord | undefined> {
    const known = await this.database.maybe(sql<CardSetupRecord>`
      select ${cardSetupColumns} from card_setups s where s.stripe_setup_intent_id = ${intent.id} for no key update`);
    const own = reference(intent.metadata, 'setupId');
    if (known !== undefined || own === undefined) return known;
    return this.database.maybe(sql<CardSetupRecord>`
      select ${cardSetupColumns} from card_setups s
      where s.coach_id = ${own.coachId} and s.id = ${own.id} and s.stripe_setup_intent_id is null for no key update`);
  }

  private async pairOf(
    principal: Principal,
    coachId: string | undefined,
  ): Promise<{ coachId: string; clientId: string }> {
    const pairs = await this.database.many(sql<{ coachId: string; clientId: string }>`
      select coach_id as "coachId", id as "clientId" from clients
      where account_id = ${principal.accountId} and removed_at is null
        and (${coachId ?? null}::uuid is null or coach_id = ${coachId ?? null}::uuid)
      limit 2`);
    const [pair] = pairs;
    if (pair === undefined) throw new CoachOfCardNotFound();
    if (pairs.length > 1) throw new CoachOfCardMissing();
    return pair;
  }

  private async assertPolicy(coachId: string, policyId: string): Promise<void> {
    const found = await this.database.maybe(
      sql<{ id: string }>`select id from policies where coach_id = ${coachId} and id = ${policyId}`,
    );
    if (found === undefined) throw new ConsentPolicyNotFound();
  }

  private async get(coachId: string, id: string): Promise<CardSetupRecord> {
    return this.database.one(sql<CardSetupRecord>`
      select ${cardSetupColumns} from card_setups s where s.coach_id = ${coachId} and s.id = ${id}`);
  }
}

function outcomeOf(
  intent: Stripe.SetupIntent,
  method: Stripe.PaymentMethod | undefined,
): { status: CardSetupRecord['status']; failureCode: string | null } {
  if (intent.status === 'canceled') return { status: 'canceled', failureCode: null };
  if (intent.status === 'succeeded') {
    // Cards only (domain.md 12): what else was saved is not used.
    return method?.card === undefined
      ? { status: 'failed', failureCode: 'not_a_card' }
      : { status: 'succeeded', failureCode: null };
  }
  const error = intent.last_setup_error;
  if (intent.status !== 'requires_payment_method' || error === null)
    return { status: 'open', failureCode: null };
  return { status: 'failed', failureCode: error.decline_code ?? error.code ?? null };
}
