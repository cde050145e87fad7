import { Invalid, parsePublicId, publicId, type IdKind } from '@app/common';
import { decodeCursor, encodeCursor } from './cursor';

/** The cursor of a list that is sorted by nothing but the id. */
export function encodeIdCursor(kind: IdKind, id: string, sort: string): string {
  return encodeCursor(sort, [publicId(kind, id)]);
}

/** @throws Invalid when it was not made by us for this list */
export function decodeIdCursor(kind: IdKind, cursor: string | undefined, sort: string): string | undefined {
  if (cursor === undefined) return undefined;
  const [last] = decodeCursor(cursor, sort, ['text']);
  const id = typeof last === 'string' ? parsePublicId(kind, last) : null;
  if (id === null)
    throw new Invalid('page.cursor', 'The cursor does not belong to this list. Start without one.');
  return id;
}
