import { AsyncLocalStorage } from 'node:async_hooks';
import type { Kysely } from 'kysely';

interface Scope {
  /** The connection that the transaction runs on. */
  transaction: Kysely<unknown>;
  open: boolean;
}

const scope = new AsyncLocalStorage<Scope>();

/** Runs the work inside a database transaction that has begun. */
export async function inTransactionScope<T>(
  transaction: Kysely<unknown>,
  work: () => Promise<T>,
): Promise<T> {
  const mark = { transaction, open: true };
  try {
    return await scope.run(mark, work);
  } finally {
    mark.open = false; // what was started inside and not awaited must not be mistaken for inside
  }
}

/** The transaction that this code runs in, if any. */
export function currentTransaction(): Kysely<unknown> | undefined {
  const present = scope.getStore();
  return present?.open === true ? present.transaction : undefined;
}

export function isInTransaction(): boolean {
  return currentTransaction() !== undefined;
}
