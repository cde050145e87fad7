import { Injectable } from '@nestjs/common';
import { insertAudit, type Actor } from '@app/accounts';
import { Database, isInTransaction, sql, type RawBuilder } from '@app/database';
import { insertMessages } from '@app/outbox';
import type { MovedCredits } from './credit-moves';
import type { REFUND_CAUSE } from './domain/credits';
import { RETURNED_CREDIT_DAYS } from './domain/expiry';
import { LaterRefunds, type ShareDue } from './later-refunds.service';
import { isUndisputed, type EntitlementStatus } from './entitlement-record';
import { NoCreditLeft, PackageDisputed } from './packages.errors';
import { revenueDue } from './packages.events';

/** Which session asks for a credit. */
export interface CreditRequest {
  coachId: string;
  clientId: string;
  sessionId: string;
  offeringId: string;
  startsAt: Date;
  /** Else the one that expires first. */
  entitlementId?: string;
  /** The session had it before: what a bank says of its package since does not matter. */
  isAgain?: boolean;
  cause: string;
  actor: Actor;
}

/** A session whose credit is given back or made final. */
export interface CreditReturn {
  coachId: string;
  sessionId: string;
  cause: string;
  actor: Actor;
}

/**
 * What becomes of a credit that a session gives back: its package has it again, or it is gone with the last day of that, or
 * its share of the price goes back because the package was refunded.
 */
export type CreditOnReturn =
  | { as: 'returned' | 'lost'; share: undefined }
  | { as: 'paid_back'; share: ShareDue };

/** The open debit of a session: neither given back nor final. */
interface OpenDebit {
  entitlementId: string;
  turn: number;
  /** Its entitlement's last day has ended. */
  isExpired: boolean;
  /** Its entitlement was given back and is closed. */
  isRefunded: boolean;
  status: EntitlementStatus;
}

/** What pays for sessions. Always inside the transaction of what happens to the session, under the session's lock. */
@Injectable()
export class Credits {
  constructor(
    private readonly database: Database,
    private readonly laterRefunds: LaterRefunds,
  ) {}

  /**
   * Takes one credit for a session, from the entitlement that is named or expires first.
   *
   * @returns the entitlement, and what is left of it
   * @throws NoCreditLeft; PackageDisputed where the only one that could pay is disputed
   */
  async draw(request: CreditRequest): Promise<MovedCredits & { entitlementId: string }> {
    assertInTransaction();
    const { coachId, sessionId, cause, actor } = request;
    const drawn = await this.database.maybe(sql<MovedCredits & { entitlementId: string }>`
      with chosen as materialized (
        select e.coach_id, e.id from entitlements e join coaches c on c.coach_id = e.coach_id
        where ${wouldPayFor(request)} and ${request.isAgain === true ? sql`true` : isUndisputed}
        order by e.expires_on, e.id limit 1 for no key update of e),
      changed as (
        update entitlements e set remaining = e.remaining - 1, version = e.version + 1, updated_at = app_now()
        from chosen where e.coach_id = chosen.coach_id and e.id = chosen.id and e.remaining > 0
        returning e.coach_id, e.id, e.remaining, e.version),
      entry as (
        insert into credit_entries (coach_id, id, entitlement_id, kind, amount, session_id, turn, cause, actor_kind, actor_id, at)
        select coach_id, uuidv7(), id, 'debit', -1, ${sessionId}::uuid,
          (select 1 + count(*) from credit_entries r
            where r.coach_id = ${coachId} and r.session_id = ${sessionId} and r.kind = 'restore'),
          ${cause}, ${actor.kind}, ${actor.accountId}::uuid, app_now()
        from changed)
      select id as "entitlementId", remaining, version from changed`);
    if (drawn === undefined) throw await this.refusal(request);
    return drawn;
  }

  private async refusal(request: CreditRequest): Promise<NoCreditLeft | PackageDisputed> {
    const disputed = await this.database.maybe(sql<{ name: string }>`
      select e.package_name as name from entitlements e join coaches c on c.coach_id = e.coach_id
      where ${wouldPayFor(request)} and not ${isUndisputed} limit 1`);
    return disputed === undefined ? new NoCreditLeft() : new PackageDisputed(disputed.name);
  }

