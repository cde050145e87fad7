import { Injectable } from '@nestjs/common';
import { reachableBy, type Principal } from '@app/accounts';
import { Database, sql, type RawBuilder } from '@app/database';
import {
  clientsNamed,
  conditionsOf,
  FILTERS,
  isNarrow,
  isPlain,
  type HidingFilter,
  type SessionFilter,
} from './session-filter';
import { keyOf, orderOf, stretchesOf, type SessionOrder } from './session-order';

export interface SessionListFilter extends SessionFilter, SessionOrder {
  limit: number;
}

/** A row of a list; instants are Dates, amounts minor units. */
export interface SessionListRow {
  coachId: string;
  id: string;
  status: 'held' | 'scheduled' | 'completed' | 'cancelled' | 'no_show';
  outcome: string | null;
  startsAt: Date;
  endsAt: Date;
  timezone: string;
  seriesId: string | null;
  entitlementId: string | null;
  offeringId: string;
  offeringName: string;
  funding: string;
  priceMinor: number;
  netMinor: number;
  currency: string;
  paymentStatus: string;
  policyAcceptedAt: Date | null;
  rating: number | null;
  meetingState: string;
  meetingPlatform: string | null;
  meetingJoinUrl: string | null;
  clientId: string;
  clientName: string;
  clientSortName: string;
  clientPhotoUrl: string | null;
  coachName: string;
  coachPhotoUrl: string | null;
  joinGraceMinutes: number;
  waitingMinutes: number;
  /** Of the booking's terms: the notice from which the client moves the session alone. */
  freeRescheduleHours: number;
  noShowBy: 'client' | 'coach' | null;
  noShowMarkedAt: Date | null;
  noShowReportedAt: Date | null;
  followedUpAt: Date | null;
  ratedAt: Date | null;
  version: number;
  now: Date;
}

/** How long an unusual combination of filters may look before it is refused as too slow, milliseconds. */
const MOST_MS = 3_000;
/** A count stops here: past it nobody pages through, and counting would cost more than the page. */
const MOST_COUNTED = 1_000;
const EXPORT_BATCH = 1_000;

/** Rows are found and cut first, by an index that ends in id; names are joined to those only (performance.md 2). */
@Injectable()
export class SessionListQueries {
  constructor(private readonly database: Database) {}

  /**
   * One row more than `limit` when there is a next page.
   *
   * @throws a statement time-out, answered as `query.too_slow`, when no index serves the combination
   */
  async list(principal: Principal, filter: SessionListFilter): Promise<SessionListRow[]> {
    return this.asked(principal, filter, (conditions) => this.database.many(pageQuery(conditions, filter)));
  }

  /** How many rows all pages have together, counted to 1,000. */
  async total(
    principal: Principal,
    filter: SessionFilter,
  ): Promise<{ total: number; totalIsCapped: boolean }> {
    const [counted] = await this.asked(principal, filter, (conditions) =>
      this.database.many(sql<{ count: number }>`
        select count(*)::int as count
        from (select 1 from sessions s where ${sql.join(conditions, sql` and `)} limit ${MOST_COUNTED + 1}) s`),
    );
    const count = counted?.count ?? 0;
    return { total: Math.min(count, MOST_COUNTED), totalIsCapped: count > MOST_COUNTED };
  }

  /** All rows in order, in batches that are read one at a time as they are asked for. */
  async *walk(
    principal: Principal,
    filter: SessionFilter & Omit<SessionOrder, 'after'>,
  ): AsyncGenerator<SessionListRow[], void> {
    let page: SessionListFilter = { ...filter, limit: EXPORT_BATCH };
    for (;;) {
      const rows = await this.list(principal, page);
      const batch = rows.slice(0, EXPORT_BATCH);
      const last = batch.at(-1);
      if (last === undefined) return;
      yield batch;
      if (rows.length <= EXPORT_BATCH) return;
      page = { ...page, after: keyOf(filter.sort, last) };
    }
  }

  /** Which of the filters leave this session out, by the very conditions of the list (A170). */
  async hiding(principal: Principal, id: string, filter: SessionFilter): Promise<HidingFilter[]> {
    const given = FILTERS.filter((name) => filter[name] !== undefined);
    const answers = given.map((name) => {
      const conditions = conditionsOf({ view: 'all', [name]: filter[name] });
      return sql`(${sql.join([sql`true`, ...conditions], sql` and `)}) as ${sql.ref(name)}`;
    });
    const shows = await this.database.one(sql<Partial<Record<HidingFilter, boolean>>>`
      select ${sql.join(answers)} from sessions s where s.id = ${id}::uuid and ${reachableBy(principal, 's')}`);
    return given.filter((name) => shows[name] !== true);
  }

