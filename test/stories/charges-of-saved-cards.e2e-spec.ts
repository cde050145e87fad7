import { sql } from '@app/database';
import { JobRunner } from '../../apps/worker/src/job-runner';
import { atStripe, openSetup, saveCard } from '../support/saved-cards';
import { paymentLinkOf } from '../support/charges';
import { TestApp } from '../support/test-app';
import { World, type ClientWorld, type CoachWorld, type Person, type SessionSummary } from '../support/world';

const HOUR = 3_600;
const STARTS_AT = '2027-06-20T10:00:00Z';

interface PaymentAnswer {
  status: string;
  chargeState: string;
  attempts: number;
  failureCode: string | null;
  dueAt: string;
  nextAttemptAt: string | null;
  [field: string]: unknown;
}

interface LinkAnswer {
  isPayable: boolean;
  failureCode: string | null;
  clientSecret?: string;
  [field: string]: unknown;
}

let app: TestApp;
let world: World;
let coach: CoachWorld;
let client: ClientWorld;
let offering: { id: string; policyId: string };

beforeEach(async () => {
  app = await TestApp.start({ now: '2027-06-01T08:00:00Z' });
  world = new World(app);
  coach = await world.coach({ payouts: true });
  client = await world.client(coach);
  offering = await world.offering(coach, { fundingOptions: ['pay_later', 'card'] });
});
afterEach(async () => {
  app.sandbox.faults.clear();
  await app.drain();
  expect(await app.brokenInvariants()).toEqual([]);
  await app.stop();
});

const book = (startsAt = STARTS_AT): Promise<SessionSummary> =>
  world.book(client, offering, startsAt, { funding: 'pay_later' });

/** Of a card that can be saved only when the client proves to their bank that it is them. */
async function saveAuthenticatedCard(): Promise<void> {
  const setup = await openSetup(client, offering.policyId);
  await atStripe(app, setup, 'confirm', { paymentMethod: 'pm_card_authenticationRequired' });
  await atStripe(app, setup, 'authenticate', {});
  await app.drain();
}

async function paymentOf(
  { id }: SessionSummary,
  reader: Person = coach,
): Promise<PaymentAnswer & { id: string }> {
  const { body } = await reader.http.get<{ data: (PaymentAnswer & { id: string })[] }>(
    `/v1/payments?sessionId=${id}`,
  );
  const [payment, ...others] = body.data;
  expect(others).toEqual([]);
  if (payment === undefined) throw new Error('The session has no payment.');
  return payment;
}

