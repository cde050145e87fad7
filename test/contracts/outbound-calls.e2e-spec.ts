import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parsePublicId } from '@app/common';
import { sql } from '@app/database';
import { bookWithoutCard, paymentLinkOf } from '../support/charges';
import { openCheckout, payOnPage } from '../support/checkout';
import { atBank, decide, dispute, intentOfPayment } from '../support/disputes';
import { TestApp } from '../support/test-app';
import { openSetup, saveCard } from '../support/saved-cards';
import { SeriesUnderTest } from '../support/series';
import { World, type ClientWorld, type CoachWorld, type SessionSummary } from '../support/world';
import { callsOfCode } from './calls-of-code';
import {
  faultsByOwnShapes,
  nameOf,
  PublishedContracts,
  readCapture,
  type CapturedCall,
} from './captured-calls';

const ZOOM_CALLS = [
  'DELETE /v2/meetings/{id}',
  'GET /v2/meetings/{id}',
  'GET /v2/users/me',
  'POST /oauth/revoke',
  'POST /oauth/token',
  'POST /v2/users/me/meetings',
];

describe('what the story says to Stripe and Zoom', () => {
  const folder = mkdtempSync(join(tmpdir(), 'practice-capture-'));
  const file = join(folder, 'outbound.jsonl');
  const contracts = new PublishedContracts();
  const sandboxTokens: string[] = [];
  let app: TestApp;
  let calls: CapturedCall[];

  beforeAll(async () => {
    app = await TestApp.start({ now: '2027-02-20T09:00:00Z', environment: { OUTBOUND_CAPTURE: file } });
    await playStory(app);
    sandboxTokens.push(...app.sandbox.zoom.tokens.flatMap((row) => [row.id, row.refreshToken]));
    calls = readCapture(file);
  }, 120_000);

  afterAll(async () => {
    await app.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('makes every kind of call that the code can make, and each is written down', async () => {
    const kinds = (provider: string): string[] => [
      ...new Set(calls.filter((call) => call.provider === provider).map(nameOf)),
    ];
    expect(kinds('stripe').sort()).toEqual(await callsOfCode());
    expect(kinds('zoom').sort()).toEqual(ZOOM_CALLS);
    for (const call of calls)
      expect(Object.keys(call)).toEqual([
        'provider',
        'method',
        'path',
        'query',
        'headers',
        'body',
        'response',
      ]);
  });

  it('is valid against the published contracts, and so are the answers', () => {
    // What is absent was said when the contracts were read; then the sandbox's own shapes stand alone.
    const faults = contracts.arePresent ? calls.flatMap((call) => contracts.faultsOf(call)) : [];
    expect([...new Set(faults)]).toEqual([]);
  });

  it('is valid against the shapes of the sandbox', () => {
    expect([...new Set(calls.flatMap(faultsByOwnShapes))]).toEqual([]);
  });

  it('finds a call that is wrong', () => {
    const refund = calls.find((call) => nameOf(call) === 'POST /v1/refunds');
    if (refund === undefined) throw new Error('There was no refund.');
    const wrong = { ...refund, body: { ...refund.body, amount: 'half', speed: 'fast' } };
    expect(faultsByOwnShapes(wrong)).not.toEqual([]);
    if (contracts.arePresent) expect(contracts.faultsOf(wrong)).not.toEqual([]);
    expect(faultsByOwnShapes({ ...refund, path: '/v1/refundz' })).not.toEqual([]);
  });

  it('sends a key with every call that makes or changes something at Stripe', () => {
    const keyless = calls.filter(
      ({ provider, method, headers }) =>
        provider === 'stripe' && method === 'POST' && headers['idempotency-key'] === undefined,
    );
    expect(keyless.map(nameOf)).toEqual([]);
  });

  it('A39 shows that secrets were sent, and none of them', () => {
    for (const call of calls)
      expect([nameOf(call), call.headers['authorization'] ?? call.body?.['client_secret']]).toEqual([
        nameOf(call),
        '[blanked]',
      ]);
    const token = calls.find((call) => nameOf(call) === 'POST /oauth/token');
    expect(token).toMatchObject({
      body: { code: '[blanked]' },
      response: { body: { access_token: '[blanked]', refresh_token: '[blanked]' } },
    });
    const text = readFileSync(file, 'utf8');
    const secrets = [
      app.environment['STRIPE_SECRET_KEY'] ?? '',
      app.environment['ZOOM_CLIENT_SECRET'] ?? '',
      ...sandboxTokens,
    ];
    expect(secrets.every((secret) => secret.length > 8)).toBe(true);
    expect(secrets.filter((secret) => text.includes(secret))).toEqual([]);
    expect(text).not.toMatch(/sk_test_|_secret_\w|"start_url":"(?!\[blanked\])|Bearer |[?&](?:tk|zak)=/);
  });
});

/** Connect, pay, meet, complete, cancel with a refund, let a hold run out, fail a card, save one and remove it, charge one, win a dispute, close a page and pay on one, compare all, disconnect. */
async function playStory(app: TestApp): Promise<void> {
  const world = new World(app);
  const coach = await world.coach({ payouts: true, zoom: true });
  const client = await world.client(coach);
  const offering = await world.offering(coach);
  const met = await world.paidSession(client, offering, '2027-03-01T10:00:00Z');
  const cancelled = await world.paidSession(client, offering, '2027-03-10T10:00:00Z');
  await coach.http.post(`/v1/sessions/${cancelled.id}/cancel`, {
    refund: 'partial',
    percent: 50,
    message: 'Ünïcode & signs = fine',
  });
  await app.drain();
  await world.pay(await world.book(client, offering, '2027-03-11T10:00:00Z'), 'pm_card_chargeDeclined');
  await world.book(client, offering, '2027-03-12T10:00:00Z');
  await disputeAndWin(app, met, cancelled, coach);
  await payOnPages(app, world, await world.client(coach), offering);
  await chargeSavedCard(app, world, coach, client);
  await saveCardAfterLooking(app, world, coach);
  await saveAndRemoveCard(app, client, offering.policyId);
  await app.advance(16 * 60);
  await app.advanceTo('2027-03-01T09:50:00Z');
  for (const person of [coach, client])
    expect((await person.http.post(`/v1/sessions/${met.id}/join`)).status).toBe(200);
  await app.advanceTo('2027-03-01T11:00:01Z');
  const connections = await coach.http.get<{ data: { id: string }[] }>('/v1/connections');
  const id = connections.body.data[0]?.id ?? '';
  expect((await coach.http.post(`/v1/connections/${id}/check`)).status).toBe(200);
  expect((await coach.http.delete(`/v1/connections/${id}`)).status).toBe(204);
  await app.drain();
  expect(await app.brokenInvariants()).toEqual([]);
}

/**
 * The coach's part of two is taken and given again; of the first without an answer, and then a refund takes of it. At the end
 * everything is compared.
 */
async function disputeAndWin(
  app: TestApp,
  session: SessionSummary,
  other: SessionSummary,
  coach: CoachWorld,
): Promise<void> {
  await decide(app, await dispute(app, other), 'win');
  const intentId = intentOfPayment(app, session.payment?.id ?? '');
  const { id } = await atBank(app, `payment-intents/${intentId}/dispute`);
  await foundADayLater(app, 'POST /v1/transfers/{id}/reversals');
  await atBank(app, `disputes/${id}/win`);
  await foundADayLater(app, 'POST /v1/transfers');
  const amount = { amount: 1_000, currency: 'EUR' };
  const refund = await coach.http.post(`/v1/payments/${session.payment?.id ?? ''}/refunds`, { amount });
  expect(refund.status).toBe(201);
  await app.advance(60);
  const admin = await new World(app).admin();
  expect((await admin.http.post('/v1/admin/reconcile', {})).status).toBe(202);
  await app.drain();
}

/** No answer comes, until Stripe has forgotten the key: then what was done is looked for. */
async function foundADayLater(app: TestApp, operation: string): Promise<void> {
  app.sandbox.faults.inject({ provider: 'stripe', operation, kind: 'timeout_after_commit', times: 100 });
  await expect(app.drain()).rejects.toThrow('not confirmed');
  app.sandbox.faults.clear();
  await app.sandbox.advanceClock(25 * 3_600);
  await app.redrive();
}

/** One page is closed again, another one is paid on. */
async function payOnPages(
  app: TestApp,
  world: World,
  client: ClientWorld,
  offering: { id: string; policyId: string },
): Promise<void> {
  for (const startsAt of ['2027-03-14T10:00:00Z', '2027-03-15T10:00:00Z']) {
    const paymentId = (await world.book(client, offering, startsAt)).payment?.id ?? '';
    const { body } = await openCheckout(client, paymentId);
    if (startsAt.includes('-14T')) await client.http.delete(`/v1/payments/${paymentId}/checkout-links`);
    else await payOnPage(body.url);
    await app.drain();
  }
}

/** One is saved and removed; of another one neither our note nor the webhook is there, and it is looked for. */
async function saveAndRemoveCard(app: TestApp, client: ClientWorld, policyId: string): Promise<void> {
  const card = await saveCard(app, client, policyId);
  expect((await client.http.delete(`/v1/payment-methods/${card.id}`)).status).toBe(204);
  const setup = await openSetup(client, policyId);
  await app.database.execute(sql`
    update card_setups set stripe_setup_intent_id = null where id = ${parsePublicId('cardSetup', setup.id)}::uuid`);
  await app.drain();
}

/** A client without a card looks at what to pay, and saves a card then: the payment they looked at is charged to it. */
async function saveCardAfterLooking(app: TestApp, world: World, coach: CoachWorld): Promise<void> {
  const client = await world.client(coach);
  const offering = await world.offering(coach, { fundingOptions: ['pay_later'] });
  const series = await SeriesUnderTest.make(coach, client, offering.id, {
    localStart: '2027-03-16T10:00',
    rule: 'FREQ=WEEKLY;COUNT=1',
    funding: 'pay_later',
    chargeHoursBefore: 720,
  });
  const terms = { acceptedPolicyId: offering.policyId };
  expect((await client.http.post(`/v1/series/${series.id}/accept-terms`, terms)).status).toBe(200);
  await app.sweep();
  expect((await app.http().post(`/v1/payment-links/${paymentLinkOf(app, client)}`)).status).toBe(200);
  await saveCard(app, client, offering.policyId);
  await retryCharge(app, coach, client);
}

async function retryCharge(app: TestApp, coach: CoachWorld, { clientId }: ClientWorld): Promise<void> {
  const { body } = await coach.http.get<{ data: { id: string }[] }>(
    `/v1/payments?clientId=${clientId}&status=failed`,
  );
  expect((await coach.http.post(`/v1/payments/${body.data[0]?.id}/retry`)).status).toBe(200);
  await app.drain();
}

/** Without a card the client gets a link; the next card is refused; in the end the coach cancels. */
async function chargeSavedCard(
  app: TestApp,
  world: World,
  coach: CoachWorld,
  client: ClientWorld,
): Promise<void> {
  const timing = { chargeTiming: 'before_start', chargeHoursBefore: 720 };
  const offering = await world.offering(coach, { fundingOptions: ['pay_later'], ...timing });
  const session = await bookWithoutCard(app, world, client, offering, '2027-03-13T10:00:00Z');
  const paying = await app.http().post(`/v1/payment-links/${paymentLinkOf(app, client)}`);
  expect(paying).toMatchObject({
    status: 200,
    body: { clientSecret: expect.stringMatching(/^pi_\w+_secret_/) },
  });
  await saveCard(app, client, offering.policyId, 'pm_card_chargeCustomerFail');
  const { body } = await coach.http.get<{ data: { id: string }[] }>(`/v1/payments?sessionId=${session.id}`);
  expect((await coach.http.post(`/v1/payments/${body.data[0]?.id}/retry`)).status).toBe(200);
  await app.drain();
  expect((await coach.http.post(`/v1/sessions/${session.id}/cancel`)).status).toBe(200);
  await app.drain();
}
