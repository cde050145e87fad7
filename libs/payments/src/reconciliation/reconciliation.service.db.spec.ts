import { newId } from '@app/common';
import { invariants, sql } from '@app/database';
import type { DifferenceRecord } from './reconciliation-record';
import { ReconciliationWorld } from './reconciliation.test-world';

const HOUR = 3_600;

let world: ReconciliationWorld;
beforeEach(async () => {
  world = await ReconciliationWorld.start();
}, 60_000);
afterEach(async () => {
  expect(await broken()).toEqual([]);
  await world.close();
});

/** Names of the invariants of comparisons that do not hold. */
async function broken(): Promise<string[]> {
  const names: string[] = [];
  for (const { name, statement } of invariants().filter((each) => /^10[567]-/.test(each.name)))
    if ((await world.base.database.many(sql`${sql.raw(statement)}`)).length > 0) names.push(name);
  return names;
}

const shown = (rows: DifferenceRecord[]): string[] => rows.map(({ kind, state }) => `${kind} ${state}`);

describe('a comparison with Stripe', () => {
  it('records a refund that was made by hand, books it, and finds nothing the next time', async () => {
    const payment = await world.paid();
    const refund = await world.stripe.refunds.create({
      payment_intent: payment.stripePaymentIntentId ?? '',
      amount: 1_000,
    });
    await world.wait(HOUR);
    const run = await world.compare();
    expect(run).toMatchObject({
      paymentsThere: 1,
      paymentsHere: 1,
      refundsThere: 1,
      refundsHere: 0,
      found: 1,
      mended: 1,
      raised: 0,
    });
    const [difference] = await world.differences();
    expect(difference).toMatchObject({
      kind: 'refund_unknown_here',
      state: 'mended',
      objectType: 'refund',
      objectId: refund.id,
      coachId: payment.coachId,
      paymentId: payment.id,
      theirs: { status: 'succeeded', amountMinor: 1_000, currency: 'EUR' },
    });
    expect(await world.base.payment(payment)).toMatchObject({
      status: 'partially_refunded',
      refundedMinor: 1_000,
    });
    await world.wait(HOUR);
    expect(await world.compare()).toMatchObject({ lookedAt: 0, found: 0, mended: 0, raised: 0, resolved: 0 });
    expect(await world.differences()).toHaveLength(1);
  });

  it('calls nothing a difference that is minutes old, on either side', async () => {
    const payment = await world.paid();
    await world.wait(HOUR);
    await world.stripe.refunds.create({ payment_intent: payment.stripePaymentIntentId ?? '', amount: 1_000 });
    await world.wait(240);
    expect(await world.compare()).toMatchObject({ lookedAt: 1, found: 0 });
    await world.wait(120);
    expect(await world.compare()).toMatchObject({ found: 1, mended: 1 });
    await world.corrupt(payment, sql`captured_minor = captured_minor - 1, updated_at = app_now()`);
    expect(await world.compare()).toMatchObject({ found: 0 });
    await world.wait(360);
    expect(await world.compare()).toMatchObject({ found: 1, raised: 1 });
  });

  it('keeps one row of what a person must decide, until a comparison finds it gone', async () => {
    const payment = await world.paid();
    await world.corrupt(payment, sql`captured_minor = captured_minor - 1`);
    await world.wait(HOUR);
    const first = await world.compare();
    await world.wait(HOUR);
    const second = await world.compare();
    expect([first.raised, second.found, second.raised]).toEqual([1, 0, 0]);
    const [difference, ...others] = await world.differences();
    expect(others).toEqual([]);
    expect(difference).toMatchObject({
      kind: 'payment_amount',
      state: 'raised',
      firstRunId: first.id,
      lastRunId: second.id,
      ours: { capturedMinor: 9_999 },
      theirs: { receivedMinor: 10_000 },
    });
    await world.corrupt(payment, sql`captured_minor = captured_minor + 1`);
    // Also outside the window of the run that looks again.
    await world.wait(3 * 24 * HOUR);
    expect(await world.compare(2)).toMatchObject({ paymentsThere: 0, resolved: 1 });
    expect(shown(await world.differences())).toEqual(['payment_amount resolved']);
    await world.corrupt(payment, sql`captured_minor = captured_minor - 1`);
    await world.compare();
    expect(shown(await world.differences())).toEqual(['payment_amount resolved', 'payment_amount raised']);
  });

  it('raises what it could not mend, with the reason', async () => {
    const payment = await world.paid();
    await world.stripe.refunds.create({ payment_intent: payment.stripePaymentIntentId ?? '', amount: 6_000 });
    // All of it is reserved for a refund of ours, which is on its way.
    await world.base.request(await world.base.payment(payment), 10_000);
    await world.wait(HOUR);
    expect(await world.compare()).toMatchObject({ found: 1, mended: 0, raised: 1 });
    const [difference] = await world.differences();
    expect(difference).toMatchObject({ kind: 'refund_unknown_here', state: 'raised' });
    expect(difference?.mendFailure).toContain('does not fit');
  });

  it('books a refund once when two comparisons find it at the same time', async () => {
    const payment = await world.paid();
    await world.stripe.refunds.create({ payment_intent: payment.stripePaymentIntentId ?? '', amount: 1_000 });
    await world.wait(HOUR);
    const runs = await Promise.all([world.compare(), world.compare(), world.compare()]);
    expect(runs.every(({ finishedAt }) => finishedAt !== null)).toBe(true);
    expect((await world.base.payment(payment)).refundedMinor).toBe(1_000);
    await world.wait(HOUR);
    await world.compare();
    expect(
      (await world.differences()).every(
        ({ kind, state }) => kind === 'refund_unknown_here' && state !== 'raised',
      ),
    ).toBe(true);
    expect(await world.differences()).not.toEqual([]);
  });

  it('sends a refund that was forgotten for a day', async () => {
    const payment = await world.paid();
    const refund = await world.base.request(payment, 10_000);
    await world.wait(25 * HOUR);
    expect(await world.compare()).toMatchObject({ found: 1, mended: 1 });
    expect(shown(await world.differences())).toEqual(['refund_not_sent mended']);
    expect((await world.base.refund(refund)).status).toBe('succeeded');
  });

  it('begins again after Stripe was away, and does a finished one once', async () => {
    await world.paid();
    await world.wait(HOUR);
    world.base.sandbox.faults.inject({
      provider: 'stripe',
      operation: 'GET /v1/refunds',
      kind: 'server_error',
      times: 9,
    });
    await expect(world.compare()).rejects.toMatchObject({ code: 'payments.stripe_unavailable' });
    world.base.sandbox.faults.clear();
    const [open] = await world.base.database.many(
      sql<{
        id: string;
      }>`select id from reconciliation_runs where finished_at is null and started_at is not null`,
    );
    await world.again(open?.id ?? '');
    const run = await world.runs.get(open?.id ?? '');
    expect(run).toMatchObject({ paymentsThere: 1, lookedAt: 0 });
    expect(run.finishedAt).not.toBeNull();
    await world.wait(HOUR);
    await world.again(run.id);
    expect(await world.runs.get(run.id)).toEqual(run);
  });
});

