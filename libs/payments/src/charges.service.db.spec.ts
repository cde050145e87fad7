import { sql } from '@app/database';
import { ChargesWorld } from './charges.test-world';
import type { PaymentRecord } from './payment-record';
import { PaymentNotPayable, PaymentNotRetryable, ChargeExists } from './payments.errors';
import type { Practice } from './payments.test-world';

const HOUR = 3_600;

describe('charges of saved cards', () => {
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

  const release = (charge: PaymentRecord): Promise<void> =>
    world.base.database.transaction(() =>
      world.charges.release(charge.coachId, charge.id, { kind: 'coach', accountId: charge.coachId }),
    );
  const balances = (charge: PaymentRecord) => world.base.balances(charge);
  const events = (charge: PaymentRecord) => world.base.events('paymentId', charge.id);
  const actions = async ({ id }: PaymentRecord): Promise<string[]> => {
    const rows = await world.base.database.many(
      sql<{ action: string }>`select action from audit_entries where object_id = ${id} order by id`,
    );
    return rows.map((row) => row.action);
  };

  it('waits for its time, is owed then, and is paid by the card without the client', async () => {
    const planned = await world.request(practice, { dueIn: 10 * 24 * HOUR });
    expect(planned).toMatchObject({
      mode: 'off_session',
      reason: 'pay_later',
      status: 'requires_payment',
      chargeState: 'planned',
      attempts: 0,
      applicationFeeMinor: 1_500,
    });
    expect(planned.nextAttemptAt).toEqual(planned.dueAt);
    expect(await world.sweep()).toBe(0);
    expect(await world.attempt(planned)).toEqual(planned);
    expect(await balances(planned)).toEqual({});

    await world.base.sandbox.advanceClock(10 * 24 * HOUR);
    expect(await world.sweep()).toBe(1);
    expect(await world.sweep()).toBe(0);
    expect(await balances(planned)).toEqual({ client: 10_000, coach: -8_500, platform_fee: -1_500 });
    const paid = await world.attempt(planned);
    expect(paid).toMatchObject({
      status: 'paid',
      chargeState: 'settled',
      attempts: 1,
      capturedMinor: 10_000,
      nextAttemptAt: null,
      failureCode: null,
    });
    expect(await balances(paid)).toEqual({
      stripe_clearing: 9_680,
      coach: -8_500,
      platform_fee: -1_500,
      processing_fee: 320,
    });
    const [intent, ...others] = world.intentsOf(paid);
    expect(others).toEqual([]);
    expect(intent).toMatchObject({
      amount: 10_000,
      application_fee_amount: 1_500,
      transfer_data: { destination: practice.stripeAccountId },
      metadata: { coachId: paid.coachId, paymentId: paid.id, sessionId: paid.sessionId },
    });
    expect(intent?.customer).not.toBeNull();
    expect(await events(paid)).toEqual(['charge_requested', 'payment_paid']);
    expect(await actions(paid)).toEqual([
      'payment.plan_charge',
      'payment.request_charge',
      'payment.charge',
      'payment.prepare',
      'payment.paid',
    ]);
    expect(await world.attempt(paid)).toEqual(paid);
  });

  it('reads like a bank statement: owed, paid, and what Stripe takes', async () => {
    const charge = await world.attempt(await world.request(practice, { reason: 'no_show' }));
    const lines = await world.base.queries.ledger(world.base.coach(practice), charge.id);
    expect(
      lines.map(({ kind, account, amountMinor, balanceMinor }) => [kind, account, amountMinor, balanceMinor]),
    ).toEqual([
      ['charge', 'client', 10_000, 10_000],
      ['charge', 'platform_fee', -1_500, -1_500],
      ['charge', 'coach', -8_500, -8_500],
      ['capture', 'stripe_clearing', 10_000, 10_000],
      ['capture', 'client', -10_000, 0],
      ['processing_fee', 'processing_fee', 320, 320],
      ['processing_fee', 'stripe_clearing', -320, 9_680],
    ]);
  });

  it('gives back what was paid, and the fee with it', async () => {
    const paid = await world.attempt(await world.request(practice));
    await world.base.refunded(paid, 10_000);
    expect((await world.base.payment(paid)).status).toBe('refunded');
    expect(await balances(paid)).toEqual({ stripe_clearing: -320, processing_fee: 320 });
  });

  it('tries a card that declines four times over days, then gives up, and takes another card', async () => {
    const broke = await world.practiceWithCard('pm_card_chargeCustomerFail');
    const charge = await world.request(broke);
    const first = await world.attempt(charge);
    expect(first).toMatchObject({
      status: 'requires_payment',
      chargeState: 'planned',
      attempts: 1,
      failureCode: 'generic_decline',
    });
    // The notice of the refusal is no other refusal.
    await world.base.processEvents();
    expect(await world.base.payment(charge)).toEqual(first);
    expect(await world.after(5, charge)).toMatchObject({ attempts: 1 });
    expect(await world.after(1, charge)).toMatchObject({ attempts: 2, chargeState: 'planned' });
    expect(await world.after(24, charge)).toMatchObject({ attempts: 3, chargeState: 'planned' });
    const last = await world.after(72, charge);
    expect(last).toMatchObject({
      attempts: 4,
      chargeState: 'given_up',
      status: 'failed',
      failureCode: 'generic_decline',
      nextAttemptAt: null,
    });
    expect(await world.after(240, charge)).toMatchObject({ attempts: 4 });
    expect(world.chargesOf(charge)).toEqual(['failed', 'failed', 'failed', 'failed']);
    expect(world.intentsOf(charge)).toHaveLength(1);
    expect(await balances(charge)).toEqual({ client: 10_000, coach: -8_500, platform_fee: -1_500 });
    expect((await events(charge)).slice(-2)).toEqual(['payment_failed', 'charge_given_up']);

    await expect(world.charges.retry(world.base.coach(practice), charge.id)).rejects.toMatchObject({
      code: 'payments.not_found',
    });
    await world.saveCard(broke, 'pm_card_visa');
    const retried = await world.charges.retry(world.base.coach(broke), charge.id);
    expect(retried).toMatchObject({ status: 'requires_payment', chargeState: 'requested' });
    await expect(world.charges.retry(world.base.coach(broke), charge.id)).rejects.toThrow(
      PaymentNotRetryable,
    );
    expect(await world.attempt(charge)).toMatchObject({ status: 'paid', attempts: 5, failureCode: null });
    expect(world.intentsOf(charge)).toHaveLength(1);
  });

  it('leaves what the bank wants confirmed to the client, who confirms the same PaymentIntent', async () => {
    const careful = await world.practiceWithCard('pm_card_authenticationRequired');
    const charge = await world.attempt(await world.request(careful));
    expect(charge).toMatchObject({
      status: 'requires_payment',
      chargeState: 'needs_action',
      failureCode: 'authentication_required',
      attempts: 1,
    });
    expect(await events(charge)).toEqual(['charge_requested', 'charge_needs_action']);
    await world.base.processEvents();
    expect(await world.base.payment(charge)).toEqual(charge);
    expect(await world.after(48, charge)).toEqual(charge);

    await world.base.confirm(charge, 'pm_card_visa');
    await world.base.processEvents();
    expect(await world.base.payment(charge)).toMatchObject({
      status: 'paid',
      chargeState: 'settled',
      stripePaymentIntentId: charge.stripePaymentIntentId,
    });
    expect(world.intentsOf(charge)).toHaveLength(1);
  });

  it('gives up what the client does not confirm within three days', async () => {
    const careful = await world.practiceWithCard('pm_card_authenticationRequired');
    const charge = await world.attempt(await world.request(careful));
    await world.base.sandbox.advanceClock(71 * HOUR);
    expect(await world.giveUpUnconfirmed()).toBe(0);
    await world.base.sandbox.advanceClock(HOUR);
    expect(await world.giveUpUnconfirmed()).toBe(1);
    expect(await world.giveUpUnconfirmed()).toBe(0);
    expect(await world.base.payment(charge)).toMatchObject({
      status: 'failed',
      chargeState: 'given_up',
      failureCode: 'authentication_required',
    });
  });

  it('shows that the card which the client tried instead was declined as well', async () => {
    const careful = await world.practiceWithCard('pm_card_authenticationRequired');
    const charge = await world.attempt(await world.request(careful));
    await expect(world.base.confirm(charge, 'pm_card_chargeDeclinedExpiredCard')).rejects.toThrow('expired');
    await world.base.processEvents();
    expect(await world.base.payment(charge)).toMatchObject({
      status: 'failed',
      chargeState: 'needs_action',
      failureCode: 'expired_card',
    });
  });

  it('gives up at once without a card, and lets the client pay by another', async () => {
    const cardless = await world.base.practice();
    const charge = await world.attempt(await world.request(cardless));
    expect(charge).toMatchObject({
      status: 'failed',
      chargeState: 'given_up',
      failureCode: 'no_saved_card',
      attempts: 0,
    });
    expect(world.intentsOf(charge)).toEqual([]);
    await world.base.confirm(charge, 'pm_card_visa');
    await world.base.processEvents();
    expect(await world.base.payment(charge)).toMatchObject({ status: 'paid', chargeState: 'settled' });
  });

  it('charges a card that was saved after the PaymentIntent was made', async () => {
    const cardless = await world.base.practice();
    const charge = await world.attempt(await world.request(cardless));
    await world.base.payments.clientSecret(charge.coachId, charge.id);
    await world.saveCard(cardless, 'pm_card_visa');
    await world.charges.retry(world.base.coach(cardless), charge.id);
    expect(await world.attempt(charge)).toMatchObject({ status: 'paid' });
    expect(world.intentsOf(charge)).toHaveLength(1);
  });

  it('charges no client who was removed', async () => {
    const left = await world.practiceWithCard();
    const charge = await world.request(left);
    await world.base.database.execute(
      sql`update clients set removed_at = app_now() where coach_id = ${left.coachId} and id = ${left.clientId}`,
    );
    expect(await world.attempt(charge)).toMatchObject({ status: 'failed', failureCode: 'no_saved_card' });
  });

  it('ends one that Stripe had for a while like one refused at once', async () => {
    const slow = await world.practiceWithCard('pm_sandbox_processingFails');
    const charge = await world.attempt(await world.request(slow));
    expect(charge).toMatchObject({ status: 'processing', chargeState: 'requested', attemptIsOpen: true });
    expect(await world.attempt(charge)).toEqual(charge);
    await world.base.sandbox.advanceClock(10);
    await world.base.processEvents();
    expect(await world.base.payment(charge)).toMatchObject({
      status: 'requires_payment',
      chargeState: 'planned',
      failureCode: 'generic_decline',
      attempts: 1,
    });
  });

  it('is paid when Stripe had it for a while and the bank agrees', async () => {
    const charge = await world.attempt(
      await world.request(await world.practiceWithCard('pm_sandbox_processing')),
    );
    expect(charge.status).toBe('processing');
    await world.base.sandbox.advanceClock(10);
    await world.base.processEvents();
    expect(await world.base.payment(charge)).toMatchObject({ status: 'paid', chargeState: 'settled' });
  });

  it('takes one card from the moment it is asked, though the client saves another meanwhile', async () => {
    const changing = await world.practiceWithCard('pm_card_visa');
    const charge = await world.request(changing);
    world.base.sandbox.faults.inject({
      provider: 'stripe',
      operation: 'POST /v1/payment_intents/{id}/confirm',
      kind: 'reset',
      times: 3,
    });
    await expect(world.attempt(charge)).rejects.toMatchObject({ code: 'payments.stripe_unavailable' });
    const asked = await world.base.payment(charge);
    await world.saveCard(changing, 'pm_card_mastercard');
    expect(await world.attempt(charge)).toMatchObject({ status: 'paid', attemptedCard: asked.attemptedCard });
  });

  describe('of a session that moves', () => {
    it('is due at the new time, or at once', async () => {
      const charge = await world.request(practice, { dueIn: 24 * HOUR });
      const later = new Date((await world.base.now()).getTime() + 48 * HOUR * 1_000);
      await world.charges.move(charge.coachId, charge.id, later);
      expect(await world.base.payment(charge)).toMatchObject({ dueAt: later, nextAttemptAt: later });
      await world.charges.move(charge.coachId, charge.id, new Date(0));
      expect(await world.base.payment(charge)).toMatchObject({ chargeState: 'requested' });
      expect(await events(charge)).toEqual(['charge_requested']);
      expect(await world.attempt(charge)).toMatchObject({ status: 'paid' });
    });

    it('stays due once it has fallen due', async () => {
      const broke = await world.practiceWithCard('pm_card_chargeCustomerFail');
      const waiting = await world.attempt(await world.request(broke));
      await world.charges.move(waiting.coachId, waiting.id, new Date('2040-01-01T00:00:00Z'));
      expect(await world.base.payment(waiting)).toEqual(waiting);
    });
  });

  describe('when nothing is to be paid any more', () => {
    it('is canceled at once while no card was asked, and owed no longer', async () => {
      const [planned, due] = [await world.request(practice, { dueIn: HOUR }), await world.request(practice)];
      for (const charge of [planned, due]) {
        await release(charge);
        await release(charge);
        expect(await world.base.payment(charge)).toMatchObject({
          status: 'canceled',
          chargeState: 'settled',
        });
        expect(await balances(charge)).toEqual({});
        expect(await world.attempt(charge)).toMatchObject({ status: 'canceled', attempts: 0 });
        expect(world.intentsOf(charge)).toEqual([]);
      }
      expect(await events(due)).toEqual(['charge_requested', 'payment_canceled']);
    });

    it('is canceled at Stripe once a card was asked, and not tried again', async () => {
      const broke = await world.practiceWithCard('pm_card_chargeCustomerFail');
      const charge = await world.attempt(await world.request(broke));
      await release(charge);
      await world.base.sandbox.advanceClock(24 * HOUR);
      await world.sweep();
      expect(await world.attempt(charge)).toMatchObject({ attempts: 1, status: 'requires_payment' });
      await expect(world.base.payments.clientSecret(charge.coachId, charge.id)).rejects.toThrow(
        PaymentNotPayable,
      );
      await world.base.payments.cancelIntent(charge.coachId, charge.id);
      expect(await world.base.payment(charge)).toMatchObject({ status: 'canceled', chargeState: 'settled' });
      expect(world.intentsOf(charge)).toMatchObject([{ status: 'canceled' }]);
      expect(await balances(charge)).toEqual({});
    });

    it('is canceled at Stripe when the bank refuses what Stripe had for a while', async () => {
      const slow = await world.practiceWithCard('pm_sandbox_processingFails');
      const charge = await world.attempt(await world.request(slow));
      await release(charge);
      // The job of canceling it comes too early: Stripe seldom cancels what a bank has. It is asked for again.
      await world.base.sandbox.advanceClock(10);
      await world.base.processEvents();
      expect(await world.base.payment(charge)).toMatchObject({ chargeState: 'requested', attempts: 1 });
      expect((await events(charge)).slice(-2)).toEqual([
        'payment_cancel_requested',
        'payment_cancel_requested',
      ]);
      expect(await world.after(24, charge)).toMatchObject({ status: 'requires_payment', attempts: 1 });
      await world.base.payments.cancelIntent(charge.coachId, charge.id);
      expect(await world.base.payment(charge)).toMatchObject({ status: 'canceled', chargeState: 'settled' });
      expect(world.intentsOf(charge)).toMatchObject([{ status: 'canceled' }]);
      expect(await balances(charge)).toEqual({});
    });

    it('is canceled when it is read again, though nobody has done the job of canceling it', async () => {
      const broke = await world.practiceWithCard('pm_card_chargeCustomerFail');
      const charge = await world.attempt(await world.request(broke));
      await release(charge);
      await world.base.payments.syncPayment(charge.coachId, charge.id);
      expect(await world.base.payment(charge)).toMatchObject({ status: 'canceled', chargeState: 'settled' });
      expect(world.intentsOf(charge)).toMatchObject([{ status: 'canceled' }]);
    });

    it('is paid all the same when Stripe had taken the money', async () => {
      const charge = await world.request(practice);
      world.base.sandbox.faults.inject({
        provider: 'stripe',
        operation: 'POST /v1/payment_intents/{id}/confirm',
        kind: 'timeout_after_commit',
        times: 3,
      });
      await expect(world.attempt(charge)).rejects.toThrow('not confirmed');
      await release(charge);
      await world.base.payments.cancelIntent(charge.coachId, charge.id);
      expect(await world.base.payment(charge)).toMatchObject({ status: 'paid', capturedMinor: 10_000 });
      expect(await events(charge)).toEqual(['charge_requested', 'payment_cancel_requested', 'payment_paid']);
      const [answer] = [await world.attempt(charge)];
      expect(answer.status).toBe('paid');
    });

    it('takes the money once or never, whichever comes first at Stripe', async () => {
      for (let round = 0; round < 3; round += 1) {
        const charge = await world.request(practice);
        await Promise.allSettled([
          world.attempt(charge),
          release(charge).then(() => world.base.payments.cancelIntent(charge.coachId, charge.id)),
        ]);
        await world.base.payments.cancelIntent(charge.coachId, charge.id);
        const { status } = await world.base.payment(charge);
        expect(['paid', 'canceled']).toContain(status);
        const atStripe = world.intentsOf(charge).map((intent) => intent.status);
        expect(atStripe.filter((each) => each === 'succeeded')).toHaveLength(status === 'paid' ? 1 : 0);
      }
    });
  });

  describe('of a session that has one already', () => {
    it('is refused', async () => {
      const { sessionId } = await world.request(practice, { dueIn: HOUR });
      const again = { sessionId: sessionId ?? '', reason: 'no_show' as const, amountMinor: 5_000 };
      await expect(world.request(practice, again)).rejects.toThrow(ChargeExists);
    });

    it('waits until the one that was released is canceled', async () => {
      const broke = await world.practiceWithCard('pm_card_chargeCustomerFail');
      const former = await world.attempt(await world.request(broke));
      await release(former);
      await world.saveCard(broke, 'pm_card_visa');
      const charge = await world.request(broke, {
        sessionId: former.sessionId ?? '',
        reason: 'no_show',
        amountMinor: 5_000,
      });
      expect(await world.attempt(charge)).toMatchObject({ chargeState: 'planned', attempts: 0 });
      await world.base.payments.cancelIntent(former.coachId, former.id);
      expect(await world.after(1, charge)).toMatchObject({ status: 'paid', capturedMinor: 5_000 });
    });

    it('is made when the one before was given back, released or not', async () => {
      for (const isReleased of [false, true]) {
        const former = await world.attempt(await world.request(practice));
        if (isReleased)
          await world.base.database.execute(
            sql`update payments set released_at = app_now() where id = ${former.id}`,
          );
        else
          await expect(world.request(practice, { sessionId: former.sessionId ?? '' })).rejects.toThrow(
            ChargeExists,
          );
        await world.base.request(former, 10_000);
        const charge = await world.request(practice, { sessionId: former.sessionId ?? '' });
        const live = await world.base.queries.forSession(former.coachId, former.sessionId ?? '');
        expect(live?.paymentId).toBe(charge.id);
        expect(await world.attempt(charge)).toMatchObject({ status: 'paid' });
      }
    });

    it('is not wanted any more when the one that was released was paid after all', async () => {
      const former = await world.request(practice);
      world.base.sandbox.faults.inject({
        provider: 'stripe',
        operation: 'POST /v1/payment_intents/{id}/confirm',
        kind: 'timeout_after_commit',
        times: 3,
      });
      await expect(world.attempt(former)).rejects.toThrow('not confirmed');
      await release(former);
      const charge = await world.request(practice, {
        sessionId: former.sessionId ?? '',
        reason: 'no_show',
        amountMinor: 5_000,
      });
      await world.base.payments.cancelIntent(former.coachId, former.id);
      expect(await world.attempt(charge)).toMatchObject({ status: 'canceled', attempts: 0 });
      const live = await world.base.queries.forSession(former.coachId, former.sessionId ?? '');
      expect(live).toMatchObject({ paymentId: former.id, status: 'paid', isReleased: true });
      // Nor is a third one, while that money is there.
      await expect(world.request(practice, { sessionId: former.sessionId ?? '' })).rejects.toThrow(
        ChargeExists,
      );
    });
  });

  it.each([
    ['JPY', 5_000, 750],
    ['KWD', 12_340, 1_851],
  ])('charges %s in its own minor units', async (currency, amountMinor, feeMinor) => {
    const abroad = await world.practiceWithCard('pm_card_visa', currency);
    const {
      coach,
      platform_fee: fee,
      client,
    } = await balances(await world.attempt(await world.request(abroad, { amountMinor })));
    expect([coach, fee, client]).toEqual([feeMinor - amountMinor, -feeMinor, undefined]);
  });
});
