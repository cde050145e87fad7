import type { Principal } from '@app/accounts';
import { sql, type RawBuilder } from '@app/database';

export type SessionView = 'upcoming' | 'past' | 'all';
export type SessionType = 'single' | 'package' | 'recurring';

/** What a list leaves out, without its order and pages. */
export interface SessionFilter {
  view: SessionView;
  status?: string[];
  type?: SessionType[];
  paymentStatus?: string[];
  clientId?: string;
  /** Part of the client's name, without case and accents. */
  clientName?: string;
  seriesId?: string;
  entitlementId?: string;
  /** The code given with a cancellation (A83). */
  reasonCode?: string;
  /** Half-open range of starts. */
  startsFrom?: Date;
  startsTo?: Date;
}

export type HidingFilter = keyof SessionFilter;

export const FILTERS: readonly HidingFilter[] = [
  'view',
  'status',
  'type',
  'paymentStatus',
  'clientId',
  'clientName',
  'seriesId',
  'entitlementId',
  'reasonCode',
  'startsFrom',
  'startsTo',
];

/** Literal statuses, not parameters: a plan that is made once matches the partial indexes only by them. */
const VIEWS: Record<SessionView, RawBuilder<unknown>[]> = {
  upcoming: [sql`s.status in ('held', 'scheduled')`],
  past: [
    sql`s.status in ('completed', 'cancelled', 'no_show')`,
    sql`(s.outcome is null or s.outcome not in ('skipped', 'paused', 'abandoned', 'hold_expired'))`,
  ],
  all: [],
};

/** By the column `type_code`: a recurring session paid by a credit is found as both (domain.md 1). */
const TYPE_CODES: Record<SessionType, number[]> = { single: [0], recurring: [1, 3], package: [2, 3] };

/** The conditions of a filter on `sessions s`. */
export function conditionsOf(filter: SessionFilter): RawBuilder<unknown>[] {
  const conditions = [...VIEWS[filter.view]];
  const { status, paymentStatus, type, clientId, clientName, seriesId, entitlementId, reasonCode } = filter;
  if (status !== undefined) conditions.push(sql`s.status = any (${status}::text[])`);
  if (paymentStatus !== undefined) conditions.push(sql`s.payment_status = any (${paymentStatus}::text[])`);
  if (type !== undefined) {
    const codes = [...new Set(type.flatMap((name) => TYPE_CODES[name]))];
    conditions.push(sql`s.type_code = any (${codes}::smallint[])`);
  }
  if (clientId !== undefined) conditions.push(sql`s.client_id = ${clientId}::uuid`);
  if (seriesId !== undefined) conditions.push(sql`s.series_id = ${seriesId}::uuid`);
  if (entitlementId !== undefined) conditions.push(sql`s.entitlement_id = ${entitlementId}::uuid`);
  if (reasonCode !== undefined) conditions.push(sql`s.cancel_reason_code = ${reasonCode}`);
  if (filter.startsFrom !== undefined) conditions.push(sql`s.starts_at >= ${filter.startsFrom}::timestamptz`);
  if (filter.startsTo !== undefined) conditions.push(sql`s.starts_at < ${filter.startsTo}::timestamptz`);
  if (clientName !== undefined) {
    conditions.push(sql`exists (select 1 from clients n where n.coach_id = s.coach_id and n.id = s.client_id
      and ${isNamed('n', clientName)})`);
  }
  return conditions;
}

/** The clients of a practice whose names have this part, and what their sessions are sorted by. */
export function clientsNamed(
  coachId: string,
  part: string,
): RawBuilder<{ ids: string[]; sortNames: string[] }> {
  return sql<{ ids: string[]; sortNames: string[] }>`
    select coalesce(array_agg(n.id), '{}') as ids, coalesce(array_agg(n.sort_name), '{}') as "sortNames"
    from clients n where n.coach_id = ${coachId} and ${isNamed('n', part)}`;
}

/**
 * What the sessions of these clients are sorted by as they are stored: for one who was just renamed, until the worker has
 * followed, the name of before. It follows with all sessions of a client at once, so the oldest one tells.
 */
export function storedSortNames(coachId: string, clientIds: string[]): RawBuilder<{ sortName: string }> {
  return sql<{ sortName: string }>`
    select oldest.client_sort_name as "sortName"
    from unnest(${clientIds}::uuid[]) wanted (id)
    cross join lateral (
      select s.client_sort_name from sessions s where s.coach_id = ${coachId} and s.client_id = wanted.id
      order by s.starts_at, s.id limit 1) oldest`;
}

function isNamed(alias: string, part: string): RawBuilder<boolean> {
  return sql<boolean>`strpos(${sql.raw(alias)}.search_name, search_key(${part}::text)) > 0`;
}

/** Whether the filter leaves few rows of a practice, which are found by an index of their own. */
export function isNarrow({ clientId, seriesId, entitlementId, reasonCode }: SessionFilter): boolean {
  return [clientId, seriesId, entitlementId, reasonCode].some((value) => value !== undefined);
}

/**
 * Whether one plan serves every value: the next sessions and the last ones of a practice. A range, a rare status or
 * many clients need a plan for just these.
 */
export function isPlain(principal: Principal, filter: SessionFilter): boolean {
  return principal.kind === 'coach' && FILTERS.every((name) => name === 'view' || filter[name] === undefined);
}
