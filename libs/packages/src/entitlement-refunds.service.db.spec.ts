import { newId } from '@app/common';
import { sql } from '@app/database';
import type { EntitlementRecord } from './entitlement-record';
import type { RefundWish } from './entitlement-refund-terms';
import { EntitlementRefunds } from './entitlement-refunds.service';
import { EntitlementNotFound, EntitlementNotOpen, EntitlementQuoteStale } from './packages.errors';
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
afterEach(async () => expect(await world.brokenInvariants()).toEqual([]));

const reason = 'The client moves abroad.';
const service = (): EntitlementRefunds => world.module.get(EntitlementRefunds);

async function refund(entitlement: EntitlementRecord, wish: RefundWish = {}): Promise<void> {
  const { id: quoteId } = await service().quote(practice.coach, entitlement.id, wish);
  await service().refund(practice.coach, entitlement.id, { quoteId, reason });
}

/** Amounts of the refunds of what was paid for it, oldest first, with the session that each is for. */
async function refunds({
  coachId,
  id,
}: EntitlementRecord): Promise<{ amount: number; sessionId: string | null }[]> {
  return world.database.many(sql<{ amount: number; sessionId: string | null }>`
    select r.amount_minor as amount, r.session_id as "sessionId" from refunds r
    join payments p on p.coach_id = r.coach_id and p.id = r.payment_id
    where p.coach_id = ${coachId} and p.entitlement_id = ${id} and r.reason = 'entitlement_refunded' order by r.id`);
}

describe('refunding a package', () => {
  it('gives back the shares of its remaining credits exactly as quoted, and closes it', async () => {
    const entitlement = await world.bought(practice, { priceMinor: 44_998 });
    await world.draw(practice, newId());
    const quote = await service().quote(practice.coach, entitlement.id, {});
    expect(quote).toMatchObject({
      choice: 'remaining',
      credits: 4,
      refundMinor: 35_998,
      estimatedFeeReturnedMinor: 3_600,
      currency: 'EUR',
    });
    expect(quote.expiresAt.getTime() - new Date('2027-01-04T09:10:00Z').getTime()).toBeLessThan(60_000);
    await service().refund(practice.coach, entitlement.id, { quoteId: quote.id, reason });
    expect(await world.get(entitlement)).toMatchObject({ status: 'refunded', remaining: 0 });
    expect(await refunds(entitlement)).toEqual([{ amount: 35_998, sessionId: null }]);
    expect(await world.entries(entitlement)).toEqual([
      ['grant', 5],
      ['debit', -1],
      ['expire', -4],
    ]);
    await expect(refund(entitlement)).rejects.toThrow(EntitlementNotOpen);
  });

  it.each([
    [{ refund: 'full' }, [45_000]],
    [{ refund: 'partial', amountMinor: 12_345 }, [12_345]],
    [{ refund: 'none' }, []],
  ] as const)('%j is what the coach says instead', async (wish, amounts) => {
    const entitlement = await world.bought(practice);
    await world.draw(practice, newId());
    await refund(entitlement, wish);
    expect((await refunds(entitlement)).map(({ amount }) => amount)).toEqual(amounts);
    expect(await world.get(entitlement)).toMatchObject({ status: 'refunded', remaining: 0 });
  });

  it('a session that was booked stays, and cancelling it later refunds its share', async () => {
    const entitlement = await world.bought(practice, { priceMinor: 44_998 });
    const [first, second, late] = [newId(), newId(), newId()];
    for (const sessionId of [first, second, late]) await world.draw(practice, sessionId);
    await refund(entitlement);
    await world.restore(practice, first, 'client');
    await world.restore(practice, second, 'coach');
    await world.restore(practice, second, 'coach');
    await world.forfeit(practice, late);
    expect(await refunds(entitlement)).toEqual([
      { amount: 17_998, sessionId: null },
      { amount: 9_000, sessionId: first },
      { amount: 9_000, sessionId: second },
    ]);
    expect(await world.get(entitlement)).toMatchObject({ status: 'refunded', remaining: 0 });
  });

  it('a quote that no longer fits is answered with a fresh one', async () => {
    const entitlement = await world.bought(practice);
    const quote = await service().quote(practice.coach, entitlement.id, {});
    await world.draw(practice, newId());
    const use = (): Promise<void> =>
      service().refund(practice.coach, entitlement.id, { quoteId: quote.id, reason });
    await expect(use()).rejects.toThrow(EntitlementQuoteStale);
    const fresh = await service().quote(practice.coach, entitlement.id, {});
    await world.setTime('2027-01-04T09:11:00Z');
    await expect(
      service().refund(practice.coach, entitlement.id, { quoteId: fresh.id, reason }),
    ).rejects.toThrow(EntitlementQuoteStale);
    expect(await world.get(entitlement)).toMatchObject({ status: 'active', remaining: 4 });
    expect(await refunds(entitlement)).toEqual([]);
  });

  it('of 20 refunds at the same time one is done', async () => {
    const entitlement = await world.bought(practice);
    const quotes = await Promise.all(
      Array.from({ length: 20 }, () => service().quote(practice.coach, entitlement.id, {})),
    );
    const outcomes = await Promise.allSettled(
      quotes.map(({ id: quoteId }) => service().refund(practice.coach, entitlement.id, { quoteId, reason })),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const outcome of outcomes)
      if (outcome.status === 'rejected') expect(outcome.reason).toBeInstanceOf(EntitlementNotOpen);
    expect(await refunds(entitlement)).toEqual([{ amount: 45_000, sessionId: null }]);
  });

  it('is nobody else’s to ask for', async () => {
    const entitlement = await world.bought(practice);
    const stranger = await world.practice();
    await expect(service().quote(stranger.coach, entitlement.id, {})).rejects.toThrow(EntitlementNotFound);
  });

  it('counts credits that came back by an extension, whatever its reason says', async () => {
    const entitlement = await world.bought(practice);
    await world.setTime('2027-04-05T09:00:00Z');
    await world.sweeps.expireDue(100);
    for (const expiresOn of ['2027-05-01', '2027-06-01'])
      await world.entitlements.extend(practice.coach, entitlement.id, { expiresOn, reason: 'refund' });
    expect(await world.get(entitlement)).toMatchObject({ status: 'active', remaining: 5 });
    await refund(entitlement);
    expect(await refunds(entitlement)).toEqual([{ amount: 45_000, sessionId: null }]);
  });
});
