import type { Answer } from '../support/http-client';
import { TestApp } from '../support/test-app';
import { World, type ClientWorld, type CoachWorld, type Person, type SessionSummary } from '../support/world';

interface Money {
  amount: number;
  currency: string;
}

interface RefundAnswer {
  id: string;
  status: string;
  amount: Money;
  expectedBetween: { earliestOn: string; latestOn: string } | null;
  [field: string]: unknown;
}

interface LedgerAnswer {
  data: { transactionId: string; at: string; account: string; amount: Money; balance: Money; kind: string }[];
}

let app: TestApp;
let world: World;
let coach: CoachWorld;
let client: ClientWorld;
let admin: Person;
let offering: { id: string; policyId: string };
let hour = 0;

beforeAll(async () => {
  app = await TestApp.start({ now: '2027-06-01T08:00:00Z' }); // a Tuesday
  world = new World(app);
  coach = await world.coach({ payouts: true, timezone: 'Europe/Berlin' });
  client = await world.client(coach);
  admin = await world.admin();
  offering = await world.offering(coach);
});
afterEach(async () => {
  app.sandbox.faults.clear();
  expect(await app.brokenInvariants()).toEqual([]);
});
afterAll(() => app.stop());

/** A paid session of 90.00 EUR, each at a time of its own. */
async function paid(): Promise<{ session: SessionSummary; paymentId: string }> {
  hour += 2;
  const startsAt = new Date(Date.UTC(2027, 6, 1, hour)).toISOString();
  const session = await world.paidSession(client, offering, startsAt);
  return { session, paymentId: session.payment?.id ?? '' };
}

describe('a coach gets ready to be paid', () => {
  it('is refused paid bookings until Stripe says that transfers are active', async () => {
    const beginner = await world.coach();
    const before = await beginner.http.get('/v1/payout-account');
    expect(before).toMatchObject({ status: 200, body: { status: 'not_started', transfersActive: false } });
    const theirs = await world.client(beginner);
    const sold = await world.offering(beginner);
    const refused = await theirs.http.post('/v1/sessions', {
      offeringId: sold.id,
      startsAt: '2027-07-20T10:00:00Z',
      funding: 'card',
      acceptedPolicyId: sold.policyId,
    });
    expect(refused).toMatchObject({ status: 409, body: { code: 'payouts-not-ready' } });

    await world.onboard(beginner);
    const after = await beginner.http.get('/v1/payout-account');
    expect(after.body).toMatchObject({ status: 'ready', transfersActive: true, requirementsDue: [] });
    expect((await world.book(theirs, sold, '2027-07-20T10:00:00Z')).status).toBe('held');
  });

  it('gets a link without naming addresses, and none to a place that is no web page', async () => {
    const link = await coach.http.post<{ url: string; expiresAt: string }>(
      '/v1/payout-account/onboarding-links',
    );
    expect(link.status).toBe(201);
    expect(link.body.url).toContain(app.sandbox.urls.stripe);
    const odd = await coach.http.post('/v1/payout-account/onboarding-links', {
      returnUrl: 'javascript:alert(1)',
    });
    expect(odd.status).toBe(400);
  });

  it('is told when Stripe does not answer', async () => {
    const beginner = await world.coach({ hours: false });
    app.sandbox.faults.inject({
      provider: 'stripe',
      operation: 'POST /v1/accounts',
      kind: 'reset',
      times: 3,
    });
    const answer = await beginner.http.post('/v1/payout-account/onboarding-links');
    expect(answer).toMatchObject({ status: 503, body: { code: 'payments.stripe_unavailable' } });
    expect(answer.headers.get('retry-after')).not.toBeNull();
  });
});

