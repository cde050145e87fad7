import type { Principal } from '@app/accounts';
import { sql, type RawBuilder } from '@app/database';

/**
 * Which rows of a table with `coach_id` are on offer to this person: a coach's own, those of the coaches somebody is
 * a client of, all to an admin. A foreign id is then simply not found.
 *
 * @param alias table alias in the surrounding statement; a constant of this code base
 */
export function offeredTo(principal: Principal, alias: string): RawBuilder<boolean> {
  const coachId = sql.ref(`${alias}.coach_id`);
  switch (principal.kind) {
    case 'admin':
      return sql<boolean>`true`;
    case 'coach':
      return sql<boolean>`${coachId} = ${principal.accountId}::uuid`;
    case 'client':
      return sql<boolean>`${coachId} in
        (select m.coach_id from clients m where m.account_id = ${principal.accountId}::uuid and m.removed_at is null)`;
  }
}