  /**
   * Gives the credit of a session back; nothing when it has none, or it is final. After the last day it expires at once
   * if the client is why; if the coach is, it can be used for 30 more days. Of a package that was refunded, its share of
   * the price goes back instead.
   */
  async restore({ by, ...request }: CreditReturn & { by: 'client' | 'coach' }): Promise<void> {
    assertInTransaction();
    await this.laterRefunds.lockPayment(request);
    const debit = await this.lockDebit(request);
    if (debit === undefined) return;
    if (isPaidBack(debit, by)) {
      await this.laterRefunds.giveBack(request, debit);
      await this.returnLost(request, debit, 'refund');
    } else if (!debit.isExpired) await this.giveBack(request, debit, sql`status = 'active'`);
    else if (by === 'coach') await this.returnForLonger(request, debit);
    else await this.returnLost(request, debit, 'expired');
    await this.announce(request, debit);
  }

  /** What `restore` would do; undefined where the session holds no credit that could come back. */
  async onReturn(
    session: Pick<CreditReturn, 'coachId' | 'sessionId'>,
    by: 'client' | 'coach',
  ): Promise<CreditOnReturn | undefined> {
    assertInTransaction();
    await this.laterRefunds.lockPayment(session);
    const debit = await this.lockDebit(session);
    if (debit === undefined) return undefined;
    if (isPaidBack(debit, by)) return { as: 'paid_back', share: await this.laterRefunds.due(session, debit) };
    return { as: debit.isExpired && by === 'client' ? 'lost' : 'returned', share: undefined };
  }

  /** The credit of a session is used up for good; nothing when it has none, or it is final already. */
  async forfeit(request: CreditReturn): Promise<void> {
    assertInTransaction();
    const debit = await this.lockDebit(request);
    if (debit === undefined) return;
    await this.database.execute(endOfDebit(request, debit, 'forfeit'));
    await this.announce(request, debit);
  }

  /** What the credit has earned, or earns no more, is booked by the worker. */
  private async announce({ coachId }: CreditReturn, { entitlementId: id }: OpenDebit): Promise<void> {
    await this.database.execute(insertMessages([revenueDue({ coachId, id })]));
  }

  private async giveBack(
    request: CreditReturn,
    debit: OpenDebit,
    assignments: RawBuilder<unknown>,
  ): Promise<void> {
    await this.database.execute(sql`
      with changed as (
        update entitlements e set remaining = e.remaining + 1, ${assignments}, version = e.version + 1, updated_at = app_now()
        where e.coach_id = ${request.coachId} and e.id = ${debit.entitlementId})
      ${endOfDebit(request, debit, 'restore')}`);
  }

  /** What else was left is gone with its last day, also when no sweep has come by yet. */
  private async returnForLonger(request: CreditReturn, debit: OpenDebit): Promise<void> {
    const { coachId } = request;
    await this.database.execute(sql`
      with lost as (
        update entitlements e set remaining = 0
        where e.coach_id = ${coachId} and e.id = ${debit.entitlementId} and e.remaining > 0
        returning old.remaining)
      insert into credit_entries (coach_id, id, entitlement_id, kind, amount, cause, actor_kind, at)
      select ${coachId}::uuid, uuidv7(), ${debit.entitlementId}::uuid, 'expire', -remaining, 'expired', 'worker', app_now()
      from lost`);
    await this.giveBack(
      request,
      debit,
      sql`status = 'active', expires_on = (select (app_now() at time zone c.timezone)::date + ${RETURNED_CREDIT_DAYS}::int
        from coaches c where c.coach_id = e.coach_id)`,
    );
    if (debit.status === 'expired') await this.recordRevival(request, debit);
  }