describe('money of a session', () => {
  it('A33 A94 reads as a payment, and in double entry, with the fee for the coach and without it for the client', async () => {
    const { paymentId } = await paid();
    const eur = (amount: number): Money => ({ amount, currency: 'EUR' });
    const asCoach = await coach.http.get(`/v1/payments/${paymentId}`);
    expect(asCoach.body).toMatchObject({
      id: paymentId,
      status: 'paid',
      amount: eur(9_000),
      captured: eur(9_000),
      refunded: eur(0),
      applicationFee: eur(900),
      feeReturned: eur(0),
    });
    expect(asCoach.headers.get('etag')).toBe(`"${String(asCoach.body['version'])}"`);
    const asClient = await client.http.get(`/v1/payments/${paymentId}`);
    expect(asClient.body).toMatchObject({ id: paymentId, captured: eur(9_000) });
    expect(asClient.body).not.toHaveProperty('applicationFee');
    const { body: ledger } = await coach.http.get<LedgerAnswer>(`/v1/payments/${paymentId}/ledger`);
    expect(ledger.data.reduce((sum, { amount }) => sum + amount.amount, 0)).toBe(0);
    expect(ledger.data.filter(({ kind }) => kind === 'capture')).toMatchObject([
      { account: 'stripe_clearing', amount: eur(9_000), balance: eur(9_000) },
      { account: 'platform_fee', amount: eur(-900) },
      { account: 'coach', amount: eur(-8_100) },
    ]);
    expect((await client.http.get(`/v1/payments/${paymentId}/ledger`)).status).toBe(403);
  });

  it('A85 A92 A93 goes back in part without cancelling, once for one key, and the client sees when', async () => {
    const { session, paymentId } = await paid();
    const body = { amount: { amount: 2_000, currency: 'EUR' }, note: 'The line was bad' };
    const path = `/v1/payments/${paymentId}/refunds`;
    const key = { 'idempotency-key': 'one-refund' };
    const first = await coach.http.post<RefundAnswer>(path, body, key);
    expect(first).toMatchObject({
      status: 201,
      body: {
        status: 'pending',
        reason: 'goodwill',
        note: 'The line was bad',
        estimatedFeeReturned: { amount: 200 },
        // The first of June 2027 is a Tuesday: 5 to 7 business days.
        expectedBetween: { earliestOn: '2027-06-08', latestOn: '2027-06-10' },
      },
    });
    const again = await coach.http.post<RefundAnswer>(path, body, key);
    expect(again.body.id).toBe(first.body.id);
    expect((await coach.http.post(path, { ...body, note: 'Another' }, key)).status).toBe(422);
    await app.drain();
    expect(
      app.sandbox.stripe.refunds.filter(({ metadata }) => metadata?.['paymentId'] !== undefined),
    ).toHaveLength(1);
    const seen = await client.http.get<RefundAnswer>(`/v1/refunds/${first.body.id}`);
    expect(seen.body).toMatchObject({ status: 'succeeded', amount: { amount: 2_000 } });
    for (const hidden of ['note', 'estimatedFeeReturned', 'feeReturned', 'failureCode'])
      expect(seen.body).not.toHaveProperty(hidden);
    expect(await world.read(client, session.id)).toMatchObject({
      status: 'scheduled',
      paymentStatus: 'partially_refunded',
    });
    const mine = await coach.http.get<RefundAnswer>(`/v1/refunds/${first.body.id}`);
    expect(mine.body).toMatchObject({ feeReturned: { amount: 200 }, failureCode: null });
  });

  it('A84 A85 refuses more than is left, another currency and what is no amount; then gives all that is left', async () => {
    const { paymentId } = await paid();
    const path = `/v1/payments/${paymentId}/refunds`;
    const of = (amount: unknown, currency = 'EUR'): unknown => ({ amount: { amount, currency } });
    expect(await coach.http.post(path, of(9_001))).toMatchObject({
      status: 422,
      body: { code: 'refunds.out_of_range', refundableMinor: 9_000 },
    });
    expect(await coach.http.post(path, of(100, 'USD'))).toMatchObject({
      status: 422,
      body: { code: 'refunds.wrong_currency' },
    });
    for (const amount of [0, -1, 1.5, '100', 2 ** 53, null, { $gt: 0 }]) {
      expect((await coach.http.post(path, of(amount))).status).toBe(400);
    }
    expect(
      (await coach.http.post(path, { amount: { amount: 1, currency: 'EUR' }, status: 'succeeded' })).status,
    ).toBe(400);
    const rest = await coach.http.post<RefundAnswer>(path, {});
    expect(rest).toMatchObject({ status: 201, body: { amount: { amount: 9_000 } } });
    await app.drain();
    const after = await coach.http.get(`/v1/payments/${paymentId}`);
    expect(after.body).toMatchObject({ status: 'refunded', feeReturned: { amount: 900 } });
    // It reads like a bank statement: in the order of time, each account with its balance so far.
    const { body: ledger } = await coach.http.get<LedgerAnswer>(`/v1/payments/${paymentId}/ledger`);
    const times = ledger.data.map(({ at }) => at);
    expect(times).toEqual(times.toSorted());
    const balances: Record<string, number> = {};
    for (const { account, amount, balance } of ledger.data) {
      balances[account] = (balances[account] ?? 0) + amount.amount;
      expect([account, balance.amount]).toEqual([account, balances[account]]);
    }
    expect(balances).toMatchObject({ coach: 0, platform_fee: 0 });
  });

  it('A85 gives 60.00 of 90.00 to one of 20 who ask at the same moment', async () => {
    const { paymentId } = await paid();
    const answers = await Promise.all(
      Array.from({ length: 20 }, () =>
        coach.http.post(`/v1/payments/${paymentId}/refunds`, { amount: { amount: 6_000, currency: 'EUR' } }),
      ),
    );
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 422)).toHaveLength(19);
    await app.drain();
  });

  it('A95 shows a refund that failed after it had succeeded, and tries it again', async () => {
    const { session, paymentId } = await paid();
    const asked = await coach.http.post<RefundAnswer>(`/v1/payments/${paymentId}/refunds`, {});
    await app.drain();
    await fetch(`${app.sandbox.urls.console}/sandbox/stripe/refunds/${newestRefundAtStripe()}/fail`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{}',
    });
    await app.sandbox.drainWebhooks();
    await app.drain();
    expect(await world.read(coach, session.id)).toMatchObject({ paymentStatus: 'refund_failed' });
    const waiting = await coach.http.get<{ data: RefundAnswer[] }>(
      '/v1/refunds?status=failed,needs_attention',
    );
    expect(waiting.body.data).toMatchObject([
      { id: asked.body.id, failureCode: 'expired_or_canceled_card', expectedBetween: null },
    ]);
    const retried = await coach.http.post<RefundAnswer>(`/v1/refunds/${asked.body.id}/retry`);
    expect(retried).toMatchObject({ status: 200, body: { status: 'pending' } });
    await app.drain();
    expect((await coach.http.get(`/v1/refunds/${asked.body.id}`)).body).toMatchObject({
      status: 'succeeded',
    });
    expect(await coach.http.post(`/v1/refunds/${asked.body.id}/retry`)).toMatchObject({
      status: 409,
      body: { code: 'refunds.not_retryable', status: 409, refundStatus: 'succeeded' },
    });
  });

  it('is listed newest first, page by page, each reader their own', async () => {
    const all = await coach.http.get<{ data: { id: string }[] }>('/v1/payments?limit=100');
    const ids = all.body.data.map(({ id }) => id);
    expect(ids.length).toBeGreaterThan(3);
    expect(ids).toEqual(ids.toSorted().toReversed());
    const walked: string[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const page: Answer<{ data: { id: string }[]; nextCursor: string | null }> = await coach.http.get(
        `/v1/payments?limit=2${cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`}`,
      );
      walked.push(...page.body.data.map(({ id }) => id));
      cursor = page.body.nextCursor;
    }
    expect(walked).toEqual(ids);
    const refunded = await client.http.get<{ data: { status: string }[] }>(
      '/v1/payments?status=refunded,partially_refunded',
    );
    expect(new Set(refunded.body.data.map(({ status }) => status))).toEqual(
      new Set(['refunded', 'partially_refunded']),
    );
    expect((await coach.http.get('/v1/payments?cursor=nonsense')).status).toBe(400);
    expect((await coach.http.get('/v1/payments?status=bought')).status).toBe(400);
  });

  it('is reached by nobody else', async () => {
    const { paymentId } = await paid();
    const { body: refund } = await coach.http.post<RefundAnswer>(`/v1/payments/${paymentId}/refunds`, {
      amount: { amount: 100, currency: 'EUR' },
    });
    await app.drain();
    const stranger = await world.coach({ hours: false });
    const otherClient = await world.client(coach);
    for (const { http } of [stranger, otherClient]) {
      expect((await http.get(`/v1/payments/${paymentId}`)).status).toBe(404);
      expect((await http.get(`/v1/payments/${paymentId}/refunds`)).status).toBe(404);
      expect((await http.get(`/v1/refunds/${refund.id}`)).status).toBe(404);
      expect((await http.get<{ data: unknown[] }>('/v1/payments')).body.data).toEqual([]);
      expect((await http.get<{ data: unknown[] }>('/v1/refunds')).body.data).toEqual([]);
    }
    expect((await stranger.http.get(`/v1/payments/${paymentId}/ledger`)).status).toBe(404);
    expect((await stranger.http.post(`/v1/payments/${paymentId}/refunds`, {})).status).toBe(404);
    expect((await stranger.http.post(`/v1/refunds/${refund.id}/retry`)).status).toBe(404);
    expect((await client.http.post(`/v1/payments/${paymentId}/refunds`, {})).status).toBe(403);
    expect((await admin.http.get(`/v1/payments/${paymentId}/ledger`)).status).toBe(200);
  });
});

describe("Stripe's webhook", () => {
  const send = (body: string, signature?: string): Promise<Response> =>
    fetch(`${app.url}/webhooks/stripe`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(signature === undefined ? {} : { 'stripe-signature': signature }),
      },
      body,
    });

  it('takes nothing that Stripe has not signed', async () => {
    for (const signature of [
      undefined,
      '',
      't=1,v1=00',
      `t=${Math.floor(Date.now() / 1_000)},v1=${'0'.repeat(64)}`,
    ]) {
      const answer = await send('{"id":"evt_1","type":"payment_intent.succeeded"}', signature);
      expect(answer.status).toBe(400);
      expect(await answer.json()).toMatchObject({ code: 'webhooks.signature' });
    }
    expect((await send('x'.repeat(300 * 1_024))).status).toBe(413);
  });
});

/** The newest refund that Stripe has of our own account. */
function newestRefundAtStripe(): string {
  const newest = app.sandbox.stripe.refunds.findLast(({ payment_intent: intent }) => intent !== null);
  if (newest === undefined) throw new Error('Stripe has no refund.');
  return newest.id;
}
