import { buildCoach } from '@app/accounts/testing';
import { Database, sql } from '@app/database';
import { PaymentNotPayable, PayoutsNotReady } from './payments.errors';
import { PaymentsWorld, type Practice } from './payments.test-world';

describe('payments', () => {
  let world: PaymentsWorld;
  let practice: Practice;

  beforeAll(async () => {
    world = await PaymentsWorld.start();
    practice = await world.practice();
  });
  afterEach(async () => {
    world.sandbox.faults.clear();
    expect(await world.brokenInvariants()).toEqual([]);
  });
  afterAll(() => world.close());

  it('makes one PaymentIntent: a destination charge with the fee, and our ids in its metadata', async () => {
    const payment = await world.open(practice);
    const secrets = await Promise.all(
      Array.from({ length: 5 }, () => world.payments.clientSecret(payment.coachId, payment.id)),
    );
    expect(new Set(secrets).size).toBe(1);
    await world.payments.ensureIntent(payment.coachId, payment.id);
    const made = world.sandbox.stripe.paymentIntents.filter(
      ({ metadata }) => metadata['paymentId'] === payment.id,
    );
    expect(made).toHaveLength(1);
    expect(made[0]).toMatchObject({
      id: (await world.payment(payment)).stripePaymentIntentId,
      amount: 10_000,
      currency: 'eur',
      application_fee_amount: 1_500,
      transfer_data: { destination: practice.stripeAccountId },
      automatic_payment_methods: { enabled: true, allow_redirects: 'never' },
      metadata: { coachId: payment.coachId, sessionId: payment.sessionId },
    });
  });

  it('has its books found by an index, however many others its coach has', async () => {
    const payment = await world.paid(practice);
    const undone = world.database.transaction(async () => {
      await world.database.execute(sql`
        insert into payments (coach_id, id, client_id, session_id, amount_minor, currency, application_fee_minor, status,
          stripe_account_id, created_at, updated_at)
        select coach_id, uuidv7(), client_id, uuidv7(), amount_minor, currency, 0, 'canceled', stripe_account_id, created_at, updated_at
        from payments cross join generate_series(1, 2000) where id = ${payment.id}`);
      await world.database.execute(sql`
        insert into ledger_transactions (coach_id, id, kind, payment_id, at)
        select coach_id, uuidv7(), 'capture', id, created_at from payments where status = 'canceled'`);
      await world.database.execute(sql`analyze ledger_transactions`);
      const plan = await world.database.many(sql<{ 'QUERY PLAN': string }>`
        explain select from ledger_transactions where coach_id = ${payment.coachId}::uuid and payment_id = ${payment.id}::uuid`);
      throw new Error(plan.map((line) => line['QUERY PLAN']).join());
    });
    await expect(undone).rejects.toThrow('ledger_transactions_payment');
  });

  it('names no fee where there is none', async () => {
    const payment = await world.paid(practice, { applicationFeeBps: 0 });
    const intent = world.sandbox.stripe.paymentIntents.find(({ id }) => id === payment.stripePaymentIntentId);
    expect(intent?.application_fee_amount).toBeNull();
    expect(await world.balances(payment)).toEqual({
      stripe_clearing: 9_680,
      coach: -10_000,
      processing_fee: 320,
    });
  });

  it('is paid by its webhook: captured, booked, audited, announced, once', async () => {
    const payment = await world.open(practice);
    await world.confirm(payment, 'pm_card_visa');
    await world.processEvents();
    const paid = await world.payment(payment);
    expect(paid).toMatchObject({
      status: 'paid',
      capturedMinor: 10_000,
      processingFeeMinor: 320,
      failureCode: null,
    });
    expect(paid.paidAt).toBeInstanceOf(Date);
    expect(await world.balances(paid)).toEqual({
      stripe_clearing: 9_680,
      coach: -8_500,
      platform_fee: -1_500,
      processing_fee: 320,
    });
    for (let again = 0; again < 3; again += 1) await world.payments.syncPayment(payment.coachId, payment.id);
    expect(await world.payment(payment)).toEqual(paid);
    expect(await world.events('paymentId', payment.id)).toEqual(['payment_opened', 'payment_paid']);
    expect(await actions(world.database, payment.id)).toEqual(['payment.prepare', 'payment.paid']);
  });

  it('is paid though the webhook is faster than our own note of the PaymentIntent', async () => {
    const payment = await world.open(practice);
    // The call's answer is lost after Stripe has made the intent: nothing is noted.
    world.sandbox.faults.inject({
      provider: 'stripe',
      operation: 'POST /v1/payment_intents',
      kind: 'timeout_after_commit',
      times: 3,
    });
    await expect(world.payments.clientSecret(payment.coachId, payment.id)).rejects.toMatchObject({
      code: 'payments.stripe_unavailable',
    });
    expect((await world.payment(payment)).stripePaymentIntentId).toBeNull();
    const intent = world.sandbox.stripe.paymentIntents.find(
      ({ metadata }) => metadata['paymentId'] === payment.id,
    );
    await world.stripe.paymentIntents.confirm(intent?.id ?? '', { payment_method: 'pm_card_visa' });
    await world.processEvents();
    expect(await world.payment(payment)).toMatchObject({ status: 'paid', stripePaymentIntentId: intent?.id });
  });

  it.each(['timeout_after_commit', 'server_error', 'reset', 'rate_limit'] as const)(
    'has one PaymentIntent after %s, however often it is asked again',
    async (kind) => {
      const payment = await world.open(practice);
      world.sandbox.faults.inject({
        provider: 'stripe',
        operation: 'POST /v1/payment_intents',
        kind,
        times: 4,
      });
      await untilDone(() => world.payments.ensureIntent(payment.coachId, payment.id));
      await world.payments.ensureIntent(payment.coachId, payment.id);
      const made = world.sandbox.stripe.paymentIntents.filter(
        ({ metadata }) => metadata['paymentId'] === payment.id,
      );
      expect(made.map(({ id }) => id)).toEqual([(await world.payment(payment)).stripePaymentIntentId]);
    },
    30_000,
  );

  it('finds a PaymentIntent by its metadata when Stripe has forgotten the key', async () => {
    const payment = await world.open(practice);
    world.sandbox.faults.inject({
      provider: 'stripe',
      operation: 'POST /v1/payment_intents',
      kind: 'timeout_after_commit',
      times: 3,
    });
    await expect(world.payments.ensureIntent(payment.coachId, payment.id)).rejects.toMatchObject({
      code: 'payments.stripe_unavailable',
    });
    await world.sandbox.advanceClock(25 * 3_600);
    await world.payments.ensureIntent(payment.coachId, payment.id);
    const made = world.sandbox.stripe.paymentIntents.filter(
      ({ metadata }) => metadata['paymentId'] === payment.id,
    );
    expect(made.map(({ id }) => id)).toEqual([(await world.payment(payment)).stripePaymentIntentId]);
  });

  it('tells a declined card, and takes the next one', async () => {
    const payment = await world.open(practice);
    await expect(world.confirm(payment, 'pm_card_chargeDeclinedInsufficientFunds')).rejects.toThrow(
      'insufficient',
    );
    await world.processEvents();
    expect(await world.payment(payment)).toMatchObject({
      status: 'failed',
      failureCode: 'insufficient_funds',
      capturedMinor: 0,
    });
    await world.confirm(payment, 'pm_card_visa');
    await world.processEvents();
    expect(await world.payment(payment)).toMatchObject({ status: 'paid', failureCode: null });
    expect(await world.events('paymentId', payment.id)).toEqual([
      'payment_opened',
      'payment_failed',
      'payment_paid',
    ]);
  });

  it('shows a payment that is under way, and then that it arrived', async () => {
    const payment = await world.open(practice);
    await world.confirm(payment, 'pm_sandbox_processing');
    await world.processEvents();
    expect((await world.payment(payment)).status).toBe('processing');
    await world.sandbox.advanceClock(10);
    await world.processEvents();
    expect((await world.payment(payment)).status).toBe('paid');
  });

  it('stays paid whatever order the news come in', async () => {
    const payment = await world.open(practice);
    await expect(world.confirm(payment, 'pm_card_chargeDeclined')).rejects.toThrow('declined');
    await world.confirm(payment, 'pm_card_visa');
    await world.processEvents((ids) => ids.toReversed());
    expect(await world.payment(payment)).toMatchObject({ status: 'paid', capturedMinor: 10_000 });
    expect(await world.events('paymentId', payment.id)).toEqual(['payment_opened', 'payment_paid']);
  });

  describe('when nothing is to be paid any more', () => {
    const callOff = async (payment: { coachId: string; id: string }): Promise<void> => {
      await world.database.transaction(() => world.payments.cancel(payment.coachId, payment.id));
      await world.payments.cancelIntent(payment.coachId, payment.id);
      await world.payments.cancelIntent(payment.coachId, payment.id);
    };

    it('cancels the PaymentIntent', async () => {
      const payment = await world.open(practice);
      await world.payments.ensureIntent(payment.coachId, payment.id);
      await callOff(payment);
      expect((await world.payment(payment)).status).toBe('canceled');
      expect(intentsOf(world, payment.id)).toMatchObject([{ status: 'canceled' }]);
      expect(await world.events('paymentId', payment.id)).toEqual([
        'payment_opened',
        'payment_cancel_requested',
        'payment_canceled',
      ]);
      await expect(world.payments.clientSecret(payment.coachId, payment.id)).rejects.toMatchObject({
        code: 'payments.not_payable',
        extensions: { paymentStatus: 'canceled' },
      });
      await world.processEvents();
      expect((await world.payment(payment)).status).toBe('canceled');
    });

    it('leaves none that can be paid though nobody had made one before, or its answer was lost', async () => {
      const payment = await world.open(practice);
      world.sandbox.faults.inject({
        provider: 'stripe',
        operation: 'POST /v1/payment_intents',
        kind: 'timeout_after_commit',
        times: 3,
      });
      await expect(world.payments.ensureIntent(payment.coachId, payment.id)).rejects.toThrow('not confirmed');
      await callOff(payment);
      expect((await world.payment(payment)).status).toBe('canceled');
      expect(intentsOf(world, payment.id)).toMatchObject([{ status: 'canceled' }]);
    });

    it('cancels one that was made while it was called off', async () => {
      const payment = await world.open(practice);
      await world.sandbox.advanceClock(24 * 3_600); // so that it is looked for before it is made
      world.sandbox.faults.inject({
        provider: 'stripe',
        operation: 'GET /v1/payment_intents',
        kind: 'slow',
        times: 1,
        delayMs: 500,
      });
      const secret = world.payments.clientSecret(payment.coachId, payment.id);
      const [outcome] = await Promise.allSettled([secret, callOff(payment)]);
      expect(outcome).toMatchObject({ status: 'rejected', reason: expect.any(PaymentNotPayable) });
      expect((await world.payment(payment)).status).toBe('canceled');
      expect(intentsOf(world, payment.id)).toMatchObject([{ status: 'canceled' }]);
    });

    it('reports the payment that came in the last moment', async () => {
      const payment = await world.open(practice);
      await world.confirm(payment, 'pm_card_visa');
      await callOff(payment);
      expect(await world.payment(payment)).toMatchObject({ status: 'paid', capturedMinor: 10_000 });
      expect(await world.events('paymentId', payment.id)).toEqual([
        'payment_opened',
        'payment_cancel_requested',
        'payment_paid',
      ]);
    });

    it('does nothing to one that is paid', async () => {
      const payment = await world.paid(practice);
      await callOff(payment);
      expect((await world.payment(payment)).status).toBe('paid');
      expect(await world.events('paymentId', payment.id)).toEqual(['payment_opened', 'payment_paid']);
    });
  });

  it.each([
    ['JPY', 5_000, 750],
    ['KWD', 12_340, 1_851],
  ])('books %s in its own minor units', async (currency, amountMinor, feeMinor) => {
    const payment = await world.paid(await world.practice(currency), { amountMinor });
    const { coach, platform_fee: fee } = await world.balances(payment);
    expect([coach, fee]).toEqual([feeMinor - amountMinor, -feeMinor]);
  });
});

