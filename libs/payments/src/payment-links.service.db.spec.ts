import { sql } from '@app/database';
import { ChargesWorld } from './charges.test-world';
import { isPayableByLink } from './payment-links.service';
import { PaymentLinkNotFound } from './payments.errors';
import type { Practice } from './payments.test-world';

const DAY = 86_400;

describe('links by which what was not charged is paid', () => {
  let world: ChargesWorld;
  let practice: Practice;

  beforeAll(async () => {
    world = await ChargesWorld.start();
    practice = await world.base.practice();
  });
  afterAll(() => world.base.close());

  const link = async () => {
    const charge = await world.attempt(await world.request(practice));
    const url = await world.links.linkOf(charge.coachId, charge.id);
    return { charge, url, token: url.split('/').at(-1) ?? '' };
  };

  it('lead to one payment, are the same in each mail, and are stored as a hash alone', async () => {
    const { charge, url, token } = await link();
    expect(url).toBe(`https://practice.test/v1/payment-links/${token}`);
    expect(token).toMatch(/^[\w-]{24}$/);
    expect(await world.links.linkOf(charge.coachId, charge.id)).toBe(url);
    expect((await link()).token).not.toBe(token);
    expect((await world.links.find(token)).payment).toEqual(charge);
    const stored = await world.base.database.many(
      sql<{ text: string }>`select l::text as text from payment_links l`,
    );
    expect(stored.map(({ text }) => text).join()).not.toContain(token);
    await expect(world.links.find(`${token.slice(1)}A`)).rejects.toThrow(PaymentLinkNotFound);
  });

  it('work for thirty days after the last mail with them', async () => {
    const { charge, token } = await link();
    await world.base.sandbox.advanceClock(29 * DAY);
    await world.links.linkOf(charge.coachId, charge.id);
    await world.base.sandbox.advanceClock(29 * DAY);
    expect((await world.links.find(token)).payment.id).toBe(charge.id);
    await world.base.sandbox.advanceClock(DAY + 1);
    await expect(world.links.find(token)).rejects.toThrow(PaymentLinkNotFound);
  });

  it('say when there is nothing to pay any more', async () => {
    const { charge, token } = await link();
    expect(isPayableByLink((await world.links.find(token)).payment)).toBe(true);
    await world.base.confirm(charge, 'pm_card_visa');
    await world.base.processEvents();
    expect(isPayableByLink((await world.links.find(token)).payment)).toBe(false);

    const waived = await link();
    await world.charges.release(waived.charge.coachId, waived.charge.id, {
      kind: 'coach',
      accountId: practice.coachId,
    });
    expect(isPayableByLink((await world.links.find(waived.token)).payment)).toBe(false);
  });

  it('lead nowhere for a client who was removed', async () => {
    const { token } = await link();
    await world.base.database.execute(
      sql`update clients set removed_at = app_now() where coach_id = ${practice.coachId}`,
    );
    await expect(world.links.find(token)).rejects.toThrow(PaymentLinkNotFound);
  });
});
