import { Injectable } from '@nestjs/common';
import { reachableBy, type Principal } from '@app/accounts';
import { Database, sql, type RawBuilder } from '@app/database';
import {
  clientsNamed,
  conditionsOf,
  FILTERS,
  isPlain,
  storedSortNames,
  type HidingFilter,
  type SessionFilter,
} from './session-filter';
import { keyOf, type SessionOrder, type SessionSortKey } from './session-order';
import { pageQuery, type SessionListFilter, type SessionListRow } from './session-page';

/** How long an unusual combination of filters may look before it is refused as too slow, milliseconds. */
const MOST_MS = 3_000;
/** A count stops here: past it nobody pages through, and counting would cost more than the page. */
const MOST_COUNTED = 1_000;
const EXPORT_BATCH = 1_000;
/** More clients than these are met soon on a walk by name, sooner than their names are looked up. */
const MOST_NAMES = 1_000;

/**
 * The lists of sessions. A filter becomes conditions (`session-filter`), a sort becomes stretches of indexes
 * (`session-order`), and both become the one statement of a page (`session-page`).
 */
@Injectable()
export class SessionListQueries {
  constructor(private readonly database: Database) {}

  /**
   * One row more than `limit` when there is a next page.
   *
   * @throws a statement time-out, answered as `query.too_slow`, when no index serves the combination
   */
  async list(principal: Principal, page: SessionListFilter): Promise<SessionListRow[]> {
    return this.planned(principal, page, async () => {
      const conditions = await this.conditionsFor(principal, page, page.sort);
      return this.database.many(pageQuery(conditions, page));
    });
  }

  /** How many rows all pages have together, counted to 1,000. */
  async total(
    principal: Principal,
    filter: SessionFilter,
  ): Promise<{ total: number; totalIsCapped: boolean }> {
    const { count } = await this.planned(principal, filter, async () => {
      const conditions = await this.conditionsFor(principal, filter);
      return this.database.one(sql<{ count: number }>`
        select count(*)::int as count
        from (select 1 from sessions s where ${sql.join(conditions, sql` and `)} limit ${MOST_COUNTED + 1}) s`);
    });
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

  /** The filter as SQL on `sessions s`, within what this person may reach. */
  private async conditionsFor(
    principal: Principal,
    filter: SessionFilter,
    sort?: SessionSortKey,
  ): Promise<RawBuilder<unknown>[]> {
    const reachable = reachableBy(principal, 's');
    const { clientName, ...others } = filter;
    if (clientName === undefined || principal.kind !== 'coach') return [reachable, ...conditionsOf(filter)];
    // Names first: which index is best depends on how many clients there are.
    const coachId = principal.accountId;
    const { ids, sortNames } = await this.database.one(clientsNamed(coachId, clientName));
    if (ids.length === 0) return [sql`false`];
    const conditions = [reachable, ...conditionsOf(others), sql`s.client_id = any (${ids}::uuid[])`];
    if (sort !== 'clientName' || ids.length > MOST_NAMES) return conditions;
    // The index by name holds no client: without the names it would be walked to the first of these clients.
    const stored = await this.database.many(storedSortNames(coachId, ids));
    const names = new Set([...sortNames, ...stored.map(({ sortName }) => sortName)]);
    // In a subselect, or the planner would compare each name with each of its statistics, by the rules of the language.
    return [...conditions, sql`s.client_sort_name = any (array(select unnest(${[...names]}::text[])))`];
  }

  /** Reads by a plan kept ready when one serves every value, else by one made for these values, which has less time. */
  private async planned<T>(principal: Principal, filter: SessionFilter, read: () => Promise<T>): Promise<T> {
    if (isPlain(principal, filter)) return read();
    return this.database.transaction(async () => {
      await this.database.one(sql`
        select set_config('plan_cache_mode', 'force_custom_plan', true),
          set_config('statement_timeout', ${String(MOST_MS)}, true)`);
      return read();
    });
  }
}