describe('the invariants of comparisons', () => {
  it('see what differs from the last list and is on no record, and a run that nobody will do', async () => {
    const payment = await world.paid();
    await world.refunded(payment);
    await world.wait(HOUR);
    await world.compare();
    expect(await broken()).toEqual([]);
    await world.corrupt(payment, sql`captured_minor = captured_minor - 1`);
    expect(await broken()).toEqual(['105-captures-equal-stripes']);
    await world.corrupt(payment, sql`captured_minor = captured_minor + 1`);
    await world.base.database.execute(sql`update refunds set amount_minor = amount_minor - 1`);
    expect(await broken()).toEqual(['106-refunds-equal-stripes']);
    await world.base.database.execute(sql`update refunds set amount_minor = amount_minor + 1`);
    await world.base.database.execute(sql`
      insert into reconciliation_runs (id, kind, window_from, window_to, requested_at)
      values (${newId()}::uuid, 'hourly', app_now() - interval '2 days', app_now(), app_now())`);
    expect(await broken()).toEqual(['107-comparisons-end']);
    await world.runAll();
  });
});

describe('the regular comparisons', () => {
  it('start once an hour and once a day, as soon as something was paid an hour ago', async () => {
    expect(await world.runs.requestDue()).toBe(0);
    await world.paid();
    expect(await world.runs.requestDue()).toBe(0);
    await world.wait(HOUR);
    const started = await Promise.all([
      world.runs.requestDue(),
      world.runs.requestDue(),
      world.runs.requestDue(),
    ]);
    expect(started.reduce((sum, count) => sum + count, 0)).toBe(2);
    await world.runAll();
    expect(await world.runs.requestDue()).toBe(0);
    await world.wait(HOUR);
    expect(await world.runs.requestDue()).toBe(1);
    // One that does not end holds up the next.
    await world.wait(HOUR);
    expect(await world.runs.requestDue()).toBe(0);
    const windows = await world.base.database.many(sql<{ kind: string; days: number }>`
      select kind, extract(epoch from window_to - window_from)::float / 86400 as days from reconciliation_runs order by id`);
    expect(windows).toEqual([
      { kind: 'hourly', days: 2 },
      { kind: 'daily', days: 35 },
      { kind: 'hourly', days: 2 },
    ]);
  });
});
