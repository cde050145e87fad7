import { Injectable } from '@nestjs/common';
import { actorOf, Clients, insertAudit, STRIPE, type Principal } from '@app/accounts';
import { Clock, localDateOf, newId } from '@app/common';
import { Database, sql, together, type RawBuilder } from '@app/database';
import { insertMessages } from '@app/outbox';
import {
  insertPayment,
  paymentOpened,
  PaymentQueries,
  Payments,
  PayoutAccounts,
  type NewPayment,
  type PaymentRecord,
} from '@app/payments';
import { moveCredits } from './credit-moves';
import { expiryDate } from './domain/expiry';
import { entitlementColumns, type EntitlementRecord } from './entitlement-record';
import type { PackageRecord } from './package-record';
import {
  BuyerMisnamed,
  PackageArchived,
  PackageNotFound,
  PackagePriceOutdated,
  TooManyPurchases,
} from './packages.errors';
import { entitlementActivated, entitlementRequested } from './packages.events';
import { Packages } from './packages.service';

/** So many packages of one coach can wait for one client's payment. */
const MOST_AWAITING = 3;
const PAYMENT_HOURS = 24;

/** The coach's side of a sale, and who buys. */
interface Sale {
  currency: string;
  applicationFeeBps: number;
  clientId: string;
}

