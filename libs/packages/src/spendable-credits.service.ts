import { Injectable } from '@nestjs/common';
import type { LocalDate } from '@app/common';
import { Database, isInTransaction, sql } from '@app/database';
import type { ExpiryMeaning } from './domain/expiry';
import { isUndisputed } from './entitlement-record';
import { EntitlementNotFound } from './packages.errors';

/** Whose credits, and for what. */
export interface CreditSearch {
  coachId: string;
  clientId: string;
  offeringId: string;
  /** This one alone. */
  entitlementId?: string | null;
}

/** A package that can pay for sessions of an offering now. */
export interface SpendableCredit {
  entitlementId: string;
  packageName: string;
  /** Credits that can be drawn. */
  remaining: number;
  /** Local day of the coach, still good. */
  expiresOn: LocalDate;
  expiryMeaning: ExpiryMeaning;
}

/** What can pay for many sessions, looked up at once: `Credits` takes them one by one. */
@Injectable()
export class SpendableCredits {
  constructor(private readonly database: Database) {}

  /**
   * In the order in which credits are drawn. In a transaction the packages are locked, so that what is said here is what
   * can be drawn.
   */
  async of({ coachId, clientId, offeringId, entitlementId }: CreditSearch): Promise<SpendableCredit[]> {
    const named = entitlementId ?? null;
    return this.database.many(sql<SpendableCredit>`
      select e.id as "entitlementId", e.package_name as "packageName", e.remaining, e.expires_on as "expiresOn",
        e.expiry_meaning as "expiryMeaning"
      from entitlements e join coaches c on c.coach_id = e.coach_id
      where e.coach_id = ${coachId} and e.client_id = ${clientId} and (${named}::uuid is null or e.id = ${named}::uuid)
        and e.status = 'active' and e.remaining > 0 and ${offeringId}::uuid = any (e.offering_ids)
        and e.expires_on >= (app_now() at time zone c.timezone)::date and ${isUndisputed}
      order by e.expires_on, e.id ${isInTransaction() ? sql`for no key update of e` : sql``}`);
  }

  /** Whether credits that would pay wait for a bank's decision about their package. */
  async isDisputed({ coachId, clientId, offeringId, entitlementId }: CreditSearch): Promise<boolean> {
    const named = entitlementId ?? null;
    const { disputed } = await this.database.one(sql<{ disputed: boolean }>`
      select exists (select from entitlements e
        where e.coach_id = ${coachId} and e.client_id = ${clientId} and (${named}::uuid is null or e.id = ${named}::uuid)
          and e.status = 'active' and e.remaining > 0 and ${offeringId}::uuid = any (e.offering_ids)
          and not ${isUndisputed}) as disputed`);
    return disputed;
  }

  /**
   * Whether a package of this client pays for such sessions at all, whatever is left of it.
   *
   * @throws EntitlementNotFound also for somebody else's
   */
  async pays({ coachId, clientId, offeringId, entitlementId }: CreditSearch): Promise<boolean> {
    const found = await this.database.maybe(sql<{ pays: boolean }>`
      select ${offeringId}::uuid = any (e.offering_ids) as pays from entitlements e
      where e.coach_id = ${coachId} and e.client_id = ${clientId} and e.id = ${entitlementId ?? null}::uuid`);
    if (found === undefined) throw new EntitlementNotFound();
    return found.pays;
  }
}
