import { newId } from '@app/common';
import { sql } from '@app/database';
import type { RefundWish } from './entitlement-refund-terms';
import { EntitlementRefunds } from './entitlement-refunds.service';
import type { EntitlementRecord } from './entitlement-record';
import { PackagesWorld, type PackagePractice } from './packages.test-world';

let world: PackagesWorld;
let practice: PackagePractice;

beforeAll(async () => {
  world = await PackagesWorld.start();
});
afterAll(() => world.close());
beforeEach(async () => {
  await world.setTime('2027-01-04T09:00:00Z');
  practice = await world.practice();
});
afterEach(async () => {
  await world.bookRevenue();
  expect(await world.brokenInvariants()).toEqual([]);
});

/** Of 44 998 with a fee of 4 500: three shares of 9 000 and two of 8 999, each with 900 of the fee. */
const PRICE = { priceMinor: 44_998 };

async function settled(entitlement: EntitlementRecord): Promise<{ coach: number; deferred: number }> {
  await world.revenue.settle(entitlement.coachId, entitlement.id);
  return {
    coach: await world.credited(entitlement, 'coach'),
    deferred: await world.credited(entitlement, 'deferred_packages'),
  };
}

/** A credit that was used up. */
async function used(entitlement: EntitlementRecord): Promise<string> {
  const sessionId = newId();
  await world.draw(practice, sessionId, { entitlementId: entitlement.id });
  await world.addSession(practice, sessionId, entitlement.id);
  return sessionId;
}

async function setStatus(sessionId: string, status: string): Promise<void> {
  await world.database.execute(sql`
    update sessions set status = ${status}, outcome = case when ${status} = 'cancelled' then 'retroactive' end,
      cancelled_at = case when ${status} = 'cancelled' then app_now() end where id = ${sessionId}`);
}

async function revenueOf(sessionId: string): Promise<number[] | undefined> {
  const row = await world.database.maybe(sql<{ parts: number[] }>`
    select array[gross_minor, fee_minor, refunded_minor, net_minor]::int[] as parts from package_session_revenues
    where session_id = ${sessionId}`);
  return row?.parts;
}

async function kinds({ coachId, id }: EntitlementRecord): Promise<string[]> {
  const rows = await world.database.many(sql<{ kind: string }>`
    select t.kind from ledger_transactions t join payments p on p.coach_id = t.coach_id and p.id = t.payment_id
    where p.coach_id = ${coachId} and p.entitlement_id = ${id} order by t.id`);
  return rows.map(({ kind }) => kind);
}

async function refund(entitlement: EntitlementRecord, wish: RefundWish = {}): Promise<void> {
  const refunds = world.module.get(EntitlementRefunds);
  const { id: quoteId } = await refunds.quote(practice.coach, entitlement.id, wish);
  await refunds.refund(practice.coach, entitlement.id, { quoteId, reason: 'moving abroad' });
}

