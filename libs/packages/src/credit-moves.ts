import type { Actor } from '@app/accounts';
import { sql, type RawBuilder } from '@app/database';
import type { CreditKind } from './domain/credits';

/** One change of an entitlement's balance, and the entry that records it. */
export interface CreditMove {
  coachId: string;
  entitlementId: string;
  kind: CreditKind;
  /** Credits, signed as the kind asks for. */
  amount: number;
  /** Why, in a word or as a person wrote it. */
  cause: string;
  actor: Actor;
  /** Further assignments to `entitlements e`. */
  set?: RawBuilder<unknown>[];
  /** What must still hold of `e`. */
  where: RawBuilder<unknown>;
}

/** What the entitlement is after the move. */
export interface MovedCredits {
  remaining: number;
  version: number;
}

/**
 * Moves the balance and writes its entry, in one statement: nothing at all when the condition does not hold, or fewer
 * credits are left than are taken (reliability.md R3). The database names the entry, once it has the lock: the ledger
 * stands in the order in which the balance moved.
 */
export function moveCredits(move: CreditMove): RawBuilder<MovedCredits> {
  const assignments = [
    sql`remaining = e.remaining + ${move.amount}::int`,
    sql`version = e.version + 1`,
    sql`updated_at = app_now()`,
    ...(move.set ?? []),
  ];
  return sql<MovedCredits>`
    with changed as (
      update entitlements e set ${sql.join(assignments)}
      where e.coach_id = ${move.coachId}::uuid and e.id = ${move.entitlementId}::uuid
        and e.remaining + ${move.amount}::int >= 0 and ${move.where}
      returning e.coach_id, e.id, e.remaining, e.version),
    entry as (
      insert into credit_entries (coach_id, id, entitlement_id, kind, amount, cause, actor_kind, actor_id, at)
      select coach_id, uuidv7(), id, ${move.kind}, ${move.amount}::int, ${move.cause}, ${move.actor.kind},
        ${move.actor.accountId}::uuid, app_now()
      from changed)
    select remaining, version from changed`;
}
