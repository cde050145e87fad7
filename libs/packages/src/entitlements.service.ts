import { Injectable } from '@nestjs/common';
import { actorOf, assertVersion, insertAudit, reachableBy, type Principal } from '@app/accounts';
import { Clock, endOfLocalDay, localDateOf, type LocalDate } from '@app/common';
import { Database, sql, together } from '@app/database';
import { insertMessages } from '@app/outbox';
import { moveCredits, type MovedCredits } from './credit-moves';
import { REFUND_CAUSE } from './domain/credits';
import { entitlementColumns, type EntitlementRecord } from './entitlement-record';
import { CreditsOutOfRange, EntitlementNotFound, EntitlementNotOpen, ExpiryRefused } from './packages.errors';
import { creditsAdjusted, entitlementExtended } from './packages.events';

/** What the coach does to a client's package by hand, each with a reason. */
@Injectable()
export class Entitlements {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** @throws EntitlementNotFound also for somebody else's */
  async find(principal: Principal, id: string): Promise<EntitlementRecord> {
    const found = await this.database.maybe(sql<EntitlementRecord>`
      select ${entitlementColumns} from entitlements e where e.id = ${id} and ${reachableBy(principal, 'e')}`);
    if (found === undefined) throw new EntitlementNotFound();
    return found;
  }

  /** For the worker, who acts for nobody. @throws EntitlementNotFound */
  async get(coachId: string, id: string): Promise<EntitlementRecord> {
    const found = await this.database.maybe(sql<EntitlementRecord>`
      select ${entitlementColumns} from entitlements e where e.coach_id = ${coachId} and e.id = ${id}`);
    if (found === undefined) throw new EntitlementNotFound();
    return found;
  }

  /**
   * A later last day, also after the old one: what had expired by it can be spent again, and the client is told anew
   * when the new day is near.
   *
   * @param expiresOn last good day in the coach's zone
   * @throws EntitlementNotFound, VersionMismatch, EntitlementNotOpen, ExpiryRefused for a day that is past or not later;
   *   InvalidTime for one of no calendar, or after the year 2200
   */
  async extend(
    principal: Principal,
    id: string,
    wanted: { expiresOn: LocalDate; reason: string },
    expectedVersion?: number,
  ): Promise<void> {
    const { coachId } = await this.find(principal, id);
    await this.database.transaction(async () => {
      const { timezone, ...present } = await this.lock(coachId, id);
      assertVersion(expectedVersion, present.version);
      if (present.status !== 'active' && present.status !== 'expired')
        throw new EntitlementNotOpen(present.status);
      assertLater(wanted.expiresOn, present.expiresOn, localDateOf(await this.clock.now(), timezone));
      endOfLocalDay(wanted.expiresOn, timezone); // there is such a day, and its end can be shown
      const revived = await this.expiredCredits(coachId, id);
      const { version } = await this.setExpiry(principal, present, wanted, revived);
      await this.database.execute(
        together(
          insertAudit({
            coachId,
            actor: actorOf(principal),
            action: 'entitlement.extend',
            objectType: 'entitlement',
            objectId: id,
            objectVersion: version,
            cause: wanted.reason,
            before: { expiresOn: present.expiresOn, status: present.status },
            after: { expiresOn: wanted.expiresOn, status: 'active', revived },
          }),
          insertMessages([entitlementExtended(present, wanted.expiresOn)]),
        ),
      );
    });
  }

  /**
   * Credits given or taken away by hand.
   *
   * @param wanted.credits signed, not 0
   * @throws EntitlementNotFound, VersionMismatch, EntitlementNotOpen, CreditsOutOfRange with what is left
   */
  async adjust(
    principal: Principal,
    id: string,
    wanted: { credits: number; reason: string },
    expectedVersion?: number,
  ): Promise<void> {
    const { coachId } = await this.find(principal, id);
    await this.database.transaction(async () => {
      const present = await this.lock(coachId, id);
      assertVersion(expectedVersion, present.version);
      if (present.status !== 'active') throw new EntitlementNotOpen(present.status);
      const moved = await this.database.maybe(
        moveCredits({
          coachId,
          entitlementId: id,
          kind: 'adjust',
          amount: wanted.credits,
          cause: wanted.reason,
          actor: actorOf(principal),
          where: sql`e.status = 'active'`,
        }),
      );
      if (moved === undefined) throw new CreditsOutOfRange(present.remaining);
      await this.database.execute(
        together(
          insertAudit({
            coachId,
            actor: actorOf(principal),
            action: 'entitlement.adjust',
            objectType: 'entitlement',
            objectId: id,
            objectVersion: moved.version,
            cause: wanted.reason,
            before: { remaining: present.remaining },
            after: { remaining: moved.remaining },
          }),
          insertMessages([creditsAdjusted(present, wanted.credits)]),
        ),
      );
    });
  }

  /** Writes the new day, with an entry when credits come back by it. */
  private async setExpiry(
    principal: Principal,
    { coachId, id }: EntitlementRecord,
    { expiresOn, reason }: { expiresOn: LocalDate; reason: string },
    revived: number,
  ): Promise<MovedCredits> {
    const assignments = [sql`expires_on = ${expiresOn}::date`, sql`status = 'active'`];
    if (revived > 0) {
      return this.database.one(
        moveCredits({
          coachId,
          entitlementId: id,
          kind: 'revive',
          amount: revived,
          cause: reason,
          actor: actorOf(principal),
          set: assignments,
          where: sql`e.status in ('active', 'expired')`,
        }),
      );
    }
    return this.database.one(sql<MovedCredits>`
      update entitlements e set ${sql.join(assignments)}, version = e.version + 1, updated_at = app_now()
      where e.coach_id = ${coachId} and e.id = ${id} returning e.remaining, e.version`);
  }

  /** Those that expired and were not revived since. A person may name any reason for reviving, also "refund". */
  async expiredCredits(coachId: string, id: string): Promise<number> {
    const { expired } = await this.database.one(sql<{ expired: number }>`
      select coalesce(-sum(amount), 0)::int as expired from credit_entries
      where coach_id = ${coachId} and entitlement_id = ${id} and kind in ('expire', 'revive')
        and not (kind = 'expire' and cause = ${REFUND_CAUSE})`);
    return expired;
  }

  private async lock(coachId: string, id: string): Promise<EntitlementRecord & { timezone: string }> {
    return this.database.one(sql<EntitlementRecord & { timezone: string }>`
      select ${entitlementColumns}, c.timezone from entitlements e join coaches c on c.coach_id = e.coach_id
      where e.coach_id = ${coachId} and e.id = ${id} for no key update of e`);
  }
}

function assertLater(wanted: LocalDate, present: LocalDate | null, today: LocalDate): void {
  if (present !== null && wanted <= present)
    throw new ExpiryRefused(`The package is good until ${present}: name a later day.`);
  if (wanted < today) throw new ExpiryRefused('The new day is over already.');
}
