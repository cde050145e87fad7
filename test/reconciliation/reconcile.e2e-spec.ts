import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newId, publicId } from '@app/common';
import { sql } from '@app/database';
import { register } from 'prom-client';
import { ReconciliationWatch } from '../../apps/worker/src/reconciliation-watch';
import { stripeClient } from '../../apps/sandbox/src/testing';
import { faultsByOwnShapes, nameOf, PublishedContracts, readCapture } from '../contracts/captured-calls';
import { TestApp } from '../support/test-app';
import { STRIPE_WEBHOOK_SECRET } from '../support/test-config';
import { World, type ClientWorld, type CoachWorld, type Person, type SessionSummary } from '../support/world';

interface Run {
  id: string;
  kind: string;
  finishedAt: string | null;
  found: number;
  mended: number;
  raised: number;
  resolved: number;
  payments: { there: number; here: number };
}
interface Difference {
  id: string;
  kind: string;
  state: string;
  paymentId: string | null;
  coachId: string | null;
  theirs: Record<string, unknown>;
}
interface Page {
  data: Difference[];
  nextCursor: string | null;
  hasMore: boolean;
}

const HOUR = 3_600;
const RECONCILE = '/v1/admin/reconcile';
const DIFFERENCES = '/v1/admin/differences';

describe('comparing with Stripe', () => {
  const folder = mkdtempSync(join(tmpdir(), 'practice-capture-'));
  const capture = join(folder, 'calls.jsonl');
  let app: TestApp;
  let world: World;
  let admin: Person;
  let coach: CoachWorld;
  let client: ClientWorld;
  let offering: { id: string; policyId: string };
  let hour = 8;

  beforeAll(async () => {
    app = await TestApp.start({
      now: '2027-04-01T09:00:00Z',
      environment: { OUTBOUND_CAPTURE: capture },
    });
    world = new World(app);
    admin = await world.admin();
    coach = await world.coach({ payouts: true });
    client = await world.client(coach);
    offering = await world.offering(coach);
  }, 60_000);
  afterAll(async () => {
    await app.stop();
    rmSync(folder, { recursive: true });
  });

  const paidSession = (): Promise<SessionSummary> => {
    hour += 2;
    return world.paidSession(client, offering, `2027-04-10T${String(hour).padStart(2, '0')}:00:00Z`);
  };
  const run = async (window: Record<string, string> = {}): Promise<Run> => {
    const asked = await admin.http.post<Run>(RECONCILE, window);
    expect(asked.status).toBe(202);
    expect(asked.body).toMatchObject({ kind: 'requested', startedAt: null, finishedAt: null });
    await app.drain();
    const done = await admin.http.get<Run>(`/v1/admin/reconciliations/${asked.body.id}`);
    expect(done.body.finishedAt).not.toBeNull();
    return done.body;
  };
  const list = async (query = ''): Promise<Page> =>
    (await admin.http.get<Page>(`${DIFFERENCES}${query}`)).body;
  /** Nothing of what Stripe has to tell reaches us while it is done. */
  const unheard = async <T>(work: () => Promise<T>): Promise<T> => {
    app.sandbox.setStripeWebhook(undefined);
    const done = await work();
    app.sandbox.setStripeWebhook({ url: `${app.url}/webhooks/stripe`, secret: STRIPE_WEBHOOK_SECRET });
    return done;
  };

  /** Of the open differences, by kind and state. */
  const gauge = async (): Promise<Record<string, number>> => {
    await app.worker.get(ReconciliationWatch).measure();
    const metric = register.getSingleMetric('reconciliation_differences');
    const values = (await metric?.get())?.values ?? [];
    return Object.fromEntries(
      values.map(({ labels, value }) => [`${labels['kind']} ${labels['state']}`, value]),
    );
  };

  it('finds a refund made by hand, books it, and shows it to both sides', async () => {
    const session = await paidSession();
    const stripe = stripeClient(app.sandbox);
    const { intent } = await app.database.one(
      sql<{ intent: string }>`select stripe_payment_intent_id as intent from payments`,
    );
    await unheard(() =>
      stripe.refunds.create({ payment_intent: intent, amount: 2_000, reverse_transfer: true }),
    );
    await app.sandbox.advanceClock(HOUR);
    expect(await run()).toMatchObject({ payments: { there: 1, here: 1 }, found: 1, mended: 1, raised: 0 });
    expect((await list()).data).toEqual([
      expect.objectContaining({
        kind: 'refund_unknown_here',
        state: 'mended',
        paymentId: session.payment?.id,
        theirs: { status: 'succeeded', amountMinor: 2_000, currency: 'EUR' },
      }),
    ]);
    expect(await world.read(client, session.id)).toMatchObject({ paymentStatus: 'partially_refunded' });
    expect(await app.brokenInvariants()).toEqual([]);
  });

  it('schedules a session whose payment was never announced', async () => {
    const held = await world.book(client, offering, '2027-04-12T10:00:00Z');
    await unheard(() => world.pay(held));
    expect((await world.read(client, held.id)).status).toBe('held');
    await app.sandbox.advanceClock(600);
    expect(await run()).toMatchObject({ found: 1, mended: 1 });
    expect(await world.read(client, held.id)).toMatchObject({ status: 'scheduled', paymentStatus: 'paid' });
    expect((await list('?kind=payment_paid_unknown')).data).toHaveLength(1);
    expect(await app.brokenInvariants()).toEqual([]);
  });

  it('raises what a person must decide, counts it for the metrics, and sees when it is gone', async () => {
    const stripe = stripeClient(app.sandbox);
    const charge = (): Promise<{ id: string }> =>
      stripe.paymentIntents.create({
        amount: 5_000,
        currency: 'eur',
        automatic_payment_methods: { enabled: true, allow_redirects: 'never' },
        payment_method: 'pm_card_visa',
        confirm: true,
        metadata: { coachId: coach.coachId, paymentId: newId() },
      });
    const strangers = await unheard(async () => [await charge(), await charge()]);
    await app.sandbox.advanceClock(HOUR);
    expect(await run()).toMatchObject({ found: 2, raised: 2, mended: 0 });
    const first = await list('?state=raised&limit=1');
    expect(first).toMatchObject({
      hasMore: true,
      data: [{ kind: 'payment_unknown_here', state: 'raised', paymentId: null }],
    });
    const second = await list(`?state=raised&limit=1&cursor=${encodeURIComponent(first.nextCursor ?? '')}`);
    expect(second).toMatchObject({ hasMore: false, data: [{ kind: 'payment_unknown_here' }] });
    expect(first.data[0]?.id).not.toBe(second.data[0]?.id);
    expect(await gauge()).toMatchObject({
      'payment_unknown_here raised': 2,
      'payment_unknown_here found': 0,
      'refund_state raised': 0,
    });
    await unheard(async () => {
      for (const { id } of strangers) await stripe.refunds.create({ payment_intent: id });
    });
    await app.sandbox.advanceClock(HOUR);
    expect(await run()).toMatchObject({ found: 0, resolved: 2 });
    expect((await list('?state=raised,found')).data).toEqual([]);
    expect(await gauge()).toMatchObject({ 'payment_unknown_here raised': 0 });
    expect(await app.brokenInvariants()).toEqual([]);
  });

  it('starts by itself every hour and every day', async () => {
    const watch = app.worker.get(ReconciliationWatch);
    await watch.sweep();
    await watch.sweep();
    await app.drain();
    await watch.measure();
    const rows = await app.database.many(sql<{ kind: string; runs: number }>`
      select kind, count(finished_at)::int as runs from reconciliation_runs where kind <> 'requested' group by kind order by kind`);
    expect(rows).toEqual([
      { kind: 'daily', runs: 1 },
      { kind: 'hourly', runs: 1 },
    ]);
    const last = await register.getSingleMetricAsString('reconciliation_last_finished_seconds');
    expect(last).toContain('run="hourly"');
    expect(await app.brokenInvariants()).toEqual([]);
  });

  it('refuses a window that is none, a run without a key, and everybody but an admin', async () => {
    const refused = { status: 422, body: { code: 'reconciliations.window' } };
    expect(
      await admin.http.post(RECONCILE, { from: '2027-04-01T00:00:00Z', to: '2027-03-01T00:00:00Z' }),
    ).toMatchObject(refused);
    expect(await admin.http.post(RECONCILE, { from: '2030-01-01T00:00:00Z' })).toMatchObject(refused);
    expect(await admin.http.post(RECONCILE, { from: '2020-01-01T00:00:00Z' })).toMatchObject(refused);
    expect((await admin.http.send('POST', RECONCILE, {}, {})).status).toBe(400);
    for (const { http } of [coach, client]) {
      expect((await http.post(RECONCILE, {})).status).toBe(403);
      expect((await http.get(DIFFERENCES)).status).toBe(403);
    }
    const missing = '/v1/admin/reconciliations/rec_01kaxbt6r8e9tbm3v0c1d2e3f4';
    expect(await admin.http.get(missing)).toMatchObject({
      status: 404,
      body: { code: 'reconciliations.not_found' },
    });
  });

  it('audits who has asked, and starts once per key', async () => {
    const headers = { 'idempotency-key': 'one-comparison' };
    const first = await admin.http.send<Run>('POST', RECONCILE, {}, headers);
    const second = await admin.http.send<Run>('POST', RECONCILE, {}, headers);
    expect(second.body.id).toBe(first.body.id);
    const { entries } = await app.database.one(sql<{ entries: number }>`
      select count(*)::int as entries from audit_entries where action = 'reconciliation.request' and actor_id = ${admin.accountId}`);
    const { runs } = await app.database.one(sql<{ runs: number }>`
      select count(*)::int as runs from reconciliation_runs where kind = 'requested' and requested_by = ${admin.accountId}`);
    expect(entries).toBe(runs);
  });

  it('lets an admin accept what was raised, and raises it anew when one of the sides changes', async () => {
    const stripe = stripeClient(app.sandbox);
    await paidSession();
    const { charge } = await app.database.one(
      sql<{ charge: string }>`select stripe_charge_id as charge from payments order by id desc limit 1`,
    );
    const giveFeeBack = async (): Promise<void> => {
      const { data } = await stripe.applicationFees.list({ charge });
      await unheard(() => stripe.applicationFees.createRefund(data[0]?.id ?? '', { amount: 100 }));
      await app.sandbox.advanceClock(HOUR);
    };
    await giveFeeBack();
    expect(await run()).toMatchObject({ found: 1, raised: 1 });
    const [raised] = (await list('?state=raised')).data;
    const accept = (id: string | undefined, reason: string) =>
      admin.http.post<{ code: string }>(`/v1/admin/differences/${id}/accept`, { reason });
    expect(await accept(raised?.id, ' ')).toMatchObject({
      status: 400,
      body: { code: 'http.invalid_request' },
    });
    const reason = 'Given back as agreed with the coach.';
    expect(await accept(raised?.id, reason)).toMatchObject({
      status: 200,
      body: { state: 'accepted', acceptReason: reason },
    });
    expect(await accept(raised?.id, reason)).toMatchObject({
      status: 409,
      body: { code: 'differences.not_raised', differenceState: 'accepted' },
    });
    expect((await accept(publicId('difference', newId()), reason)).status).toBe(404);
    expect(await run()).toMatchObject({ found: 0, raised: 0 });
    expect(await gauge()).toMatchObject({ 'fee_returned raised': 0 });
    await giveFeeBack();
    expect(await run()).toMatchObject({ found: 1, raised: 1 });
    expect((await list('?kind=fee_returned')).data.map(({ state }) => state)).toEqual(['raised', 'accepted']);
    expect(await app.brokenInvariants()).toEqual([]);
  });

  it('says nothing to Stripe that its contract does not know', () => {
    const contracts = new PublishedContracts();
    const calls = readCapture(capture);
    const names = new Set(calls.map(nameOf));
    for (const path of ['charges', 'payment_intents', 'refunds', 'disputes'])
      expect(names).toContain(`GET /v1/${path}`);
    const faultsOf = (call: (typeof calls)[number]): string[] =>
      contracts.arePresent ? contracts.faultsOf(call) : faultsByOwnShapes(call);
    expect(calls.flatMap(faultsOf)).toEqual([]);
  });
});
