import { sql } from '@app/database';
import { ChargesWorld } from './charges.test-world';
import type { Practice } from './payments.test-world';

const CONFIRM = 'POST /v1/payment_intents/{id}/confirm';
const CREATE = 'POST /v1/payment_intents';
const HOUR = 3_600;

describe('an attempt on a saved card, whatever goes wrong', () => {
  let world: ChargesWorld;
  let practice: Practice;

  beforeAll(async () => {
    world = await ChargesWorld.start();
    practice = await world.practiceWithCard();
  });
  afterEach(async () => {
    world.base.sandbox.faults.clear();
    await world.base.processEvents();
    expect(await world.base.brokenInvariants()).toEqual([]);
  });
  afterAll(() => world.base.close());

  const fail = (operation: string, kind: 'timeout_after_commit' | 'server_error' | 'reset' | 'rate_limit') =>
    world.base.sandbox.faults.inject({ provider: 'stripe', operation, kind, times: 4 });

  it.each([
    [CREATE, 'timeout_after_commit'],
    [CREATE, 'server_error'],
    [CREATE, 'reset'],
    [CONFIRM, 'timeout_after_commit'],
    [CONFIRM, 'server_error'],
    [CONFIRM, 'reset'],
    [CONFIRM, 'rate_limit'],
  ] as const)(
    'takes the money once: %s, %s',
    async (operation, kind) => {
      const charge = await world.request(practice);
      fail(operation, kind);
      expect(await world.attemptUntilDone(charge)).toMatchObject({ status: 'paid', attempts: 1 });
      expect(world.chargesOf(charge)).toEqual(['succeeded']);
      expect(world.intentsOf(charge)).toHaveLength(1);
    },
    30_000,
  );

  it('is paid by the webhook though the answer was lost', async () => {
    const charge = await world.request(practice);
    fail(CONFIRM, 'timeout_after_commit');
    await expect(world.attempt(charge)).rejects.toThrow('not confirmed');
    expect((await world.base.payment(charge)).status).toBe('requires_payment');
    await world.base.processEvents();
    const paid = await world.base.payment(charge);
    expect(paid).toMatchObject({ status: 'paid', attemptIsOpen: false });
    expect(await world.attempt(charge)).toEqual(paid);
    expect(world.chargesOf(charge)).toEqual(['succeeded']);
  });

  it.each([23.5, 25, 30 * 24])(
    'takes the money once though Stripe was asked %d hours ago and the key is forgotten',
    async (hours) => {
      for (const operation of [CREATE, CONFIRM]) {
        const charge = await world.request(practice);
        fail(operation, 'timeout_after_commit');
        await expect(world.attempt(charge)).rejects.toThrow('not confirmed');
        world.base.sandbox.faults.clear();
        await world.base.sandbox.advanceClock(hours * HOUR);
        expect(await world.attempt(charge)).toMatchObject({ status: 'paid', attempts: 1 });
        expect(world.chargesOf(charge)).toEqual(['succeeded']);
        expect(world.intentsOf(charge)).toHaveLength(1);
      }
    },
  );

  it('counts a refusal once though its answer was lost and the key is forgotten', async () => {
    const broke = await world.practiceWithCard('pm_card_chargeCustomerFail');
    const charge = await world.request(broke);
    fail(CONFIRM, 'timeout_after_commit');
    await expect(world.attempt(charge)).rejects.toThrow('not confirmed');
    await world.base.processEvents();
    expect(await world.base.payment(charge)).toMatchObject({ attemptIsOpen: true, failureCode: null });
    world.base.sandbox.faults.clear();
    await world.base.sandbox.advanceClock(25 * HOUR);
    expect(await world.attempt(charge)).toMatchObject({
      attempts: 1,
      chargeState: 'planned',
      failureCode: 'generic_decline',
    });
    expect(world.chargesOf(charge)).toEqual(['failed']);
  });

  it('asks again under a key of its own after a refusal, also when the first PaymentIntent call was long ago', async () => {
    const broke = await world.practiceWithCard('pm_card_chargeCustomerFail');
    const charge = await world.attempt(await world.request(broke));
    await world.saveCard(broke, 'pm_card_visa');
    expect(await world.after(6, charge)).toMatchObject({ status: 'paid', attempts: 2 });
    expect(world.chargesOf(charge)).toEqual(['failed', 'succeeded']);
  });

  it('takes the money once when two workers do the job at the same time', async () => {
    for (let round = 0; round < 3; round += 1) {
      const charge = await world.request(practice);
      await Promise.allSettled(Array.from({ length: 4 }, () => world.attempt(charge)));
      expect(await world.attempt(charge)).toMatchObject({ status: 'paid', attempts: 1 });
      expect(world.chargesOf(charge)).toEqual(['succeeded']);
      expect(world.intentsOf(charge)).toHaveLength(1);
    }
  });

  it('gives what is due to the worker once when two sweep at the same time', async () => {
    const charges = await Promise.all(
      Array.from({ length: 6 }, () => world.request(practice, { dueIn: HOUR })),
    );
    await world.base.sandbox.advanceClock(HOUR);
    const taken = await Promise.all([world.sweep(), world.sweep(), world.sweep()]);
    expect(taken.reduce((sum, each) => sum + each)).toBe(charges.length);
    for (const charge of charges)
      expect(await world.base.events('paymentId', charge.id)).toEqual(['charge_requested']);
  });

  it('goes on when the coach cannot take transfers for a while', async () => {
    const { stripeAccountId } = practice;
    const charge = await world.request({ ...practice, stripeAccountId: 'acct_unknown' });
    expect(await world.attempt(charge)).toMatchObject({
      status: 'requires_payment',
      chargeState: 'planned',
      failureCode: 'resource_missing',
      attempts: 1,
    });
    await world.base.database.execute(
      sql`update payments set stripe_account_id = ${stripeAccountId} where id = ${charge.id}`,
    );
    expect(await world.after(6, charge)).toMatchObject({ status: 'paid', attempts: 2 });
  });
});
