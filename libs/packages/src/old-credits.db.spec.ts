import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { newId } from '@app/common';
import { databaseFolder, sql } from '@app/database';
import { EntitlementRefunds } from './entitlement-refunds.service';
import type { EntitlementRecord } from './entitlement-record';
import { PackagesWorld } from './packages.test-world';

const MIGRATION = readFileSync(join(databaseFolder(), 'migrations', '0028_package_revenue.sql'), 'utf8');

/** What the migration does with what was there before it. */
const statements = [
  'alter table credit_entries disable',
  'do $$',
  'alter table credit_entries enable',
  'with owed as',
].map((begin) => {
  const from = MIGRATION.indexOf(begin);
  const end = begin.startsWith('do') ? 'end $$;' : ';';
  return MIGRATION.slice(from, MIGRATION.indexOf(end, from) + end.length);
});

let world: PackagesWorld;

beforeAll(async () => {
  world = await PackagesWorld.start();
  await world.setTime('2027-01-04T09:00:00Z');
});
afterAll(() => world.close());

async function places({ coachId, id }: EntitlementRecord): Promise<[kind: string, places: number[]][]> {
  const rows = await world.database.many(sql<{ kind: string; places: number[] }>`
    select kind, places from credit_entries where coach_id = ${coachId} and entitlement_id = ${id} order by id`);
  return rows.map(({ kind, places: moved }) => [kind, moved]);
}

describe('credits and money of packages from before there were places', () => {
  it('get the places that they would have got, and revenue for what was delivered', async () => {
    const practice = await world.practice();
    const entitlement = await world.bought(practice, { priceMinor: 44_998 });
    const [kept, given, late, gift] = [newId(), newId(), newId(), newId()];
    const adjust = (credits: number): Promise<void> =>
      world.entitlements.adjust(practice.coach, entitlement.id, { credits, reason: 'Agreed' });
    for (const sessionId of [kept, given, late]) await world.draw(practice, sessionId);
    await world.addSession(practice, kept, entitlement.id);
    await world.restore(practice, given);
    await world.forfeit(practice, late);
    await adjust(-1);
    await adjust(2);
    for (const sessionId of [newId(), newId(), newId(), gift]) await world.draw(practice, sessionId);
    await world.restore(practice, gift);
    const refunds = world.module.get(EntitlementRefunds);
    const { id: quoteId } = await refunds.quote(practice.coach, entitlement.id, {
      refund: 'partial',
      amountMinor: 1_000,
    });
    await refunds.refund(practice.coach, entitlement.id, { quoteId, reason: 'moving abroad' });
    await world.settleRefunds(entitlement);
    await world.bookRevenue();
    const before = await places(entitlement);
    const earned = await world.credited(entitlement, 'coach');
    expect([before.length, earned]).toEqual([14, 16_200]);

    await world.database.transaction(async () => {
      await world.database.execute(sql`set local session_replication_role = replica`);
      await world.database.execute(sql`update credit_entries set places = '{}'`);
      await world.database.execute(sql`delete from package_session_revenues`);
      await world.database.execute(sql`
        delete from ledger_entries e using ledger_transactions t
        where t.coach_id = e.coach_id and t.id = e.transaction_id and t.kind in ('delivery', 'breakage')`);
      await world.database.execute(
        sql`delete from ledger_transactions where kind in ('delivery', 'breakage')`,
      );
      await world.database.execute(
        sql`update ledger_entries set account = 'coach' where account = 'deferred_packages'`,
      );
      await world.database.execute(sql`update sessions set net_minor = 0`);
    });
    for (const statement of statements) await world.database.execute(sql`${sql.raw(statement)}`);

    expect(await places(entitlement)).toEqual(before);
    expect(await world.credited(entitlement, 'coach')).toBe(0);
    await world.bookRevenue();
    expect(await world.credited(entitlement, 'coach')).toBe(earned);
    expect(await world.brokenInvariants()).toEqual([]);
  });
});