describe('A131 the revenue of a package', () => {
  it('is deferred until its sessions are delivered, each by its share of price and fee, once', async () => {
    const entitlement = await world.bought(practice, PRICE);
    expect(await settled(entitlement)).toEqual({ coach: 0, deferred: 40_498 });
    const booked = newId();
    await world.draw(practice, booked);
    expect(await settled(entitlement)).toEqual({ coach: 0, deferred: 40_498 });
    const sessions = [await used(entitlement), await used(entitlement), await used(entitlement)];
    await Promise.all(
      Array.from({ length: 20 }, () => world.revenue.settle(entitlement.coachId, entitlement.id)),
    );
    expect(await settled(entitlement)).toEqual({ coach: 24_299, deferred: 16_199 });
    expect(await kinds(entitlement)).toEqual(['capture', 'delivery', 'delivery', 'delivery']);
    expect(await Promise.all([booked, ...sessions].map(revenueOf))).toEqual([
      undefined,
      [9_000, 900, 0, 8_100],
      [9_000, 900, 0, 8_100],
      [8_999, 900, 0, 8_099],
    ]);
    await world.forfeit(practice, booked);
    expect(await settled(entitlement)).toEqual({ coach: 32_399, deferred: 8_099 });
    expect(await revenueOf(booked)).toEqual([9_000, 900, 0, 8_100]);
  });

  it('goes back when a delivery is undone, and its place is the next one\u2019s', async () => {
    const entitlement = await world.bought(practice, PRICE);
    const [first] = [await used(entitlement), await used(entitlement)];
    expect(await settled(entitlement)).toEqual({ coach: 16_200, deferred: 24_298 });
    await setStatus(first, 'cancelled');
    await world.restore(practice, first, 'coach');
    expect(await settled(entitlement)).toEqual({ coach: 8_100, deferred: 32_398 });
    expect(await revenueOf(first)).toBeUndefined();
    const next = await used(entitlement);
    expect(await settled(entitlement)).toEqual({ coach: 16_200, deferred: 24_298 });
    expect(await revenueOf(next)).toEqual([9_000, 900, 0, 8_100]);
    expect(await kinds(entitlement)).toEqual([
      'capture',
      'delivery',
      'delivery',
      'delivery_undone',
      'delivery',
    ]);
  });

  it('of one session is booked as often as it is delivered and undone', async () => {
    const entitlement = await world.bought(practice, PRICE);
    const sessionId = await used(entitlement);
    for (const [status, coach] of [
      ['scheduled', 0],
      ['completed', 8_100],
      ['scheduled', 0],
      ['completed', 8_100],
    ] as const) {
      await setStatus(sessionId, status);
      expect(await settled(entitlement)).toMatchObject({ coach });
    }
  });

  it('is earned by what expires or is taken away, until it is revived or given back', async () => {
    const entitlement = await world.bought(practice, PRICE);
    await used(entitlement);
    const adjust = (credits: number): Promise<void> =>
      world.entitlements.adjust(practice.coach, entitlement.id, { credits, reason: 'Agreed' });
    await adjust(-1);
    expect(await settled(entitlement)).toEqual({ coach: 16_199, deferred: 24_299 });
    await adjust(2);
    expect(await settled(entitlement)).toEqual({ coach: 8_100, deferred: 32_398 });
    await world.setTime('2027-05-01T09:00:00Z');
    await world.sweeps.expireDue(100);
    expect(await settled(entitlement)).toEqual({ coach: 40_498, deferred: 0 });
    await world.entitlements.extend(practice.coach, entitlement.id, {
      expiresOn: '2027-06-01',
      reason: 'ill',
    });
    expect(await settled(entitlement)).toEqual({ coach: 8_100, deferred: 32_398 });
    expect(await kinds(entitlement)).toEqual([
      'capture',
      'delivery',
      'breakage',
      'breakage_undone',
      'breakage',
      'breakage_undone',
    ]);
  });

  it('is nothing for a credit that was given on top', async () => {
    const entitlement = await world.bought(practice, { sessionCount: 1, priceMinor: 9_000 });
    await world.entitlements.adjust(practice.coach, entitlement.id, { credits: 1, reason: 'A gift' });
    const [paid, gift] = [await used(entitlement), await used(entitlement)];
    expect(await settled(entitlement)).toEqual({ coach: 8_100, deferred: 0 });
    expect(await revenueOf(paid)).toEqual([9_000, 900, 0, 8_100]);
    expect(await revenueOf(gift)).toBeUndefined();
  });

  it.each([
    ['nothing', { refund: 'none' }, { coach: 32_398, deferred: 8_100 }],
    ['what remains', {}, { coach: 16_200, deferred: 8_100 }],
    ['more than remains', { refund: 'partial', amountMinor: 20_198 }, { coach: 16_200, deferred: 6_120 }],
    ['everything', { refund: 'full' }, { coach: 0, deferred: 0 }],
  ] as const)(
    'after a refund of %s is what is left: of the credits given back, then of those to come, then of those used',
    async (_, wish, expected) => {
      const entitlement = await world.bought(practice, PRICE);
      const sessions = [await used(entitlement), await used(entitlement)];
      const booked = newId();
      await world.draw(practice, booked);
      await refund(entitlement, wish);
      // Decided is enough: what is under way is not earned in between.
      expect((await settled(entitlement)).coach).toBe(expected.coach);
      await world.settleRefunds(entitlement);
      expect(await settled(entitlement)).toEqual(expected);
      await setStatus(sessions[0] ?? '', 'completed');
      await world.addSession(practice, booked, entitlement.id);
      const end = await settled(entitlement);
      expect(end).toEqual({ coach: expected.coach + expected.deferred, deferred: 0 });
    },
  );

  it('tells what a session bears of a refund', async () => {
    const entitlement = await world.bought(practice, PRICE);
    const sessions = [await used(entitlement), await used(entitlement)];
    await refund(entitlement, { refund: 'full' });
    await world.settleRefunds(entitlement);
    await settled(entitlement);
    expect(await Promise.all(sessions.map(revenueOf))).toEqual([
      [9_000, 0, 9_000, 0],
      [9_000, 0, 9_000, 0],
    ]);
  });

  it.each([
    ['JPY', 1_000, [334, 33, 0, 301]],
    ['USD', 1_000, [334, 34, 0, 300]],
    ['KWD', 10_000, [3_334, 334, 0, 3_000]],
  ])('has no fraction of a minor unit of %s', async (currency, priceMinor, first) => {
    practice = await world.practice('Europe/Berlin', currency);
    const entitlement = await world.bought(practice, { currency, priceMinor, sessionCount: 3 });
    const sessions = [await used(entitlement), await used(entitlement), await used(entitlement)];
    expect(await settled(entitlement)).toEqual({ coach: (priceMinor * 9) / 10, deferred: 0 });
    const revenues = await Promise.all(sessions.map(revenueOf));
    expect(revenues[0]?.[0]).toBe(first[0]);
    expect(revenues.reduce((sum, revenue) => sum + (revenue?.[0] ?? 0), 0)).toBe(priceMinor);
    expect(revenues.reduce((sum, revenue) => sum + (revenue?.[1] ?? 0), 0)).toBe(priceMinor / 10);
  });

  it('is a loss where a dispute took more than the coach’s part', async () => {
    const entitlement = await world.bought(practice, PRICE);
    await used(entitlement);
    await settled(entitlement);
    const lost = world.database.transaction(async () => {
      await world.database.execute(sql`
        with movement as (
          insert into ledger_transactions (coach_id, id, kind, payment_id, reference, at)
          select coach_id, uuidv7(), 'dispute', id, 'dp_1', app_now() from payments where entitlement_id = ${entitlement.id}
          returning coach_id, id)
        insert into ledger_entries (coach_id, transaction_id, account, currency, amount_minor)
        select coach_id, id, account, 'EUR', minor from movement
        cross join (values ('deferred_packages', 44998), ('platform_fee', -44998)) each (account, minor)`);
      expect(await settled(entitlement)).toEqual({ coach: -4_500, deferred: 0 });
      await world.bookRevenue();
      expect(await world.brokenInvariants()).not.toContain('102-packages-have-earned-what-was-delivered');
      throw new Error('rolled back');
    });
    await expect(lost).rejects.toThrow('rolled back');
  });

  it('of a payment for something else, or of nothing paid, is left alone', async () => {
    const { id: packageId } = await world.sell(practice);
    const openId = await world.purchases.open(practice.client, packageId);
    await world.revenue.settle(practice.coachId, openId);
    await world.revenue.followPayment(practice.coachId, newId());
    expect(await world.credited({ coachId: practice.coachId, id: openId }, 'coach')).toBe(0);
  });

  it('writes what sessions are sorted by', async () => {
    const entitlement = await world.bought(practice, PRICE);
    const sessionId = await used(entitlement);
    const net = async (): Promise<number> =>
      (
        await world.database.one(
          sql<{ net: number }>`select net_minor as net from sessions where id = ${sessionId}`,
        )
      ).net;
    await settled(entitlement);
    expect(await net()).toBe(8_100);
    await setStatus(sessionId, 'scheduled');
    await settled(entitlement);
    expect(await net()).toBe(0);
  });
});
