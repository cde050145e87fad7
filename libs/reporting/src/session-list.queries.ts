import { Injectable } from '@nestjs/common';
import { reachableBy, type Principal } from '@app/accounts';
import { Database, sql, type RawBuilder } from '@app/database';

export type SessionView = 'upcoming' | 'past' | 'all';
export type SessionSortKey = 'startsAt' | 'clientName' | 'revenue';
export type SessionType = 'single' | 'package' | 'recurring';

export interface SessionListFilter {
  view: SessionView;
  status?: string[];
  type?: SessionType[];
  paymentStatus?: string[];
  clientId?: string;
  /** Part of the client's name, without case and accents. */
  clientName?: string;
  /** The code given with a cancellation (A83). */
  reasonCode?: string;
  /** Half-open range of starts. */
  startsFrom?: Date;
  startsTo?: Date;
  sort: SessionSortKey;
  descending: boolean;
  limit: number;
  /** Sort value and id of the last row of the page before. */
  after?: [string | number, string];
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
  version: number;
  now: Date;
}

interface SortRule {
  column: string;
  /** Type that a cursor's text is cast to. */
  type: string;
  valueOf: (row: SessionListRow) => string | number;
}

const SORTS: Record<SessionSortKey, SortRule> = {
  startsAt: { column: 'starts_at', type: 'timestamptz', valueOf: (row) => row.startsAt.toISOString() },
  clientName: { column: 'client_sort_name', type: 'text', valueOf: (row) => row.clientSortName },
  revenue: { column: 'net_minor', type: 'bigint', valueOf: (row) => row.netMinor },
};

/** Rows are found and cut first, by an index that ends in id; names are joined to those only (performance.md 2). */
@Injectable()
export class SessionListQueries {
  constructor(private readonly database: Database) {}

  /** One row more than `limit` when there is a next page. */
  async list(principal: Principal, filter: SessionListFilter): Promise<SessionListRow[]> {
    const { column, type } = SORTS[filter.sort];
    const direction = sql.raw(filter.descending ? 'desc' : 'asc');
    const conditions = [reachableBy(principal, 's'), ...conditionsOf(filter)];
    if (filter.after !== undefined) {
      const [value, id] = filter.after;
      const sign = sql.raw(filter.descending ? '<' : '>');
      conditions.push(sql`(s.${sql.raw(column)}, s.id) ${sign} (${value}::${sql.raw(type)}, ${id}::uuid)`);
    }
    const order = sql`s.${sql.raw(column)} ${direction}, s.id ${direction}`;
    return this.database.many(sql<SessionListRow>`
      select s.coach_id as "coachId", s.id, s.status, s.outcome, s.starts_at as "startsAt", s.ends_at as "endsAt", s.timezone,
        s.series_id as "seriesId", s.entitlement_id as "entitlementId", s.offering_id as "offeringId",
        s.offering_name as "offeringName", s.funding, s.price_minor as "priceMinor", s.net_minor as "netMinor", s.currency,
        s.payment_status as "paymentStatus", s.rating, s.meeting_state as "meetingState", s.meeting_platform as "meetingPlatform",
        s.meeting_join_url as "meetingJoinUrl", s.client_id as "clientId", s.client_sort_name as "clientSortName",
        c.display_name as "clientName", c.photo_url as "clientPhotoUrl", a.display_name as "coachName",
        a.photo_url as "coachPhotoUrl", k.join_grace_minutes as "joinGraceMinutes", s.version, app_now() as now
      from (select s.* from sessions s where ${sql.join(conditions, sql` and `)} order by ${order} limit ${filter.limit + 1}) s
      join clients c on c.coach_id = s.coach_id and c.id = s.client_id
      join coaches k on k.coach_id = s.coach_id
      join accounts a on a.id = s.coach_id
      order by ${order}`);
  }

  /** What a cursor keeps of a row. */
  keyOf(sort: SessionSortKey, row: SessionListRow): [string | number, string] {
    return [SORTS[sort].valueOf(row), row.id];
  }
}

/** Literal statuses, not parameters: only they match the partial indexes. */
const VIEWS: Record<SessionView, RawBuilder<unknown>[]> = {
  upcoming: [sql`s.status in ('held', 'scheduled')`],
  past: [
    sql`s.status in ('completed', 'cancelled', 'no_show')`,
    sql`(s.outcome is null or s.outcome not in ('skipped', 'paused', 'abandoned', 'hold_expired'))`,
  ],
  all: [],
};

/** The facts behind a type: a recurring session paid by a credit is found as both (domain.md 1). */
const TYPES: Record<SessionType, RawBuilder<unknown>> = {
  single: sql`(s.series_id is null and s.entitlement_id is null)`,
  package: sql`s.entitlement_id is not null`,
  recurring: sql`s.series_id is not null`,
};

function conditionsOf(filter: SessionListFilter): RawBuilder<unknown>[] {
  const conditions = [...VIEWS[filter.view]];
  if (filter.status !== undefined) conditions.push(sql`s.status = any (${filter.status}::text[])`);
  if (filter.paymentStatus !== undefined)
    conditions.push(sql`s.payment_status = any (${filter.paymentStatus}::text[])`);
  if (filter.type !== undefined)
    conditions.push(
      sql`(${sql.join(
        filter.type.map((type) => TYPES[type]),
        sql` or `,
      )})`,
    );
  if (filter.clientId !== undefined) conditions.push(sql`s.client_id = ${filter.clientId}::uuid`);
  if (filter.reasonCode !== undefined) conditions.push(sql`s.cancel_reason_code = ${filter.reasonCode}`);
  if (filter.startsFrom !== undefined) conditions.push(sql`s.starts_at >= ${filter.startsFrom}::timestamptz`);
  if (filter.startsTo !== undefined) conditions.push(sql`s.starts_at < ${filter.startsTo}::timestamptz`);
  if (filter.clientName !== undefined) {
    conditions.push(sql`exists (select 1 from clients n where n.coach_id = s.coach_id and n.id = s.client_id
      and strpos(n.search_name, search_key(${filter.clientName}::text)) > 0)`);
  }
  return conditions;
}
