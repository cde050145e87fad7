import { newId } from '@app/common';
import { sql, type RawBuilder } from '@app/database';
import { EntitlementRefunds } from './entitlement-refunds.service';
import type { EntitlementRecord } from './entitlement-record';
import { PackagesWorld } from './packages.test-world';

class RolledBack extends Error {}

interface Rows {
  bought: EntitlementRecord;
  open: EntitlementRecord;
  refunded: EntitlementRecord;
  sessionId: string;
}

function entry(
  { coachId, id }: EntitlementRecord,
  kind: string,
  amount: number,
  session?: { id: string; turn: number },
): RawBuilder<unknown> {
  return sql`insert into credit_entries (coach_id, id, entitlement_id, kind, amount, session_id, turn, cause, actor_kind, at)
    values (${coachId}::uuid, ${newId()}::uuid, ${id}::uuid, ${kind}, ${amount}::int, ${session?.id ?? null}::uuid,
      ${session?.turn ?? null}::int, 'spoilt', 'worker', app_now())`;
}

const BREAKS: [name: string, statements: (rows: Rows) => RawBuilder<unknown>[]][] = [
  ['46-credits-left-are-the-sum', ({ bought }) => [entry(bought, 'adjust', 1)]],
  [
    '46-credits-left-are-the-sum',
    ({ bought }) => [sql`update entitlements set remaining = remaining + 1 where id = ${bought.id}`],
  ],
  [
    '47-money-has-its-entitlement',
    ({ open }) => [
      sql`update payments set captured_minor = amount_minor, status = 'paid' where entitlement_id = ${open.id}`,
    ],
  ],
  ['47-money-has-its-entitlement', ({ open }) => [entry(open, 'grant', 5)]],
  [
    '47-money-has-its-entitlement',
    ({ bought }) => [sql`update payments set captured_minor = 0 where entitlement_id = ${bought.id}`],
  ],
  [
    '48-credits-pay-once',
    ({ bought, sessionId }) => [entry(bought, 'debit', -1, { id: sessionId, turn: 2 })],
  ],
  ['48-credits-pay-once', ({ bought }) => [entry(bought, 'restore', 1, { id: newId(), turn: 1 })]],
  [
    '49-acts-on-packages-are-audited',
    ({ bought }) => [sql`update entitlements set version = version + 1 where id = ${bought.id}`],
  ],
  [
    '49-acts-on-packages-are-audited',
    ({ bought }) => [sql`update session_packages set version = 7 where id = ${bought.packageId}`],
  ],
  [
    '98-refunded-packages-gave-back-what-was-decided',
    ({ bought }) => [sql`update entitlements set status = 'refunded', remaining = 0 where id = ${bought.id}`],
  ],
  [
    '98-refunded-packages-gave-back-what-was-decided',
    ({ refunded }) => [
      sql`update refunds set amount_minor = amount_minor - 1 where reason = 'entitlement_refunded' and payment_id in
        (select id from payments where entitlement_id = ${refunded.id})`,
    ],
  ],
  [
    '98-refunded-packages-gave-back-what-was-decided',
    ({ refunded }) => [sql`delete from entitlement_refunds where entitlement_id = ${refunded.id}`],
  ],
  [
    '39-payments-belong-to-their-session',
    ({ bought }) => [
      sql`update payments set amount_minor = amount_minor + 1 where entitlement_id = ${bought.id}`,
    ],
  ],
];

describe('invariants of packages', () => {
  let world: PackagesWorld;
  let rows: Rows;

  beforeAll(async () => {
    world = await PackagesWorld.start();
    const practice = await world.practice();
    const bought = await world.bought(practice);
    const openId = await world.purchases.open(practice.client, bought.packageId);
    const sessionId = newId();
    await world.draw(practice, sessionId, { startsAt: new Date() });
    const refunded = await world.bought(practice, { name: 'Given back' });
    const refunds = world.module.get(EntitlementRefunds);
    const { id: quoteId } = await refunds.quote(practice.coach, refunded.id, {});
    await refunds.refund(practice.coach, refunded.id, { quoteId, reason: 'moving abroad' });
    rows = { bought, refunded, sessionId, open: await world.entitlements.get(practice.coachId, openId) };
  });
  afterAll(() => world.close());

  it('all hold before', async () => {
    expect(await world.brokenInvariants()).toEqual([]);
  });

  it.each(BREAKS)('%s reports what breaks it', async (name, statements) => {
    let broken: string[] = [];
    const spoil = world.database.transaction(async () => {
      await world.database.execute(sql`set local session_replication_role = replica`);
      for (const statement of statements(rows))
        expect(await world.database.execute(statement)).toBeGreaterThan(0);
      broken = await world.brokenInvariants();
      throw new RolledBack();
    });
    await expect(spoil).rejects.toThrow(RolledBack);
    expect(broken).toContain(name);
  });
});
