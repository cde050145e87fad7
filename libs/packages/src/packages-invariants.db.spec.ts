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

/** Moves one account of a package's books alone. */
function moved({ id }: EntitlementRecord, account: string, minor: number): RawBuilder<unknown> {
  return sql`update ledger_entries e set amount_minor = e.amount_minor + ${minor}
    from ledger_transactions t join payments p on p.coach_id = t.coach_id and p.id = t.payment_id
    where e.coach_id = t.coach_id and e.transaction_id = t.id and p.entitlement_id = ${id} and e.account = ${account}
      and t.kind = 'delivery'`;
}

/** Gives an entry other places. */
function placed({ id }: EntitlementRecord, to: string, which: string, from: string): RawBuilder<unknown> {
  return sql`update credit_entries set places = ${to}::integer[]
    where entitlement_id = ${id} and ${sql.raw(which)} and places = ${from}::integer[]`;
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
  ['30-ledger-equals-payments', ({ bought }) => [moved(bought, 'deferred_packages', 1)]],
  ['100-places-of-credits-are-in-one-hand', ({ bought }) => [placed(bought, '{1}', "kind = 'debit'", '{2}')]],
  ['100-places-of-credits-are-in-one-hand', ({ bought }) => [placed(bought, '{2}', "kind = 'debit'", '{1}')]],
  [
    '100-places-of-credits-are-in-one-hand',
    ({ bought }) => [placed(bought, '{1,2,3,4}', "kind = 'grant'", '{1,2,3,4,5}')],
  ],
  [
    '100-places-of-credits-are-in-one-hand',
    ({ bought }) => [sql`update entitlements set remaining = 2 where id = ${bought.id}`],
  ],
  [
    '101-package-sessions-earn-their-share',
    ({ bought }) => [sql`delete from package_session_revenues where entitlement_id = ${bought.id}`],
  ],
  ...[
    'gross_minor = gross_minor + 1, net_minor = net_minor + 1',
    'fee_minor = fee_minor + 1, net_minor = net_minor - 1',
  ].map((change): (typeof BREAKS)[number] => [
    '101-package-sessions-earn-their-share',
    ({ bought }) => [
      sql`update package_session_revenues set ${sql.raw(change)} where entitlement_id = ${bought.id}`,
    ],
  ]),
  [
    '102-packages-have-earned-what-was-delivered',
    ({ bought }) => [moved(bought, 'coach', -1), moved(bought, 'deferred_packages', 1)],
  ],
  [
    '102-packages-have-earned-what-was-delivered',
    ({ sessionId }) => [sql`update sessions set status = 'scheduled' where id = ${sessionId}`],
  ],
  [
    '103-package-sessions-are-booked-one-by-one',
    ({ bought }) => [
      sql`update ledger_transactions set reference = 'another:1' where kind = 'delivery' and payment_id in
        (select id from payments where entitlement_id = ${bought.id})`,
    ],
  ],
  [
    '104-package-sessions-show-their-revenue',
    ({ sessionId }) => [sql`update sessions set net_minor = net_minor + 1 where id = ${sessionId}`],
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
    await world.addSession(practice, sessionId, bought.id);
    await world.draw(practice, newId(), { startsAt: new Date() });
    await world.bookRevenue();
    const refunded = await world.bought(practice, { name: 'Given back' });
    const refunds = world.module.get(EntitlementRefunds);
    const { id: quoteId } = await refunds.quote(practice.coach, refunded.id, {});
    await refunds.refund(practice.coach, refunded.id, { quoteId, reason: 'moving abroad' });
    await world.settleRefunds(refunded);
    await world.bookRevenue();
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
