import type { Principal } from '@app/accounts';
import { RuleViolation } from '@app/common';
import type { SessionKey, SessionSortKey, SessionView } from '@app/reporting';
import { decodeCursor, type CursorPart } from '../http/cursor';

/** What a cursor consists of before the id, by sort; an unrated session is placed by its start. */
const CURSOR_PARTS: Record<SessionSortKey, CursorPart[]> = {
  startsAt: ['instant'],
  clientName: ['text'],
  revenue: ['currency', 'integer'],
  rating: ['integerOrInstant'],
};

/** @throws Invalid `page.cursor` when it was not made for this sort */
export function keyFrom(cursor: string, text: string, sort: SessionSortKey): SessionKey {
  return decodeCursor(cursor, text, [...CURSOR_PARTS[sort], 'uuid']);
}

/**
 * The order a list is asked for in, or the one its view has by itself.
 *
 * @throws RuleViolation `sessions.sort_not_yours`: what the coach keeps is not told to a client, so neither is its order,
 * nor a cursor that holds it
 */
export function sortOf(
  given: string | undefined,
  view: SessionView,
  principal: Principal,
): { text: string; sort: SessionSortKey; descending: boolean } {
  const text = given ?? (view === 'upcoming' ? 'startsAt' : '-startsAt');
  const sort = text.replace(/^-/, '') as SessionSortKey;
  if (sort === 'revenue' && principal.kind === 'client')
    throw new RuleViolation('sessions.sort_not_yours', "Revenue is the coach's own. Sort by another field.");
  return { text, sort, descending: text.startsWith('-') };
}
