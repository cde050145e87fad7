import type { Principal } from '@app/accounts';
import { RuleViolation } from '@app/common';
import type { SessionSortKey, SessionView } from '@app/reporting';
import type { CursorPart } from '../http/cursor';

/** What the first part of a cursor is, by sort; an unrated session is placed by its start. */
export const CURSOR_PARTS: Record<SessionSortKey, CursorPart> = {
  startsAt: 'instant',
  clientName: 'text',
  revenue: 'integer',
  rating: 'integerOrInstant',
};

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
