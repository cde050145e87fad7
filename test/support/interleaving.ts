import { setTimeout as delay } from 'node:timers/promises';
import { sql, type Database } from '@app/database';

export interface OpenTransaction {
  /** Ends it, after something more that is done in it. */
  commit(last?: () => Promise<unknown>): Promise<void>;
}

/** Does the work in a transaction of its own, which stays open: what others do meanwhile falls between two statements. */
export async function heldOpen(database: Database, work: () => Promise<unknown>): Promise<OpenTransaction> {
  let worked = (): void => undefined;
  let release = (_last?: () => Promise<unknown>): void => undefined;
  const atWork = new Promise<void>((resolve) => (worked = resolve));
  const released = new Promise<(() => Promise<unknown>) | undefined>((resolve) => (release = resolve));
  const done = database.transaction(async () => {
    await work();
    worked();
    await (
      await released
    )?.();
  });
  await Promise.race([atWork, done]);
  return {
    commit: async (last) => {
      release(last);
      await done;
    },
  };
}

/** Resolves when as many statements of the test's database wait for a lock. */
export async function untilWaiting(database: Database, statements: number): Promise<void> {
  for (;;) {
    const { waiting } = await database.one(sql<{ waiting: number }>`
      select count(*)::int as waiting from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`);
    if (waiting >= statements) return;
    await delay(5);
  }
}
