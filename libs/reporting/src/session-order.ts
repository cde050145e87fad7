import { sql, type RawBuilder } from '@app/database';

export type SessionSortKey = 'startsAt' | 'clientName' | 'revenue' | 'rating';

/** Sort value and id of the last row of the page before; an unrated row's value is its start. */
export type SessionKey = [string | number, string];

export interface SessionOrder {
  sort: SessionSortKey;
  descending: boolean;
  after?: SessionKey;
}

/** One stretch of a list, in the order of one index. */
export interface Stretch {
  conditions: RawBuilder<unknown>[];
  order: RawBuilder<unknown>;
  isByDate: boolean;
}

interface SortedRow {
  id: string;
  startsAt: Date;
  clientSortName: string;
  netMinor: number;
  rating: number | null;
}

interface SortRule {
  column: string;
  /** Type that a cursor's text is cast to; wide enough for whatever a cursor may hold. */
  type: string;
  valueOf: (row: SortedRow) => string | number;
}

const BY_DATE: SortRule = {
  column: 'starts_at',
  type: 'timestamptz',
  valueOf: (row) => row.startsAt.toISOString(),
};

const SORTS: Record<SessionSortKey, SortRule> = {
  startsAt: BY_DATE,
  clientName: { column: 'client_sort_name', type: 'text', valueOf: (row) => row.clientSortName },
  revenue: { column: 'net_minor', type: 'bigint', valueOf: (row) => row.netMinor },
  rating: {
    column: 'rating',
    type: 'bigint',
    valueOf: (row) => row.rating ?? BY_DATE.valueOf(row),
  },
};

/** What a cursor keeps of a row. */
export function keyOf(sort: SessionSortKey, row: SortedRow): SessionKey {
  return [SORTS[sort].valueOf(row), row.id];
}

/**
 * The stretches that a list consists of, each after the cursor. By rating there are two: the rated ones in the order
 * asked for, then those without a rating, latest first: so they are last in both directions, and each has its index.
 */
export function stretchesOf({ sort, descending, after }: SessionOrder): Stretch[] {
  if (sort !== 'rating') return [stretch(SORTS[sort], descending, after)];
  const isPastRated = typeof after?.[0] === 'string';
  const rated = stretch(SORTS.rating, descending, isPastRated ? undefined : after, sql`s.rating is not null`);
  const unrated = stretch(BY_DATE, true, isPastRated ? after : undefined, sql`s.rating is null`);
  return isPastRated ? [unrated] : [rated, unrated];
}

/** The order of all stretches together, for the rows of one page. */
export function orderOf({ sort, descending }: SessionOrder): RawBuilder<unknown> {
  if (sort !== 'rating') return orderBy(SORTS[sort], descending);
  const unratedAt = sql`case when s.rating is null then s.starts_at end desc`;
  const unratedId = sql`case when s.rating is null then s.id end desc`;
  const direction = directionOf(descending);
  return sql`s.rating ${direction} nulls last, ${unratedAt}, ${unratedId}, s.id ${direction}`;
}

function stretch(
  rule: SortRule,
  descending: boolean,
  after: SessionKey | undefined,
  only?: RawBuilder<unknown>,
): Stretch {
  const conditions = only === undefined ? [] : [only];
  if (after !== undefined) {
    const sign = sql.raw(descending ? '<' : '>');
    const [value, id] = after;
    conditions.push(
      sql`(s.${sql.raw(rule.column)}, s.id) ${sign} (${value}::${sql.raw(rule.type)}, ${id}::uuid)`,
    );
  }
  return { conditions, order: orderBy(rule, descending), isByDate: rule === BY_DATE };
}

function orderBy(rule: SortRule, descending: boolean): RawBuilder<unknown> {
  const direction = directionOf(descending);
  return sql`s.${sql.raw(rule.column)} ${direction}, s.id ${direction}`;
}

function directionOf(descending: boolean): RawBuilder<unknown> {
  return sql.raw(descending ? 'desc' : 'asc');
}
