import { newId } from '@app/common';
import { sql } from '@app/database';
import { PackagesWorld } from './packages.test-world';

let world: PackagesWorld;

beforeAll(async () => {
  world = await PackagesWorld.start();
});
afterAll(() => world.close());

/** Until another transaction waits for this one. */
async function somebodyWaits(): Promise<void> {
  for (;;) {
    const { waiting } = await world.database.one(sql<{ waiting: number }>`
      select count(*)::int as waiting from pg_locks where not granted and pg_backend_pid() = any (pg_blocking_pids(pid))`);
    if (waiting > 0) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

describe('the ledger of credits', () => {
  it('stands in the order in which its entries moved the balance, also of those that waited for each other', async () => {
    const practice = await world.practice();
    const { coachId, id } = await world.bought(practice, { sessionCount: 1, priceMinor: 9_000 });
    const [quick, slow] = [newId(), newId()];
    // Begun out here, so that it is another transaction.
    let begin = (): void => undefined;
    const waiting = new Promise<void>((resolve) => (begin = resolve)).then(() => world.draw(practice, slow));
    await world.database.transaction(async () => {
      await world.draw(practice, quick);
      await world.restore(practice, quick);
      begin();
      await somebodyWaits();
      await world.draw(practice, quick);
      await world.restore(practice, quick);
    });
    await waiting;
    const entries = await world.database.many(sql<{
      kind: string;
      sessionId: string | null;
      balance: number;
    }>`
      select kind, session_id as "sessionId", (sum(amount) over (order by id))::int as balance
      from credit_entries where coach_id = ${coachId} and entitlement_id = ${id} order by id`);
    expect(entries).toEqual([
      { kind: 'grant', sessionId: null, balance: 1 },
      { kind: 'debit', sessionId: quick, balance: 0 },
      { kind: 'restore', sessionId: quick, balance: 1 },
      { kind: 'debit', sessionId: quick, balance: 0 },
      { kind: 'restore', sessionId: quick, balance: 1 },
      { kind: 'debit', sessionId: slow, balance: 0 },
    ]);
  });
});
