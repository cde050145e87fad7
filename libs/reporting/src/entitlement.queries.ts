import { Injectable } from '@nestjs/common';
import { reachableBy, type Principal } from '@app/accounts';
import { Database, sql, type RawBuilder } from '@app/database';

export interface EntitlementFilter {
  clientId?: string;
  status?: string[];
  /** Only those whose last day is near, by the coach's setting, with credits left. */
  expiringSoon?: boolean;
}

/** One entitlement with what its ledger, its sessions and its payment say. Amounts are minor units of `currency`. */
export interface EntitlementRow {
  coachId: string;
  id: string;
  clientId: string;
  clientName: string;
  packageId: string;
  packageName: string;
  offeringIds: string[];
  expiryMeaning: string;
  status: string;
  awaitsPaymentUntil: Date;
  /** Dates of the coach's zone. */
  purchasedOn: string | null;
  expiresOn: string | null;
  coachTimezone: string;
  /** The coach's setting: local days before the last day. */
  expiringSoonDays: number;
  priceMinor: number;
  currency: string;
  paymentId: string;
  paymentStatus: string;
  capturedMinor: number;
  refundedMinor: number;
  /** The ledger: credits granted, adjusted, expired and not revived, refunded; debits not given back, and those of them that are final. */
  granted: number;
  adjusted: number;
  expired: number;
  refunded: number;
  drawn: number;
  drawnForGood: number;
  version: number;
}

/** One entry of an entitlement's ledger with the balance after it. */
export interface CreditEntryRow {
  id: string;
  kind: string;
  amount: number;
  balance: number;
  sessionId: string | null;
  cause: string;
  actorKind: string;
  at: Date;
}

export interface EntitlementSlice {
  limit: number;
  /** Id of the last row of the page before. */
  after?: string;
}

/** A credit is final once it is forfeited or its session is over: completed, or nobody came. */
const TALLY = sql`
  select coalesce(sum(amount) filter (where kind = 'grant'), 0)::int as granted,
    coalesce(sum(amount) filter (where kind = 'adjust'), 0)::int as adjusted,
    coalesce(-sum(amount) filter (where kind in ('expire', 'revive') and not (kind = 'expire' and cause = 'refund')), 0)::int as expired,
    coalesce(-sum(amount) filter (where kind = 'expire' and cause = 'refund'), 0)::int as refunded,
    coalesce(-sum(amount) filter (where kind in ('debit', 'restore')), 0)::int as drawn,
    (count(*) filter (where kind = 'debit' and (forfeited or (not restored and session_over))))::int as drawn_for_good
  from (
    select t.kind, t.amount, t.cause,
      exists (select from credit_entries f where f.coach_id = t.coach_id and f.session_id = t.session_id and f.turn = t.turn
        and f.kind = 'forfeit') as forfeited,
      exists (select from credit_entries r where r.coach_id = t.coach_id and r.session_id = t.session_id and r.turn = t.turn
        and r.kind = 'restore') as restored,
      exists (select from sessions s where s.coach_id = t.coach_id and s.id = t.session_id
        and s.status in ('completed', 'no_show')) as session_over
    from credit_entries t where t.coach_id = e.coach_id and t.entitlement_id = e.id) entries`;

/** Bought packages as people see them. */
@Injectable()
export class EntitlementQueries {
  constructor(private readonly database: Database) {}

  /** Newest first; one row more than `limit` says that there are more. */
  async list(
    principal: Principal,
    { clientId, status, expiringSoon }: EntitlementFilter,
    { limit, after }: EntitlementSlice,
  ): Promise<EntitlementRow[]> {
    const conditions = [reachableBy(principal, 'e')];
    if (clientId !== undefined) conditions.push(sql`e.client_id = ${clientId}::uuid`);
    if (status !== undefined) conditions.push(sql`e.status = any (${status}::text[])`);
    if (expiringSoon === true) {
      conditions.push(sql`e.status = 'active' and e.remaining > 0 and (app_now() at time zone c.timezone)::date
        between e.expires_on - c.expiring_soon_days and e.expires_on`);
    }
    if (after !== undefined) conditions.push(sql`e.id < ${after}::uuid`);
    return this.database.many(
      sql<EntitlementRow>`${rows(sql.join(conditions, sql` and `))} order by e.id desc limit ${limit + 1}`,
    );
  }

  /** Undefined also for somebody else's. */
  async find(principal: Principal, id: string): Promise<EntitlementRow | undefined> {
    return this.database.maybe(
      sql<EntitlementRow>`${rows(sql`e.id = ${id}::uuid and ${reachableBy(principal, 'e')}`)}`,
    );
  }

  /** The ledger of an entitlement, oldest first; one row more than `limit`. Whoever asks may reach the entitlement. */
  async entries(coachId: string, id: string, { limit, after }: EntitlementSlice): Promise<CreditEntryRow[]> {
    return this.database.many(sql<CreditEntryRow>`
      select * from (
        select t.id, t.kind, t.amount, (sum(t.amount) over (order by t.id))::int as balance, t.session_id as "sessionId", t.cause,
          t.actor_kind as "actorKind", t.at
        from credit_entries t where t.coach_id = ${coachId} and t.entitlement_id = ${id}) entries
      where ${after === undefined ? sql`true` : sql`id > ${after}::uuid`}
      order by id limit ${limit + 1}`);
  }
}

function rows(condition: RawBuilder<unknown>): RawBuilder<EntitlementRow> {
  return sql<EntitlementRow>`
    select e.coach_id as "coachId", e.id, e.client_id as "clientId", m.display_name as "clientName", e.package_id as "packageId",
      e.package_name as "packageName", e.offering_ids as "offeringIds", e.expiry_meaning as "expiryMeaning", e.status,
      e.awaits_payment_until as "awaitsPaymentUntil", e.purchased_on as "purchasedOn", e.expires_on as "expiresOn",
      c.timezone as "coachTimezone", c.expiring_soon_days as "expiringSoonDays", e.price_minor as "priceMinor", e.currency, p.id as "paymentId", p.status as "paymentStatus",
      p.captured_minor as "capturedMinor", p.refunded_minor as "refundedMinor", t.granted, t.adjusted, t.expired, t.refunded,
      t.drawn, t.drawn_for_good as "drawnForGood", e.version
    from entitlements e
    join coaches c on c.coach_id = e.coach_id
    join clients m on m.coach_id = e.coach_id and m.id = e.client_id
    join payments p on p.coach_id = e.coach_id and p.entitlement_id = e.id
    cross join lateral (${TALLY}) t
    where ${condition}`;
}
