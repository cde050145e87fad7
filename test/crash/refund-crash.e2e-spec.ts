import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parsePublicId } from '@app/common';
import { freePort, sql } from '@app/database';
import type { Answer } from '../support/http-client';
import { AppProcess, ensureBuilt } from '../support/processes';
import { quote } from '../support/quote';
import { TestApp } from '../support/test-app';
import { World, type ClientWorld, type CoachWorld, type SessionSummary } from '../support/world';

interface Refunding {
  session: SessionSummary;
  paymentId: string;
  refundId: string;
  intentId: string;
}

const HOUR_MS = 3_600_000;
const PRICE = 9_000;
const HALF = 4_500;

/** Whatever step of a refund is the last one before the process dies, the client gets the money once (reliability.md M1, M9). */
describe('refunds and sudden ends', () => {
  let app: TestApp;
  let world: World;
  let coach: CoachWorld;
  let client: ClientWorld;
  let offering: { id: string; policyId: string };
  let folder: string;
  let startsMs = Date.parse('2027-04-05T08:00:00Z');

  beforeAll(async () => {
    ensureBuilt();
    folder = mkdtempSync(join(tmpdir(), 'practice-crash-'));
    app = await TestApp.start({ now: '2027-04-01T09:00:00Z' });
    world = new World(app);
    coach = await world.coach({ payouts: true });
    client = await world.client(coach);
    offering = await world.offering(coach, { priceMinor: PRICE });
  }, 240_000);

  afterAll(async () => {
    await app.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const paid = (): Promise<SessionSummary> => {
    startsMs += 2 * HOUR_MS;
    return world.paidSession(client, offering, new Date(startsMs).toISOString());
  };
  const requestRefund = (paymentId: string, amount: number): Promise<Answer<{ id: string; code?: string }>> =>
    coach.http.post(`/v1/payments/${paymentId}/refunds`, { amount: { amount, currency: 'EUR' } });
  const refundHalf = async (session: SessionSummary): Promise<Refunding> => {
    const paymentId = session.payment?.id ?? '';
    const { status, body } = await requestRefund(paymentId, HALF);
    expect(status).toBe(201);
    const uuid = parsePublicId('payment', paymentId);
    const { intentId } = await app.database.one(sql<{ intentId: string }>`
      select stripe_payment_intent_id as "intentId" from payments where id = ${uuid}::uuid`);
    return { session, paymentId, refundId: parsePublicId('refund', body.id) ?? '', intentId };
  };

  const worker = async (crash?: { refundId: string; step: number; report: string }): Promise<AppProcess> => {
    const hook = {
      NODE_OPTIONS: `--require ${join(__dirname, 'die-at-step.cjs')}`,
      CRASH_REFUND: crash?.refundId ?? '',
      CRASH_STEP: String(crash?.step),
      CRASH_REPORT: crash?.report ?? '',
    };
    return new AppProcess('worker', await freePort(), {
      ...app.environment,
      LOG_LEVEL: 'error',
      SWEEP_SECONDS: '1',
      REDRIVE_AFTER_SECONDS: '1',
      RELAY_POLL_MS: '200',
      ...(crash === undefined ? {} : hook),
    });
  };
  const stepsOf = (report: string): string[] => readFileSync(report, 'utf8').trimEnd().split('\n');

  const loseWebhooks = (share: number): void =>
    app.sandbox.faults.setRandom({ seed: 92, rates: {}, webhooks: { drop: share }, slowMs: 0, delayMs: 0 });

  const atRest = async (): Promise<boolean> => {
    const { open } = await app.database.one(sql<{ open: number }>`
      select (select count(*) from outbox_messages where published_at is null)
           + (select count(*) from outbox_deliveries where done_at is null)
           + (select count(*) from stripe_events where processed_at is null)::bigint as open`);
    return open === 0;
  };
  const untilAtRest = async (): Promise<void> => {
    for (const end = Date.now() + 30_000; Date.now() < end; await delay(100)) {
      await app.sandbox.drainWebhooks();
      if (await atRest()) return;
    }
    throw new Error('The worker did not come to rest.');
  };

  const expectRefundedOnce = async (
    { session, refundId, intentId }: Refunding,
    step: string,
  ): Promise<void> => {
    const atStripe = app.sandbox.stripe.refunds.filter((refund) => refund.payment_intent === intentId);
    expect([step, atStripe.map(({ amount, status }) => [amount, status])]).toEqual([
      step,
      [[HALF, 'succeeded']],
    ]);
    const refunds = await app.database.many(sql<{ status: string; stripe: string; fee: number }>`
      select status, stripe_refund_id as stripe, fee_returned_minor as fee from refunds where id = ${refundId}::uuid`);
    expect([step, refunds]).toEqual([step, [{ status: 'succeeded', stripe: atStripe[0]?.id, fee: 450 }]]);
    const postings = await app.database.many(sql<{ kind: string; account: string; amount: number }>`
      select t.kind, e.account, e.amount_minor as amount from ledger_transactions t
      join ledger_entries e on e.coach_id = t.coach_id and e.transaction_id = t.id
      where t.refund_id = ${refundId}::uuid order by e.account`);
    expect([step, postings]).toEqual([
      step,
      [
        { kind: 'refund', account: 'coach', amount: 4_050 },
        { kind: 'refund', account: 'platform_fee', amount: 450 },
        { kind: 'refund', account: 'stripe_clearing', amount: -HALF },
      ],
    ]);
    expect(await world.read(client, session.id)).toMatchObject({
      paymentStatus: 'partially_refunded',
      payment: { refunded: { amount: HALF } },
    });
  };

  it('A92 is refunded once, whichever step of the job was the worker’s last', async () => {
    // A run that nothing ends tells how many steps there are. Webhooks would do the work beside the job: they get lost.
    const undisturbedSession = await paid();
    loseWebhooks(1);
    const undisturbed = await refundHalf(undisturbedSession);
    const counting = join(folder, 'counting');
    const first = await worker({ refundId: undisturbed.refundId, step: 0, report: counting });
    await first.start();
    await untilAtRest();
    await first.stop();
    const steps = stepsOf(counting);
    await expectRefundedOnce(undisturbed, 'no crash');
    expect(steps.filter((step) => step.includes('POST /v1/refunds'))).toHaveLength(1);
    expect(steps.filter((step) => /\d+ commit/i.test(step)).length).toBeGreaterThan(0);

    loseWebhooks(0);
    const sessions: SessionSummary[] = [];
    while (sessions.length < steps.length) sessions.push(await paid());
    loseWebhooks(1);
    const refundings: Refunding[] = [];
    for (const [index, session] of sessions.entries()) {
      const refunding = await refundHalf(session);
      refundings.push(refunding);
      // It takes up what the one before left undone, and dies of its own refund.
      const report = join(folder, `step-${index + 1}`);
      const dying = await worker({ refundId: refunding.refundId, step: index + 1, report });
      dying.launch();
      expect([await dying.ended(), dying.log]).toEqual(['SIGKILL', dying.log]);
      expect(stepsOf(report)).toEqual(steps.slice(0, index + 1));
    }
    const last = await worker();
    await last.start();
    await untilAtRest();
    await last.stop();
    loseWebhooks(0);
    for (const [index, refunding] of refundings.entries())
      await expectRefundedOnce(refunding, steps[index] ?? '');
    expect(await app.brokenInvariants()).toEqual([]);
    quote(
      `  the worker died before each of ${steps.length} steps, and each refund was done once:`,
      ...steps.map((step) => `    ${step}`),
    );
  }, 240_000);

  it('A92 is refunded once when Stripe did it and the answer got lost, each time', async () => {
    const session = await paid();
    app.sandbox.faults.inject({
      provider: 'stripe',
      operation: 'POST /v1/refunds',
      kind: 'timeout_after_commit',
      times: 5,
    });
    const refunding = await refundHalf(session);
    await app.drain();
    expect(app.sandbox.faults.list()).toEqual([]);
    await expectRefundedOnce(refunding, 'lost answers');
    expect(await app.brokenInvariants()).toEqual([]);
    quote('  Stripe did it and the answer got lost, 5 times in a row: 1 refund at Stripe');
  });

  it('A94 never gives back more than was paid, by 100 refunds at once', async () => {
    const session = await paid();
    const paymentId = session.payment?.id ?? '';
    const amount = 150;
    const answers = await Promise.all(Array.from({ length: 100 }, () => requestRefund(paymentId, amount)));
    const done = answers.filter(({ status }) => status === 201);
    const refused = answers.filter(({ status }) => status === 422);
    expect([done.length, refused.length]).toEqual([PRICE / amount, 100 - PRICE / amount]);
    expect(new Set(refused.map(({ body }) => body.code))).toEqual(new Set(['refunds.out_of_range']));
    await app.drain();
    const uuid = parsePublicId('payment', paymentId);
    const payment = await app.database.one(sql<{
      intentId: string;
      refunded: number;
      fee: number;
      status: string;
    }>`
      select stripe_payment_intent_id as "intentId", refunded_minor as refunded, fee_returned_minor as fee, status from payments where id = ${uuid}::uuid`);
    expect(payment).toMatchObject({ refunded: PRICE, fee: 900, status: 'refunded' });
    const atStripe = app.sandbox.stripe.refunds.filter(
      (refund) => refund.payment_intent === payment.intentId,
    );
    expect(atStripe.reduce((sum, refund) => sum + refund.amount, 0)).toBe(PRICE);
    expect(await world.read(client, session.id)).toMatchObject({ paymentStatus: 'refunded' });
    expect(await app.brokenInvariants()).toEqual([]);
    quote(
      `  100 refunds of ${amount} at once on a payment of ${PRICE}: 201 × ${done.length}, 422 × ${refused.length}; refunded at Stripe ${PRICE}`,
    );
  }, 60_000);
});
