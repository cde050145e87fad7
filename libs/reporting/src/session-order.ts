import { sql, type RawBuilder } from '@app/database';

export type SessionSortKey = 'startsAt' | 'clientName' | 'revenue' | 'rating';

/** Sort values and id of the last row of the page before; an unrated row's value is its start. */
export type SessionKey = (string | number)[];

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
  currency: string;
  netMinor: number;
  rating: number | null;
}

interface SortRule {
  /** In the order of the sort's index, and what a cursor's text is cast to: wide enough for whatever a cursor may hold. */
  columns: readonly { name: string; type: string }[];
  valuesOf: (row: SortedRow) => (string | number)[];
}

const BY_DATE: SortRule = {
  columns: [{ name: 'starts_at', type: 'timestamptz' }],
  valuesOf: (row) => [row.startsAt.toISOString()],
};

const SORTS: Record<SessionSortKey, SortRule> = {
  startsAt: BY_DATE,
  clientName: {
    columns: [{ name: 'client_sort_name', type: 'text' }],
    valuesOf: (row) => [row.clientSortName],
  },
  // Amounts of different currencies cannot be compared: an admin, who sees many, has each currency by itself (A139).
  revenue: {
    columns: [
      { name: 'currency', type: 'char(3)' },
      { name: 'net_minor', type: 'bigint' },
    ],
    valuesOf: (row) => [row.currency, row.netMinor],
  },
  rating: {
    columns: [{ name: 'rating', type: 'bigint' }],
    valuesOf: (row) => (row.rating === null ? BY_DATE.valuesOf(row) : [row.rating]),
  },
};

/** What a cursor keeps of a row. */
export function keyOf(sort: SessionSortKey, row: SortedRow): SessionKey {
  return [...SORTS[sort].valuesOf(row), row.id];
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
  if (after !== undefined) conditions.push(isPast(rule, descending, after));
  return { conditions, order: orderBy(rule, descending), isByDate: rule === BY_DATE };
}

/** Behind the cursor's row, as one comparison of rows: an index that ends in id begins right there. */
function isPast(rule: SortRule, descending: boolean, after: SessionKey): RawBuilder<unknown> {
  const key = [...rule.columns, { name: 'id', type: 'uuid' }];
  const columns = key.map(({ name }) => sql`s.${sql.raw(name)}`);
  const values = key.map(({ type }, index) => sql`${after[index]}::${sql.raw(type)}`);
  return sql`(${sql.join(columns)}) ${sql.raw(descending ? '<' : '>')} (${sql.join(values)})`;
}

function orderBy(rule: SortRule, descending: boolean): RawBuilder<unknown> {
  const direction = directionOf(descending);
  const names = [...rule.columns.map(({ name }) => name), 'id'];
  return sql.join(names.map((name) => sql`s.${sql.raw(name)} ${direction}`));
}

function directionOf(descending: boolean): RawBuilder<unknown> {
  return sql.raw(descending ? 'desc' : 'asc');
}