  /** Asks with the conditions of the filter: by a plan kept ready, or by one made for its values, which has less time. */
  private async asked<Row>(
    principal: Principal,
    filter: SessionFilter,
    ask: (conditions: RawBuilder<unknown>[]) => Promise<Row[]>,
  ): Promise<Row[]> {
    const reachable = reachableBy(principal, 's');
    if (isPlain(principal, filter)) return ask([reachable, ...conditionsOf(filter)]);
    return this.database.transaction(async () => {
      await this.database.one(sql`
        select set_config('plan_cache_mode', 'force_custom_plan', true),
          set_config('statement_timeout', ${String(MOST_MS)}, true)`);
      const { clientName, ...others } = filter;
      if (clientName === undefined || principal.kind !== 'coach')
        return ask([reachable, ...conditionsOf(filter)]);
      // Names first: which index is best depends on how many clients there are.
      const { ids } = await this.database.one(clientsNamed(principal.accountId, clientName));
      if (ids.length === 0) return [];
      return ask([reachable, ...conditionsOf(others), sql`s.client_id = any (${ids}::uuid[])`]);
    });
  }
}

function pageQuery(filters: RawBuilder<unknown>[], page: SessionListFilter): RawBuilder<SessionListRow> {
  const limit = page.limit + 1;
  const stretches = stretchesOf(page).map(({ conditions, order, isByDate }) => {
    const all = sql.join([...filters, ...conditions], sql` and `);
    // The few are found first and then sorted: `offset 0` keeps the planner from walking the sort's index in search of
    // them, which it takes for short when they are far from its beginning. Their own indexes are by date already.
    const found =
      isNarrow(page) && !isByDate
        ? sql`(select s.* from sessions s where ${all} offset 0) s`
        : sql`sessions s where ${all}`;
    return sql`select s.* from ${found} order by ${order} limit ${limit}`;
  });
  const [only] = stretches;
  const cut =
    stretches.length === 1 && only !== undefined
      ? only
      : // The second is not begun when the first fills the page.
        sql`select * from (${sql.join(
          stretches.map((part) => sql`(${part})`),
          sql` union all `,
        )}) s limit ${limit}`;
  return sql<SessionListRow>`
    select s.coach_id as "coachId", s.id, s.status, s.outcome, s.starts_at as "startsAt", s.ends_at as "endsAt", s.timezone,
      s.series_id as "seriesId", s.entitlement_id as "entitlementId", s.offering_id as "offeringId",
      s.offering_name as "offeringName", s.funding, s.price_minor as "priceMinor", s.net_minor as "netMinor", s.currency,
      s.payment_status as "paymentStatus", s.policy_accepted_at as "policyAcceptedAt", s.rating, s.meeting_state as "meetingState",
      s.meeting_platform as "meetingPlatform", s.meeting_join_url as "meetingJoinUrl", s.client_id as "clientId",
      s.client_sort_name as "clientSortName", c.display_name as "clientName", c.photo_url as "clientPhotoUrl",
      a.display_name as "coachName", a.photo_url as "coachPhotoUrl", k.join_grace_minutes as "joinGraceMinutes", ${lifeColumns},
      s.version, app_now() as now
    from (${cut}) s
    join clients c on c.coach_id = s.coach_id and c.id = s.client_id
    join coaches k on k.coach_id = s.coach_id
    join accounts a on a.id = s.coach_id
    order by ${orderOf(page)}`;
}

/** What `allowedActions` needs beside a row's status and times; from `sessions s` and `coaches k`. */
export const lifeColumns: RawBuilder<unknown> = sql`k.waiting_minutes as "waitingMinutes", s.no_show_by as "noShowBy",
  s.no_show_marked_at as "noShowMarkedAt", s.no_show_reported_at as "noShowReportedAt", s.followed_up_at as "followedUpAt",
  s.rated_at as "ratedAt", (s.policy_rules ->> 'freeRescheduleHours')::float8 as "freeRescheduleHours"`;