  /** An act of its own on the package: nobody has extended it. */
  private async recordRevival(
    { coachId, actor, cause }: CreditReturn,
    { entitlementId }: OpenDebit,
  ): Promise<void> {
    const after = await this.database.one(sql<{ version: number; expiresOn: string; remaining: number }>`
      select version, expires_on as "expiresOn", remaining from entitlements
      where coach_id = ${coachId} and id = ${entitlementId}`);
    const { version, ...facts } = after;
    await this.database.execute(
      insertAudit({
        coachId,
        actor,
        action: 'entitlement.revive',
        objectType: 'entitlement',
        objectId: entitlementId,
        objectVersion: version,
        cause,
        before: { status: 'expired' },
        after: { status: 'active', ...facts },
      }),
    );
  }

  /** Two entries that cancel out: the balance stays as it is. */
  private async returnLost(
    request: CreditReturn,
    debit: OpenDebit,
    cause: typeof REFUND_CAUSE | 'expired',
  ): Promise<void> {
    await this.database.execute(endOfDebit(request, debit, 'restore'));
    await this.database.execute(sql`
      insert into credit_entries (coach_id, id, entitlement_id, kind, amount, cause, actor_kind, at)
      values (${request.coachId}::uuid, uuidv7(), ${debit.entitlementId}::uuid, 'expire', -1, ${cause}, 'worker', app_now())`);
  }

  /** Locks the entitlement that the session's open debit was taken from. */
  private async lockDebit({
    coachId,
    sessionId,
  }: Pick<CreditReturn, 'coachId' | 'sessionId'>): Promise<OpenDebit | undefined> {
    return this.database.maybe(sql<OpenDebit>`
      select e.id as "entitlementId", d.turn, e.expires_on < (app_now() at time zone c.timezone)::date as "isExpired",
        e.status = 'refunded' as "isRefunded", e.status
      from credit_entries d
      join entitlements e on e.coach_id = d.coach_id and e.id = d.entitlement_id
      join coaches c on c.coach_id = e.coach_id
      where d.coach_id = ${coachId} and d.session_id = ${sessionId} and d.kind = 'debit'
        and not exists (select from credit_entries r
          where r.coach_id = d.coach_id and r.session_id = d.session_id and r.turn = d.turn and r.kind in ('restore', 'forfeit'))
      for no key update of e`);
  }
}

/** A package that was refunded has no credits any more: their shares go back, unless they would be lost by now. */
function isPaidBack({ isRefunded, isExpired }: OpenDebit, by: 'client' | 'coach'): boolean {
  return isRefunded && (!isExpired || by === 'coach');
}

/** Entitlements `e` of coaches `c` that can pay for the session now (domain.md 11), but for what a bank says. */
function wouldPayFor({
  coachId,
  clientId,
  offeringId,
  startsAt,
  entitlementId,
}: CreditRequest): RawBuilder<unknown> {
  const named = entitlementId === undefined ? sql`true` : sql`e.id = ${entitlementId}::uuid`;
  return sql`e.coach_id = ${coachId}::uuid and e.client_id = ${clientId}::uuid and ${named}
    and e.status = 'active' and e.remaining > 0 and ${offeringId}::uuid = any (e.offering_ids)
    and e.expires_on >= (app_now() at time zone c.timezone)::date
    and (e.expiry_meaning = 'bookBy' or e.expires_on >= (${startsAt}::timestamptz at time zone c.timezone)::date)`;
}

function endOfDebit(
  { coachId, sessionId, cause, actor }: CreditReturn,
  { entitlementId, turn }: OpenDebit,
  kind: 'restore' | 'forfeit',
): RawBuilder<unknown> {
  return sql`insert into credit_entries
    (coach_id, id, entitlement_id, kind, amount, session_id, turn, cause, actor_kind, actor_id, at)
    values (${coachId}::uuid, uuidv7(), ${entitlementId}::uuid, ${kind}, ${kind === 'restore' ? 1 : 0}::int, ${sessionId}::uuid,
      ${turn}::int, ${cause}, ${actor.kind}, ${actor.accountId}::uuid, app_now())`;
}

function assertInTransaction(): void {
  if (!isInTransaction()) throw new Error('A credit moves in the transaction of its session.');
}
