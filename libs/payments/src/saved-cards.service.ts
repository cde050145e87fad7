import { Injectable } from '@nestjs/common';
import {
  actorOf,
  assertVersion,
  insertAudit,
  reachableBy,
  STRIPE,
  type Actor,
  type Principal,
} from '@app/accounts';
import { Clock, newId } from '@app/common';
import { Database, sql, together } from '@app/database';
import { Outbox } from '@app/outbox';
import type { Slice } from './payment.queries';
import { PaymentMethodNotFound } from './payments.errors';
import { cardRemovalRequested } from './payments.events';
import {
  savedCardColumns,
  savedCards,
  type CardSetupRecord,
  type SavedCardRecord,
} from './saved-card-record';
import { SetupIntents } from './setup-intents.service';
import type { Stripe } from './stripe-client';
import { idOf } from './stripe-reading';

export interface SavedCardFilter {
  clientId?: string;
}

/** Cards that clients have saved, each for one coach. The newest of a pair is its default. */
@Injectable()
export class SavedCards {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly outbox: Outbox,
    private readonly intents: SetupIntents,
  ) {}

  /** Those that may be used, newest first; `limit + 1` rows, so that the caller sees whether there are more. */
  async list(principal: Principal, filter: SavedCardFilter, slice: Slice): Promise<SavedCardRecord[]> {
    const conditions = [
      reachableBy(principal, 'm'),
      sql`m.status = 'usable'`,
      ...(filter.clientId === undefined ? [] : [sql`m.client_id = ${filter.clientId}`]),
      ...(slice.before === undefined ? [] : [sql`m.id < ${slice.before}`]),
    ];
    return this.database.many(sql<SavedCardRecord>`
      select ${savedCardColumns} from ${savedCards} where ${sql.join(conditions, sql` and `)}
      order by m.id desc limit ${slice.limit + 1}`);
  }

  /** Whether this client of the coach has a card that may be charged without them, with their consent. */
  async isChargeable(coachId: string, clientId: string): Promise<boolean> {
    const { isChargeable } = await this.database.one(sql<{ isChargeable: boolean }>`
      select exists (select from ${savedCards} join clients k on k.coach_id = m.coach_id and k.id = m.client_id
        where m.coach_id = ${coachId} and m.client_id = ${clientId} and m.status = 'usable' and m.is_default
          and k.removed_at is null) as "isChargeable"`);
    return isChargeable;
  }

  /**
   * From now on it is not used; the worker has Stripe forget it. Doing it again changes nothing.
   *
   * @throws PaymentMethodNotFound also for somebody else's; VersionMismatch
   */
  async remove(principal: Principal, id: string, expectedVersion?: number): Promise<void> {
    await this.database.transaction(async () => {
      const found = await this.database.maybe(sql<SavedCardRecord>`
        select ${savedCardColumns} from ${savedCards} where m.id = ${id} and ${reachableBy(principal, 'm')}`);
      if (found === undefined) throw new PaymentMethodNotFound();
      const card = await this.lock(found.coachId, found.clientId, id);
      if (card.status !== 'usable') return;
      assertVersion(expectedVersion, card.version);
      await this.end(card, 'removing', actorOf(principal));
      await this.outbox.add(cardRemovalRequested(card));
    });
  }

  /** Job: brings the card in line with Stripe, and has it forgotten there where the client wants that. */
  async settle(coachId: string, id: string): Promise<void> {
    const card = await this.database.maybe(sql<SavedCardRecord>`
      select ${savedCardColumns} from ${savedCards} where m.coach_id = ${coachId} and m.id = ${id}`);
    if (card === undefined) throw new PaymentMethodNotFound();
    if (card.status === 'removed') return;
    if (card.status === 'removing') await this.intents.detach(card.stripePaymentMethodId);
    await this.apply(card, await this.intents.readMethod(card.stripePaymentMethodId));
  }

  /** Stripe has news of a card; one that is not ours changes nothing. */
  async sync(stripePaymentMethodId: string): Promise<void> {
    const card = await this.database.maybe(sql<SavedCardRecord>`
      select ${savedCardColumns} from ${savedCards} where m.stripe_payment_method_id = ${stripePaymentMethodId}`);
    if (card !== undefined) await this.settle(card.coachId, card.id);
  }

  /** In the transaction in which its setup succeeds. */
  async save(setup: CardSetupRecord, method: Stripe.PaymentMethod): Promise<void> {
    const { coachId, clientId } = setup;
    const { brand, last4, exp_month: month, exp_year: year } = method.card ?? {};
    const customer = await this.lockPair(coachId, clientId);
    const isUsable = customer !== null && idOf(method.customer) === customer;
    const id = newId();
    const now = await this.clock.now();
    if (isUsable) await this.dropDefault(coachId, clientId);
    await this.database.execute(
      together(
        sql`insert into payment_methods (coach_id, id, client_id, setup_id, status, is_default, stripe_payment_method_id, brand, last4,
            expiry_month, expiry_year, created_at, removed_at, updated_at)
          values (${coachId}::uuid, ${id}::uuid, ${clientId}::uuid, ${setup.id}::uuid, ${isUsable ? 'usable' : 'removed'}::text, ${isUsable}::boolean,
            ${method.id}::text, ${brand}::text, ${last4}::text, ${month}::integer, ${year}::integer, ${now}::timestamptz,
            ${isUsable ? null : now}::timestamptz, ${now}::timestamptz)`,
        insertAudit({
          coachId,
          actor: STRIPE,
          action: 'payment_method.save',
          objectType: 'payment_method',
          objectId: id,
          objectVersion: 1,
          after: { clientId, setupId: setup.id, isDefault: isUsable },
        }),
      ),
    );
  }

  private async apply(seen: SavedCardRecord, method: Stripe.PaymentMethod | undefined): Promise<void> {
    await this.database.transaction(async () => {
      const card = await this.lock(seen.coachId, seen.clientId, seen.id);
      if (card.status === 'removed') return;
      if (method === undefined || idOf(method.customer) !== card.stripeCustomerId)
        return this.end(card, 'removed', STRIPE);
      const { exp_month: month = card.expiryMonth, exp_year: year = card.expiryYear } = method.card ?? {};
      if (month === card.expiryMonth && year === card.expiryYear) return;
      // The bank has sent a new card in its place.
      await this.change(
        card,
        STRIPE,
        'payment_method.renew',
        sql`expiry_month = ${month}, expiry_year = ${year}`,
      );
    });
  }

  private async end(card: SavedCardRecord, status: 'removing' | 'removed', actor: Actor): Promise<void> {
    const removedAt = status === 'removed' ? sql`app_now()` : sql`null`;
    await this.change(
      card,
      actor,
      status === 'removed' ? 'payment_method.removed' : 'payment_method.remove',
      sql`status = ${status}, is_default = false, removed_at = ${removedAt}`,
    );
    if (!card.isDefault) return;
    const next = await this.database.maybe(sql<SavedCardRecord>`
      select ${savedCardColumns} from ${savedCards}
      where m.coach_id = ${card.coachId} and m.client_id = ${card.clientId} and m.status = 'usable' order by m.id desc limit 1`);
    if (next !== undefined)
      await this.change(next, actor, 'payment_method.make_default', sql`is_default = true`);
  }

  private async dropDefault(coachId: string, clientId: string): Promise<void> {
    const former = await this.database.maybe(sql<SavedCardRecord>`
      select ${savedCardColumns} from ${savedCards} where m.coach_id = ${coachId} and m.client_id = ${clientId} and m.is_default`);
    if (former !== undefined)
      await this.change(former, STRIPE, 'payment_method.yield_default', sql`is_default = false`);
  }

  private async change(
    card: SavedCardRecord,
    actor: Actor,
    action: string,
    assignments: ReturnType<typeof sql>,
  ): Promise<void> {
    const { coachId, id } = card;
    await this.database.execute(
      together(
        sql`update payment_methods set ${assignments}, next_sync_at = null, version = version + 1, updated_at = app_now()
          where coach_id = ${coachId} and id = ${id}`,
        insertAudit({
          coachId,
          actor,
          action,
          objectType: 'payment_method',
          objectId: id,
          objectVersion: card.version + 1,
          before: { status: card.status, isDefault: card.isDefault },
        }),
      ),
    );
  }

  /** The pair's cards change one after the other: there is one default. */
  private async lock(coachId: string, clientId: string, id: string): Promise<SavedCardRecord> {
    await this.lockPair(coachId, clientId);
    return this.database.one(sql<SavedCardRecord>`
      select ${savedCardColumns} from ${savedCards} where m.coach_id = ${coachId} and m.id = ${id}`);
  }

  /** @returns the pair's customer at Stripe */
  private async lockPair(coachId: string, clientId: string): Promise<string | null> {
    const { stripeCustomerId } = await this.database.one(sql<{ stripeCustomerId: string | null }>`
      select stripe_customer_id as "stripeCustomerId" from stripe_customers
      where coach_id = ${coachId} and client_id = ${clientId} for no key update`);
    return stripeCustomerId;
  }
}
