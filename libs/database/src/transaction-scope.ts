import { AsyncLocalStorage } from 'node:async_hooks';

const scope = new AsyncLocalStorage<{ open: boolean }>();

/** Runs the work marked as "inside a database transaction". */
export async function inTransactionScope<T>(work: () => Promise<T>): Promise<T> {
  const mark = { open: true };
  try {
    return await scope.run(mark, work);
  } finally {
    mark.open = false; // what was started inside and not awaited must not be mistaken for inside
  }
}

export function isInTransaction(): boolean {
  return scope.getStore()?.open === true;
}
