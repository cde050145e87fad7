import { sql } from '@app/database';
import { JobRunner } from '../../apps/worker/src/job-runner';
import { cancel } from '../support/cancelling';
import { intentOf, payUnseen, refundsAtStripe } from '../support/stripe-news';
import { TestApp } from '../support/test-app';
import { World, type ClientWorld, type CoachWorld, type SessionSummary } from '../support/world';

const MINUTE = 60;
const HOUR = 60 * MINUTE;

let app: TestApp;
let world: World;
let coach: CoachWorld;
let client: ClientWorld;
let offering: { id: string; policyId: string };
let slot = Date.UTC(2027, 6, 1, 8);

beforeAll(async () => {
  app = await TestApp.start({
    now: '2027-06-01T08:00:00Z',
    sandbox: {
      processingSeconds: 30 * MINUTE,
      pendingRefundSeconds: 30 * MINUTE,
      failingRefundSeconds: 30 * MINUTE,
    },
  });
  world = new World(app);
  coach = await world.coach({ payouts: true });
  client = await world.client(coach);
  offering = await world.offering(coach);
});
afterEach(async () => {
  await app.sandbox.drainWebhooks();
  app.sandbox.faults.clear();
  expect(await app.brokenInvariants()).toEqual([]);
});
afterAll(() => app.stop());

/** From here on nothing that Stripe announces arrives. */
function loseWebhooks(): void {
  app.sandbox.faults.inject({
    provider: 'stripe_webhook',
    operation: '*',
    kind: 'webhook_drop',
    times: 10_000,
  });
}

const book = (): Promise<SessionSummary> => {
  slot += 2 * HOUR * 1_000;
  return world.book(client, offering, new Date(slot).toISOString());
};

/** Paid with this card while the webhooks still came, and cancelled by the coach when they do no more. */
async function cancelledUnheard(card: string): Promise<SessionSummary> {
  const session = await book();
  await world.pay(session, card);
  loseWebhooks();
  expect((await cancel(coach, session)).status).toBe(200);
  await app.drain();
  return session;
}

async function movements(session: SessionSummary): Promise<string[]> {
  const { body } = await coach.http.get<{ data: { kind: string }[] }>(
    `/v1/payments/${String(session.payment?.id)}/ledger`,
  );
  return [...new Set(body.data.map(({ kind }) => kind))].sort();
}

describe('when the webhook never comes', () => {
  it('a payment is found all the same, before its hold runs out, and once', async () => {
    const session = await book();
    loseWebhooks();
    await payUnseen(app, session);
    await app.drain();
    expect(await world.read(client, session.id)).toMatchObject({ status: 'held', paymentStatus: 'unpaid' });
    await app.advance(11 * MINUTE);
    expect(await world.read(client, session.id)).toMatchObject({
      status: 'scheduled',
      paymentStatus: 'paid',
    });
    expect(await movements(session)).toEqual(['capture', 'processing_fee']);
    await app.advance(HOUR);
    expect(refundsAtStripe(app, session)).toEqual([]);
  });

  it('a payment that was being processed when its session was given up goes back, once', async () => {
    const session = await book();
    await world.pay(session, 'pm_sandbox_processing');
    expect(await world.read(client, session.id)).toMatchObject({ paymentStatus: 'processing' });
    loseWebhooks();
    await givenUpWithoutStripe(session);
    await app.advance(31 * MINUTE); // Stripe takes the money, and the sweep finds it
    expect(await world.read(client, session.id)).toMatchObject({
      status: 'cancelled',
      paymentStatus: 'refunded',
      cancellation: { outcome: 'abandoned' },
    });
    expect(refundsAtStripe(app, session)).toEqual([9_000]);
    await app.advance(HOUR);
    await app.redrive();
    expect(refundsAtStripe(app, session)).toEqual([9_000]);
  });

  it('a session that was given up is called off at Stripe after all, though the job was lost', async () => {
    const session = await book();
    loseWebhooks();
    await givenUpWithoutStripe(session);
    await app.advance(11 * MINUTE);
    const intent = app.sandbox.stripe.paymentIntents.find(({ id }) => id === intentOf(session));
    expect(intent?.status).toBe('canceled');
    expect(await world.read(client, session.id)).toMatchObject({
      status: 'cancelled',
      paymentStatus: 'unpaid',
    });
  });

  it('a refund that arrives is shown as arrived', async () => {
    const session = await cancelledUnheard('pm_card_pendingRefund');
    expect(await world.read(client, session.id)).toMatchObject({ paymentStatus: 'refund_pending' });
    await app.advance(31 * MINUTE);
    expect(await world.read(client, session.id)).toMatchObject({
      status: 'cancelled',
      paymentStatus: 'refunded',
    });
    await app.advance(HOUR);
    expect(refundsAtStripe(app, session)).toEqual([9_000]);
  });

  it('a refund that fails is shown as failed, with a way to retry', async () => {
    const session = await cancelledUnheard('pm_card_refundFail');
    expect(await world.read(client, session.id)).toMatchObject({ paymentStatus: 'refunded' });
    await app.advance(31 * MINUTE);
    expect(await world.read(coach, session.id)).toMatchObject({
      status: 'cancelled',
      paymentStatus: 'refund_failed',
    });
    expect(refundsAtStripe(app, session)).toEqual([9_000]);
    const waiting = await coach.http.get<{ data: { sessionId: string }[] }>('/v1/refunds?status=failed');
    expect(waiting.body.data).toMatchObject([{ sessionId: session.id }]);
  });
});

/** The client gives the session up while Stripe cannot be reached, until the job that calls the payment off is dead. */
async function givenUpWithoutStripe(session: SessionSummary): Promise<void> {
  app.sandbox.faults.inject({
    provider: 'stripe',
    operation: 'POST /v1/payment_intents/{intent}/cancel',
    kind: 'reset',
    times: 10_000,
  });
  expect((await cancel(client, session)).status).toBe(200);
  await expect(app.drain()).rejects.toThrow('not confirmed');
  const { coachId, id } = await app.database.one(sql<{ coachId: string; id: string }>`
    select coach_id as "coachId", id from outbox_deliveries where job = 'cancel-payment-intent' and done_at is null and dead_at is null`);
  await expect(app.worker.get(JobRunner).run(coachId, id, true)).rejects.toThrow('not confirmed');
  app.sandbox.faults.clear();
  loseWebhooks();
  await app.redrive();
}
