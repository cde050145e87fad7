import { newId } from '@app/common';
import { NoCreditLeft } from './packages.errors';
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

describe('credits', () => {
  it('are drawn one for each session, restored once, and drawn again', async () => {
    const entitlement = await world.bought(practice);
    const sessionId = newId();
    expect(await world.draw(practice, sessionId)).toMatchObject({
      entitlementId: entitlement.id,
      remaining: 4,
    });
    await world.restore(practice, sessionId);
    await world.restore(practice, sessionId);
    await world.forfeit(practice, sessionId);
    expect(await world.get(entitlement)).toMatchObject({ remaining: 5 });
    expect(await world.draw(practice, sessionId)).toMatchObject({ remaining: 4 });
    await world.forfeit(practice, sessionId);
    await world.forfeit(practice, sessionId);
    await world.restore(practice, sessionId);
    expect(await world.entries(entitlement)).toEqual([
      ['grant', 5],
      ['debit', -1],
      ['restore', 1],
      ['debit', -1],
      ['forfeit', 0],
    ]);
  });

  it('a session holds one at most', async () => {
    await world.bought(practice);
    const sessionId = newId();
    await world.draw(practice, sessionId);
    await expect(world.draw(practice, sessionId)).rejects.toThrow('credit_entries_one_debit');
  });

  it('come from the package that expires first, unless one is named', async () => {
    const long = await world.bought(practice, { validityDays: 200 });
    const short = await world.bought(practice, { validityDays: 20, sessionCount: 1, priceMinor: 9_000 });
    expect(await world.draw(practice, newId(), { entitlementId: long.id })).toMatchObject({
      entitlementId: long.id,
    });
    expect(await world.draw(practice, newId())).toMatchObject({ entitlementId: short.id, remaining: 0 });
    expect(await world.draw(practice, newId())).toMatchObject({ entitlementId: long.id, remaining: 3 });
    await expect(world.draw(practice, newId(), { entitlementId: short.id })).rejects.toThrow(NoCreditLeft);
  });

  it('pay for what the package is for, and only for its client', async () => {
    await world.bought(practice);
    const stranger = await world.practice();
    await expect(world.draw({ ...practice, offeringId: stranger.offeringId }, newId())).rejects.toThrow(
      NoCreditLeft,
    );
    await expect(world.draw(stranger, newId())).rejects.toThrow(NoCreditLeft);
  });

  it.each([
    ['bookBy', '2027-04-04T21:59:00Z', '2027-09-01T10:00:00Z', true],
    ['bookBy', '2027-04-04T22:00:00Z', '2027-04-05T10:00:00Z', false],
    ['useBy', '2027-01-05T09:00:00Z', '2027-04-04T21:59:00Z', true],
    ['useBy', '2027-01-05T09:00:00Z', '2027-04-04T22:00:00Z', false],
  ] as const)('%s: drawn at %s for a start at %s: %s', async (expiryMeaning, now, startsAt, isDrawn) => {
    expect(await world.bought(practice, { expiryMeaning })).toMatchObject({ expiresOn: '2027-04-04' });
    await world.setTime(now);
    const drawn = world.draw(practice, newId(), { startsAt: new Date(startsAt) }).then(
      () => true,
      (error: unknown) => !(error instanceof NoCreditLeft) && Promise.reject(error as Error),
    );
    expect(await drawn).toBe(isDrawn);
  });

  it.each([true, false])(
    'that return after the expiry (swept: %s) expire at once, or live on for 30 days if the coach is why',
    async (isSwept) => {
      const entitlement = await world.bought(practice);
      const [first, second] = [newId(), newId()];
      await world.draw(practice, first);
      await world.draw(practice, second);
      await world.setTime('2027-04-05T09:00:00Z');
      if (isSwept) await world.sweeps.expireDue(100);
      await world.restore(practice, first, 'client');
      await world.restore(practice, second, 'coach');
      expect(await world.get(entitlement)).toMatchObject({
        status: 'active',
        remaining: 1,
        expiresOn: '2027-05-05',
      });
    },
  );

  it('of 50 draws of the last one at the same time one wins, and its return restores exactly one', async () => {
    const entitlement = await world.bought(practice, { sessionCount: 1, priceMinor: 9_000 });
    const sessionIds = Array.from({ length: 50 }, () => newId());
    const outcomes = await Promise.allSettled(sessionIds.map((id) => world.draw(practice, id)));
    const refused = outcomes
      .filter((each) => each.status === 'rejected')
      .map((each) => each.reason as unknown);
    expect(refused).toHaveLength(49);
    for (const reason of refused) expect(reason).toBeInstanceOf(NoCreditLeft);
    expect(await world.get(entitlement)).toMatchObject({ remaining: 0 });
    await Promise.all(sessionIds.map((id) => world.restore(practice, id)));
    expect(await world.get(entitlement)).toMatchObject({ remaining: 1 });
  });
});