/** What the client's browser does with the client secret, and what their bank then asks. */
async function atBank(
  clientSecret: string | undefined,
  act: 'confirm' | 'authenticate',
  body: object,
): Promise<void> {
  const intentId = String(clientSecret).split('_secret_')[0];
  await fetch(`${app.sandbox.urls.console}/sandbox/stripe/payment-intents/${intentId}/${act}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}

async function statusFor(session: SessionSummary): Promise<unknown[]> {
  const seen = await Promise.all([coach, client].map((person) => world.read(person, session.id)));
  return seen.map(({ status, paymentStatus }) => `${status}, ${paymentStatus}`);
}

const subjectsTo = (person: Person, about: string): string[] =>
  app.sandbox.mailbox
    .to(person.email)
    .map(({ subject }) => subject)
    .filter((subject) => subject.includes(about));

const intents = () => app.sandbox.stripe.paymentIntents;

describe('a session that is paid later', () => {
  it('is charged to the saved card at its time, without the client', async () => {
    await saveCard(app, client, offering.policyId);
    const session = await book();
    expect(await statusFor(session)).toEqual(['scheduled, unpaid', 'scheduled, unpaid']);
    const planned = await paymentOf(session, client);
    expect(planned).toMatchObject({
      mode: 'off_session',
      reason: 'pay_later',
      status: 'requires_payment',
      chargeState: 'planned',
      attempts: 0,
    });
    expect(planned.nextAttemptAt).toBe(planned.dueAt);
    expect(intents()).toEqual([]);
    await app.advanceTo(planned.dueAt);
    expect(await statusFor(session)).toEqual(['scheduled, paid', 'scheduled, paid']);
    expect(await paymentOf(session)).toMatchObject({ status: 'paid', chargeState: 'settled', attempts: 1 });
    expect(intents()).toMatchObject([{ amount: 9_000, status: 'succeeded' }]);
    const { body } = await coach.http.get<{
      data: { kind: string; account: string; amount: { amount: number } }[];
    }>(`/v1/payments/${planned.id}/ledger`);
    const owed = body.data.filter(({ account }) => account === 'client');
    expect(owed.map(({ kind, amount }) => [kind, amount.amount])).toEqual([
      ['charge', 9_000],
      ['capture', -9_000],
    ]);
  });

  it('needs the client where their bank says so: they get a link, confirm the same payment, and it is paid', async () => {
    await saveAuthenticatedCard();
    const session = await book();
    await app.advanceTo((await paymentOf(session)).dueAt);
    expect(await paymentOf(session)).toMatchObject({
      chargeState: 'needs_action',
      failureCode: 'authentication_required',
    });
    expect(await statusFor(session)).toEqual(['scheduled, unpaid', 'scheduled, unpaid']);
    expect(subjectsTo(client, 'Please confirm your payment')).toHaveLength(1);
    expect(subjectsTo(coach, 'Payment waits for')).toHaveLength(1);
    await app.advance(12 * HOUR);
    expect(intents()).toHaveLength(1);

    const link = `/v1/payment-links/${paymentLinkOf(app, client)}`;
    expect((await app.http().get<LinkAnswer>(link)).body).toMatchObject({
      isPayable: true,
      owedFor: 'pay_later',
      failureCode: 'authentication_required',
      sessionId: session.id,
    });
    const { body } = await app.http().post<LinkAnswer>(link);
    await atBank(body.clientSecret, 'confirm', { paymentMethod: 'pm_card_authenticationRequired' });
    await atBank(body.clientSecret, 'authenticate', {});
    await app.drain();
    expect(await statusFor(session)).toEqual(['scheduled, paid', 'scheduled, paid']);
    expect(intents()).toMatchObject([{ status: 'succeeded' }]);
    expect((await app.http().get<LinkAnswer>(link)).body).toMatchObject({ isPayable: false, status: 'paid' });
    expect((await app.http().post(link)).status).toBe(409);
  });

  it('is shown as failed once nothing more is tried, both are told, and the client pays by the link', async () => {
    await saveCard(app, client, offering.policyId, 'pm_card_chargeCustomerFail');
    const session = await book();
    await app.advanceTo((await paymentOf(session)).dueAt);
    for (const hours of [6, 24]) {
      expect(await paymentOf(session)).toMatchObject({
        status: 'requires_payment',
        failureCode: 'generic_decline',
      });
      expect(subjectsTo(client, 'Payment failed')).toEqual([]);
      await app.advance(hours * HOUR);
    }
    await app.advance(72 * HOUR);
    expect(await paymentOf(session)).toMatchObject({
      status: 'failed',
      chargeState: 'given_up',
      attempts: 4,
    });
    const seen = await world.read(client, session.id);
    expect(seen.paymentStatus).toBe('failed');
    expect((await world.read(coach, session.id)).paymentStatus).toBe('failed');
    expect(subjectsTo(client, 'Payment failed')).toHaveLength(1);
    expect(subjectsTo(coach, 'Payment failed')).toHaveLength(1);

    const { body } = await app.http().post<LinkAnswer>(`/v1/payment-links/${paymentLinkOf(app, client)}`);
    await atBank(body.clientSecret, 'confirm', { paymentMethod: 'pm_card_visa' });
    await app.drain();
    expect((await world.read(coach, session.id)).paymentStatus).toBe('paid');
    expect(intents()).toHaveLength(1);
  });

  it('is tried again by the coach, on the card that the client has saved since', async () => {
    await saveCard(app, client, offering.policyId, 'pm_card_chargeCustomerFail');
    const session = await book();
    const { id, dueAt } = await paymentOf(session);
    await app.advanceTo(dueAt);
    expect((await coach.http.post(`/v1/payments/${id}/retry`)).status).toBe(409);
    for (const hours of [6, 24, 72]) await app.advance(hours * HOUR);
    await saveCard(app, client, offering.policyId, 'pm_card_visa');
    expect((await coach.http.post(`/v1/payments/${id}/retry`)).status).toBe(200);
    await app.drain();
    expect(await paymentOf(session)).toMatchObject({ status: 'paid', attempts: 5 });
    expect(intents()).toMatchObject([{ status: 'succeeded' }]);
  });

  it('is paid once though Stripe was down at the time and its webhooks were lost', async () => {
    await saveCard(app, client, offering.policyId);
    const session = await book();
    app.sandbox.faults.inject({
      provider: 'stripe_webhook',
      operation: '*',
      kind: 'webhook_drop',
      times: 1_000,
    });
    app.sandbox.faults.inject({
      provider: 'stripe',
      operation: 'POST /v1/payment_intents/{id}/confirm',
      kind: 'timeout_after_commit',
      times: 2,
    });
    await app.advanceTo((await paymentOf(session)).dueAt);
    await app.advance(26 * HOUR);
    expect(await paymentOf(session)).toMatchObject({ status: 'paid', attempts: 1 });
    expect(app.sandbox.stripe.charges.filter(({ status }) => status === 'succeeded')).toHaveLength(1);
  });

  it('is charged after all though Stripe was away until the job was given up', async () => {
    await saveCard(app, client, offering.policyId);
    const session = await book();
    app.sandbox.faults.inject({
      provider: 'stripe',
      operation: 'POST /v1/payment_intents/{id}/confirm',
      kind: 'reset',
      times: 10_000,
    });
    await expect(app.advanceTo((await paymentOf(session)).dueAt)).rejects.toThrow('not confirmed');
    const { coachId, id } = await app.database.one(sql<{ coachId: string; id: string }>`
      select coach_id as "coachId", id from outbox_deliveries where job = 'charge-saved-card' and done_at is null`);
    await expect(app.worker.get(JobRunner).run(coachId, id, true)).rejects.toThrow('not confirmed');
    app.sandbox.faults.clear();
    await app.redrive();
    expect(await paymentOf(session)).toMatchObject({ status: 'requires_payment', chargeState: 'requested' });
    await app.advance(HOUR);
    expect(await paymentOf(session)).toMatchObject({ status: 'paid', attempts: 1 });
  });
});
