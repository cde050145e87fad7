import { parsePublicId } from '@app/common';
import { sql } from '@app/database';
import type { Answer } from '../support/http-client';
import { ensureBuilt } from '../support/processes';
import { quote } from '../support/quote';
import { TestApp } from '../support/test-app';
import { World, type ClientWorld, type CoachWorld, type SessionSummary } from '../support/world';
import { CrashLab, type WatchedJob } from './crash-lab';

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
  let lab: CrashLab;
  let startsMs = Date.parse('2027-04-05T08:00:00Z');

  beforeAll(async () => {
    ensureBuilt();
    app = await TestApp.start({ now: '2027-04-01T09:00:00Z' });
    lab = new CrashLab(app);
    world = new World(app);
    coach = await world.coach({ payouts: true });
    client = await world.client(coach);
    offering = await world.offering(coach, { priceMinor: PRICE });
  }, 240_000);

  afterAll(async () => {
    lab.close();
    await app.stop();
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

  const jobOf = ({ refundId }: Refunding): WatchedJob => ({ name: 'issue-refund', subject: refundId });

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
    // A run that nothing ends tells how many steps there are.
    const undisturbedSession = await paid();
    lab.loseWebhooks(1);
    const undisturbed = await refundHalf(undisturbedSession);
    const steps = await lab.count(jobOf(undisturbed));
    await expectRefundedOnce(undisturbed, 'no crash');
    expect(steps.filter((step) => step.includes('POST /v1/refunds'))).toHaveLength(1);
    expect(steps.filter((step) => /\d+ commit/i.test(step)).length).toBeGreaterThan(0);

    lab.loseWebhooks(0);
    const sessions: SessionSummary[] = [];
    while (sessions.length < steps.length) sessions.push(await paid());
    lab.loseWebhooks(1);
    const refundings: Refunding[] = [];
    for (const [index, session] of sessions.entries()) {
      const refunding = await refundHalf(session);
      refundings.push(refunding);
      // The worker takes up what the one before left undone, and dies of its own refund.
      expect(await lab.dieBefore(index + 1, jobOf(refunding))).toEqual(steps.slice(0, index + 1));
    }
    await lab.recover();
    lab.loseWebhooks(0);
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