/** A client buys a package, or a coach sells them one: an entitlement that waits for its payment, and is good from the payment on. */
@Injectable()
export class Purchases {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly packages: Packages,
    private readonly clients: Clients,
    private readonly payoutAccounts: PayoutAccounts,
    private readonly payments: Payments,
    private readonly paymentQueries: PaymentQueries,
  ) {}

  /**
   * Opens an entitlement with its payment. A client buys it for themselves; a coach sells it to one of their clients, who is
   * mailed where to pay.
   *
   * @param clientId of whom a coach sells to; a client names none
   * @returns the entitlement's id
   * @throws PackageNotFound, PackageArchived, PackagePriceOutdated, PayoutsNotReady, TooManyPurchases, BuyerMisnamed, NotFound
   *   for the client
   */
  async open(principal: Principal, packageId: string, clientId?: string): Promise<string> {
    const { coachId } = await this.packages.find(principal, packageId);
    const isSale = principal.kind === 'coach';
    if (isSale !== (clientId !== undefined)) throw new BuyerMisnamed(isSale);
    if (clientId !== undefined) await this.clients.byId(coachId, clientId);
    const stripeAccountId = await this.payoutAccounts.assertReady(coachId);
    return this.database.transaction(async () => {
      const sale = await this.lockSale(principal, coachId, clientId);
      const bought = await this.packages.find(principal, packageId);
      // A client does not even see what is no longer sold.
      if (bought.archivedAt !== null) throw new PackageArchived();
      if (bought.currency !== sale.currency) throw new PackagePriceOutdated(bought.currency, sale.currency);
      const now = await this.clock.now();
      const entitlement = { coachId, id: newId() };
      const payment: NewPayment = {
        coachId,
        id: newId(),
        clientId: sale.clientId,
        sessionId: null,
        entitlementId: entitlement.id,
        amountMinor: bought.priceMinor,
        currency: bought.currency,
        applicationFeeBps: sale.applicationFeeBps,
        stripeAccountId,
        now,
      };
      await this.database.execute(
        together(
          insertEntitlement(
            bought,
            entitlement.id,
            { clientId: sale.clientId, soldBy: isSale ? 'coach' : 'client' },
            now,
          ),
          insertPayment(payment),
          insertAudit({
            coachId,
            actor: actorOf(principal),
            action: 'entitlement.request',
            objectType: 'entitlement',
            objectId: entitlement.id,
            objectVersion: 1,
            after: { packageId, clientId: sale.clientId, status: 'awaiting_payment', paymentId: payment.id },
          }),
          insertMessages([entitlementRequested(entitlement), paymentOpened(payment)]),
        ),
      );
      return entitlement.id;
    });
  }

  /**
   * Job: brings an entitlement in line with its payment, whatever order the news came in. Money is always honoured, also
   * when it comes after the time to pay, unless all of it has gone back before we knew of it: then nothing was bought.
   * What was called off unpaid is not to be paid any more. A payment for something else changes nothing.
   */
  async followPayment(coachId: string, paymentId: string): Promise<void> {
    const { entitlementId } = await this.paymentQueries.payment(coachId, paymentId);
    if (entitlementId === null) return;
    const status = await this.database.transaction(async () => {
      const entitlement = await this.lock(coachId, entitlementId);
      // Read under the lock: what was captured before is seen, and what is captured later is announced again.
      const payment = await this.paymentQueries.payment(coachId, paymentId);
      const isOpen = entitlement.status === 'awaiting_payment' || entitlement.status === 'cancelled';
      if (payment.capturedMinor === 0) return entitlement.status;
      if (!isOpen) return 'active';
      if (await this.wentBackWhole(payment)) await this.callOff(entitlement);
      else await this.activate(entitlement);
      return 'active';
    });
    // A transaction of its own: a payment is locked before an entitlement.
    if (status === 'cancelled') {
      await this.database.transaction(() => this.payments.cancel(coachId, paymentId));
    }
  }

  /** By our own books, or by Stripe's word when the capture was read; a refund that has failed since is none. */
  private async wentBackWhole(payment: PaymentRecord): Promise<boolean> {
    const { coachId, id, capturedMinor, refundedMinor, stripeRefundedMinor } = payment;
    if (refundedMinor >= capturedMinor) return true;
    if (stripeRefundedMinor < capturedMinor) return false;
    const { failed } = await this.database.one(sql<{ failed: boolean }>`
      select exists (select from refunds where coach_id = ${coachId} and payment_id = ${id} and status = 'failed') as failed`);
    return !failed;
  }

  /** Its money came and went before anybody knew: nothing was bought. */
  private async callOff({ coachId, id, status }: EntitlementRecord): Promise<void> {
    if (status === 'cancelled') return;
    const { version } = await this.database.one(sql<{ version: number }>`
      update entitlements set status = 'cancelled', version = version + 1, updated_at = app_now()
      where coach_id = ${coachId} and id = ${id} returning version`);
    await this.database.execute(
      insertAudit({
        coachId,
        actor: STRIPE,
        action: 'entitlement.cancel',
        objectType: 'entitlement',
        objectId: id,
        objectVersion: version,
        cause: 'the payment was refunded in full',
        before: { status },
        after: { status: 'cancelled' },
      }),
    );
  }

  private async activate(entitlement: EntitlementRecord): Promise<void> {
    const { coachId, id, sessionCount, validityDays } = entitlement;
    const { timezone } = await this.database.one(
      sql<{ timezone: string }>`select timezone from coaches where coach_id = ${coachId}`,
    );
    const purchasedOn = localDateOf(await this.clock.now(), timezone);
    const expiresOn = expiryDate(purchasedOn, validityDays);
    const { version } = await this.database.one(
      moveCredits({
        coachId,
        entitlementId: id,
        kind: 'grant',
        amount: sessionCount,
        cause: 'purchase',
        actor: STRIPE,
        set: [
          sql`status = 'active'`,
          sql`purchased_on = ${purchasedOn}::date`,
          sql`expires_on = ${expiresOn}::date`,
        ],
        where: sql`e.status in ('awaiting_payment', 'cancelled')`,
      }),
    );
    await this.database.execute(
      together(
        insertAudit({
          coachId,
          actor: STRIPE,
          action: 'entitlement.activate',
          objectType: 'entitlement',
          objectId: id,
          objectVersion: version,
          before: { status: entitlement.status },
          after: { status: 'active', purchasedOn, expiresOn, remaining: sessionCount },
        }),
        insertMessages([entitlementActivated(entitlement)]),
      ),
    );
  }

  /** The client's row, so that two purchases of one client count each other. */
  private async lockSale(principal: Principal, coachId: string, clientId?: string): Promise<Sale> {
    const buyer =
      clientId === undefined
        ? sql`m.account_id = ${principal.accountId}::uuid`
        : sql`m.id = ${clientId}::uuid`;
    const sale = await this.database.maybe(sql<Sale>`
      select c.currency, c.application_fee_bps as "applicationFeeBps", m.id as "clientId"
      from clients m join coaches c on c.coach_id = m.coach_id
      where m.coach_id = ${coachId} and ${buyer} and m.removed_at is null
      for no key update of m`);
    if (sale === undefined) throw new PackageNotFound();
    const { awaiting } = await this.database.one(sql<{ awaiting: number }>`
      select count(*)::int as awaiting from entitlements
      where coach_id = ${coachId} and client_id = ${sale.clientId} and status = 'awaiting_payment'
        and awaits_payment_until > app_now()`);
    if (awaiting >= MOST_AWAITING) throw new TooManyPurchases(MOST_AWAITING);
    return sale;
  }

  private async lock(coachId: string, id: string): Promise<EntitlementRecord> {
    return this.database.one(sql<EntitlementRecord>`
      select ${entitlementColumns} from entitlements e
      where e.coach_id = ${coachId} and e.id = ${id} for no key update`);
  }
}

/** As bought: what the coach changes later does not reach it. */
function insertEntitlement(
  bought: PackageRecord,
  id: string,
  { clientId, soldBy }: { clientId: string; soldBy: 'client' | 'coach' },
  now: Date,
): RawBuilder<unknown> {
  return sql`insert into entitlements
    (coach_id, id, client_id, package_id, package_name, session_count, price_minor, currency, validity_days, expiry_meaning,
      offering_ids, status, sold_by, awaits_payment_until, created_at, updated_at)
    values (${bought.coachId}::uuid, ${id}::uuid, ${clientId}::uuid, ${bought.id}::uuid, ${bought.name}, ${bought.sessionCount}::int,
      ${bought.priceMinor}::bigint, ${bought.currency}, ${bought.validityDays}::int, ${bought.expiryMeaning},
      ${bought.offeringIds}::uuid[], 'awaiting_payment', ${soldBy}, ${now}::timestamptz + make_interval(hours => ${PAYMENT_HOURS}),
      ${now}::timestamptz, ${now}::timestamptz)`;
}
