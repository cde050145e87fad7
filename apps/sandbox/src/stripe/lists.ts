import { resourceMissing } from './stripe-error';

export interface ListParameters {
  limit?: number;
  starting_after?: string;
  ending_before?: string;
  created?: number | { gt?: number; gte?: number; lt?: number; lte?: number };
}

export interface ListAnswer {
  object: 'list';
  data: object[];
  has_more: boolean;
  url: string;
}

const DEFAULT_LIMIT = 10;

/**
 * One page, newest first, as every list of Stripe.
 *
 * @param rows oldest first, already filtered by everything but `created`
 * @throws StripeError 404 when a cursor is not among the rows
 */
export function listPage<Row extends { id: string; created: number }>(
  rows: Row[],
  query: ListParameters,
  url: string,
  present: (row: Row) => object,
): ListAnswer {
  const limit = query.limit ?? DEFAULT_LIMIT;
  const newestFirst = rows.filter((row) => isCreatedWithin(row.created, query.created)).toReversed();
  const position = (id: string, param: string): number => {
    const index = newestFirst.findIndex((row) => row.id === id);
    if (index < 0) throw resourceMissing('object', id, param);
    return index;
  };
  if (query.ending_before) {
    const end = position(query.ending_before, 'ending_before');
    const start = Math.max(0, end - limit);
    return { object: 'list', data: newestFirst.slice(start, end).map(present), has_more: start > 0, url };
  }
  const start = query.starting_after ? position(query.starting_after, 'starting_after') + 1 : 0;
  return {
    object: 'list',
    data: newestFirst.slice(start, start + limit).map(present),
    has_more: newestFirst.length > start + limit,
    url,
  };
}

function isCreatedWithin(created: number, range: ListParameters['created']): boolean {
  if (range === undefined) return true;
  if (typeof range === 'number') return created === range;
  return (
    (range.gt === undefined || created > range.gt) &&
    (range.gte === undefined || created >= range.gte) &&
    (range.lt === undefined || created < range.lt) &&
    (range.lte === undefined || created <= range.lte)
  );
}