describe('payout accounts', () => {
  let world: PaymentsWorld;

  beforeAll(async () => {
    world = await PaymentsWorld.start();
  });
  afterAll(() => world.close());

  it('makes the account once, and is ready when Stripe says that transfers are active', async () => {
    const { coachId, stripeAccountId } = await world.practice();
    expect(await world.payoutAccounts.assertReady(coachId)).toBe(stripeAccountId);
    expect(
      world.sandbox.stripe.accounts.filter(({ metadata }) => metadata?.['coachId'] === coachId),
    ).toHaveLength(1);
    expect(await world.payoutAccounts.get(coachId)).toMatchObject({
      transfersActive: true,
      payoutsEnabled: true,
      requirementsDue: [],
    });
  });

  it('refuses bookings before the coach has begun', async () => {
    const coachId = await buildCoach(world.database);
    await expect(world.payoutAccounts.assertReady(coachId)).rejects.toThrow(PayoutsNotReady);
    expect(await world.payoutAccounts.get(coachId)).toBeUndefined();
    await world.payoutAccounts.refresh(coachId);
  });

  it.each(['timeout_after_commit', 'server_error'] as const)('has one account after %s', async (kind) => {
    world.sandbox.faults.inject({ provider: 'stripe', operation: 'POST /v1/accounts', kind, times: 2 });
    const { coachId } = await world.practice();
    expect(
      world.sandbox.stripe.accounts.filter(({ metadata }) => metadata?.['coachId'] === coachId),
    ).toHaveLength(1);
  });
});

async function untilDone(job: () => Promise<void>, most = 8): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await job();
    } catch (error) {
      if (attempt >= most) throw error;
    }
  }
}

function intentsOf(world: PaymentsWorld, paymentId: string) {
  return world.sandbox.stripe.paymentIntents.filter(({ metadata }) => metadata['paymentId'] === paymentId);
}

async function actions(database: Database, objectId: string): Promise<string[]> {
  const rows = await database.many(
    sql<{ action: string }>`select action from audit_entries where object_id = ${objectId} order by id`,
  );
  return rows.map((row) => row.action);
}
