import { sql } from '@app/database';
import { bookWithoutCard, paymentLinkOf } from '../support/charges';
import { TestApp } from '../support/test-app';
import { World, type ClientWorld, type CoachWorld, type SessionSummary } from '../support/world';

const DAY = 86_400;
const STARTS_AT = '2027-06-20T10:00:00Z';

interface LinkAnswer {
  isPayable: boolean;
  clientSecret?: string;
  code?: string;
  [field: string]: unknown;
}

let app: TestApp;
let world: World;
let coach: CoachWorld;
let client: ClientWorld;
let session: SessionSummary;
let paymentId: string;
let link: string;

/** A client whose card is gone when it is to be charged was mailed a link. */
beforeAll(async () => {
  app = await TestApp.start({ now: '2027-06-01T08:00:00Z' });
  world = new World(app);
  coach = await world.coach({ payouts: true });
  client = await world.client(coach);
  const offering = await world.offering(coach, { fundingOptions: ['pay_later'] });
  session = await bookWithoutCard(app, world, client, offering, STARTS_AT);
  const { body } = await coach.http.get<{ data: { id: string; dueAt: string }[] }>(
    `/v1/payments?sessionId=${session.id}`,
  );
  paymentId = body.data[0]?.id ?? '';
  await app.advanceTo(body.data[0]?.dueAt ?? '');
  link = `/v1/payment-links/${paymentLinkOf(app, client)}`;
});
afterEach(async () => {
  await app.drain();
  expect(await app.brokenInvariants()).toEqual([]);
});
afterAll(() => app.stop());

describe('a charge that no card paid', () => {
  it('is shown with its reason, to both sides', async () => {
    for (const { http } of [coach, client]) {
      const { status, body } = await http.get(`/v1/payments/${paymentId}`);
      expect(status).toBe(200);
      expect(body).toMatchObject({
        sessionId: session.id,
        status: 'failed',
        mode: 'off_session',
        reason: 'pay_later',
        chargeState: 'given_up',
        failureCode: 'no_saved_card',
        attempts: 0,
        nextAttemptAt: null,
        dueAt: expect.stringMatching(/^2027-06-/),
      });
    }
    const { body } = await coach.http.get<{ data: { kind: string; account: string; balance: unknown }[] }>(
      `/v1/payments/${paymentId}/ledger`,
    );
    expect(body.data.map(({ kind, account }) => [kind, account])).toEqual([
      ['charge', 'client'],
      ['charge', 'platform_fee'],
      ['charge', 'coach'],
    ]);
  });

  it('can be tried again by its coach alone, once it was given up', async () => {
    const retry = `/v1/payments/${paymentId}/retry`;
    const other = await world.coach({ payouts: true });
    expect((await client.http.post(retry)).status).toBe(403);
    expect((await other.http.post(retry)).status).toBe(404);
    const { status, body } = await coach.http.post(retry);
    expect([status, body['chargeState'], body['status']]).toEqual([200, 'requested', 'requires_payment']);
    expect(await coach.http.post(retry)).toMatchObject({
      status: 409,
      body: { code: 'payments.not_retryable' },
    });
    await app.drain();
    const mails = app.sandbox.mailbox
      .to(coach.email)
      .filter(({ subject }) => subject.includes('Payment failed'));
    expect(mails).toHaveLength(2);
  });
});

describe('the link in the mail', () => {
  it('shows to whoever has it what is to be paid, to whom and why, and nothing else', async () => {
    const { status, body } = await app.http().get<LinkAnswer>(link);
    expect(status).toBe(200);
    expect(body).toEqual({
      paymentId,
      status: 'failed',
      isPayable: true,
      amount: { amount: 9_000, currency: 'EUR' },
      owedFor: 'pay_later',
      failureCode: 'no_saved_card',
      sessionId: session.id,
      entitlementId: null,
      offeringName: expect.any(String),
      coachName: 'Carla Coach',
      startsAt: '2027-06-20T10:00:00.000Z',
      timezone: expect.any(String),
      localStart: expect.stringMatching(/^2027-06-20T/),
      expiresAt: expect.stringMatching(/^2027-07-1/),
    });
  });

  it('gives what the browser pays with, the same each time, and stores it nowhere', async () => {
    const first = await app.http().post<LinkAnswer>(link);
    const second = await app.http().post<LinkAnswer>(link);
    expect([first.status, second.status]).toEqual([200, 200]);
    expect(first.body.clientSecret).toMatch(/^pi_\w+_secret_\w+$/);
    expect(second.body.clientSecret).toBe(first.body.clientSecret);
    const kept = await app.database.many(sql`
      select 1 from idempotency_keys where body::text like '%_secret_%'
      union all select 1 from payments p where p::text like '%_secret_%'
      union all select 1 from audit_entries a where a::text like '%_secret_%'`);
    expect(kept).toEqual([]);
  });

  it('is answered without a secret while Stripe is away', async () => {
    app.sandbox.faults.inject({
      provider: 'stripe',
      operation: 'GET /v1/payment_intents/{id}',
      kind: 'server_error',
      times: 2,
    });
    expect(await app.http().post<LinkAnswer>(link)).toMatchObject({
      status: 200,
      body: { clientSecret: null, isPayable: true },
    });
    app.sandbox.faults.clear();
  });

  it('is known by its own code alone', async () => {
    for (const code of ['x', 'a'.repeat(24), paymentLinkOf(app, client).slice(1)]) {
      expect(await app.http().get(`/v1/payment-links/${code}`)).toMatchObject({
        status: 404,
        body: { code: 'payment_links.not_found' },
      });
      expect((await app.http().post(`/v1/payment-links/${code}`)).status).toBe(404);
    }
    for (const elsewhere of ['links', 'booking-confirmations', 'series-confirmations'])
      expect((await app.http().get(`/v1/${elsewhere}/${paymentLinkOf(app, client)}`)).status).toBe(404);
  });

  it('takes nothing any more once the coach has cancelled, and ends after thirty days', async () => {
    expect((await coach.http.post(`/v1/sessions/${session.id}/cancel`)).status).toBe(200);
    await app.drain();
    expect(await app.http().get<LinkAnswer>(link)).toMatchObject({
      status: 200,
      body: { status: 'canceled', isPayable: false },
    });
    expect(await app.http().post<LinkAnswer>(link)).toMatchObject({
      status: 409,
      body: { code: 'payments.not_payable', paymentStatus: 'canceled' },
    });
    await app.advance(30 * DAY + 60);
    expect((await app.http().get(link)).status).toBe(404);
  });
});
