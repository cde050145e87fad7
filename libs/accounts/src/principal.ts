import { sql, type RawBuilder } from '@app/database';
import type { Actor } from './actor';

/** The person behind a request, as the accounts table has it now. */
export interface Principal {
  accountId: string;
  kind: 'coach' | 'client' | 'admin';
  email: string;
  displayName: string;
  timezone: string;
  locale: string;
  requestId?: string;
}

export function actorOf(principal: Principal): Actor {
  return {
    kind: principal.kind,
    accountId: principal.accountId,
    ...(principal.requestId === undefined ? {} : { requestId: principal.requestId }),
  };
}

/**
 * Which rows of a table with `coach_id` and `client_id` this person may reach: a coach their own, a client
 * those of their memberships, an admin all. Every read by id carries it, so a foreign id is simply not found.
 *
 * @param alias table alias in the surrounding statement; a constant of this code base
 */
export function reachableBy(principal: Principal, alias: string): RawBuilder<boolean> {
  const column = (name: string): RawBuilder<unknown> => sql.raw(`${alias}.${name}`);
  switch (principal.kind) {
    case 'admin':
      return sql<boolean>`true`;
    case 'coach':
      return sql<boolean>`${column('coach_id')} = ${principal.accountId}::uuid`;
    case 'client':
      return sql<boolean>`(${column('coach_id')}, ${column('client_id')}) in
        (select m.coach_id, m.id from clients m where m.account_id = ${principal.accountId}::uuid and m.removed_at is null)`;
  }
}
