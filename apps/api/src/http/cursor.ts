import { Invalid, parseInstant } from '@app/common';

/** Opaque keyset cursor: the sort it belongs to, and the key of the last row. */
export function encodeCursor(sort: string, key: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify([sort, ...key])).toString('base64url');
}

/** What a part of a key may look like: a cursor comes from outside and ends up in SQL. */
const PARTS = {
  uuid: (part: unknown) =>
    typeof part === 'string' && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(part),
  instant: (part: unknown) =>
    typeof part === 'string' &&
    /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z$/.test(part) &&
    // Throws for a day or a year that there is not, as PostgreSQL would.
    !Number.isNaN(parseInstant(part).getTime()),
  currency: (part: unknown) => typeof part === 'string' && /^[A-Z]{3}$/.test(part),
  integer: (part: unknown) => Number.isSafeInteger(part),
  integerOrInstant: (part: unknown): boolean => PARTS.integer(part) || PARTS.instant(part),
  text: (part: unknown) => typeof part === 'string' && part.length <= 500 && !part.includes('\u0000'),
};
export type CursorPart = keyof typeof PARTS;

/** @throws Invalid when it was not made by us for this sort */
export function decodeCursor(
  cursor: string,
  sort: string,
  shape: readonly CursorPart[],
): (string | number)[] {
  try {
    const [madeFor, ...key] = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')) as unknown[];
    const fits = key.length === shape.length && shape.every((part, index) => PARTS[part](key[index]));
    if (madeFor === sort && fits) return key as (string | number)[];
  } catch {
    // not JSON: the same answer as for a cursor of another list
  }
  throw new Invalid('page.cursor', 'The cursor does not belong to this list and sort. Start without one.');
}

export interface Page<T> {
  data: T[];
  nextCursor: string | null;
  hasMore: boolean;
}

/** Cuts `limit + 1` rows to a page. */
export function pageOf<Row, T>(
  rows: Row[],
  limit: number,
  cursorOf: (row: Row) => string,
  view: (row: Row) => T,
): Page<T> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const hasMore = rows.length > limit;
  return {
    data: shown.map(view),
    nextCursor: hasMore && last !== undefined ? cursorOf(last) : null,
    hasMore,
  };
}
