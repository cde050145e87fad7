import { parsePublicId } from '@app/common';
import { sql } from '@app/database';
import { atStripe, cardsOf, CONSENT, openSetup, saveCard, type CardSetup } from '../support/saved-cards';
import { TestApp } from '../support/test-app';
import { World, type ClientWorld, type CoachWorld } from '../support/world';

const MINUTE = 60;

let app: TestApp;
let world: World;
let coach: CoachWorld;
let policyId: string;
let client: ClientWorld;

beforeAll(async () => {
  app = await TestApp.start({ now: '2027-06-01T08:00:00Z' });
  world = new World(app);
  coach = await world.coach({ payouts: true });
  ({ policyId } = await world.offering(coach));
});
beforeEach(async () => {
  client = await world.client(coach);
});
afterEach(async () => {
  await app.sandbox.drainWebhooks();
  app.sandbox.faults.clear();
  expect(await app.brokenInvariants()).toEqual([]);
});
afterAll(() => app.stop());

const customersOf = ({ clientId }: ClientWorld): string[] =>
  app.sandbox.stripe.customers
    .filter(({ metadata }) => metadata['clientId'] === parsePublicId('client', clientId))
    .map(({ id }) => id);

/** Whether a row at Stripe is one of the client's. */
const isOf = (owner: ClientWorld, customer: string | { id: string } | null): boolean =>
  customersOf(owner).some((id) => id === (typeof customer === 'string' ? customer : customer?.id));

const methodOf = async (id: string): Promise<string> =>
  (
    await app.database.one(sql<{ method: string }>`
      select stripe_payment_method_id as method from payment_methods where id = ${parsePublicId('paymentMethod', id)}::uuid`)
  ).method;

const failureOf = async ({ id }: CardSetup): Promise<unknown> =>
  app.database.one(sql`
    select status, failure_code as "failureCode" from card_setups where id = ${parsePublicId('cardSetup', id)}::uuid`);

function loseWebhooks(): void {
  app.sandbox.faults.inject({
    provider: 'stripe_webhook',
    operation: '*',
    kind: 'webhook_drop',
    times: 10_000,
  });
}

describe('saving a card', () => {
  it('needs a consent, is done at Stripe, and is then seen by both sides, by the coach without details', async () => {
    const refused = await client.http.post('/v1/payment-methods/setup', { acceptedPolicyId: policyId });
    expect(refused.status).toBe(400);
    for (const acceptedText of ['Yes.', `\u0000${CONSENT}`]) {
      const { status } = await client.http.post('/v1/payment-methods/setup', {
        acceptedText,
        acceptedPolicyId: policyId,
      });
      expect(status).toBe(400);
    }
    const setup = await openSetup(client, policyId);
    expect(setup.clientSecret).toMatch(/^seti_\w+_secret_\w+$/);
    expect(await cardsOf(client)).toEqual([]);
    await atStripe(app, setup, 'confirm', { paymentMethod: 'pm_card_visa' });
    await app.drain();
    const [card, ...others] = await cardsOf(client);
    expect(others).toEqual([]);
    expect(card).toMatchObject({
      clientId: client.clientId,
      brand: 'visa',
      last4: '4242',
      isDefault: true,
      consent: { text: CONSENT, policyId },
    });
    const seen = (await cardsOf(coach)).find(({ id }) => id === card?.id);
    expect(seen).toMatchObject({ last4: '4242', consent: { givenAt: card?.consent.givenAt } });
    expect(Object.keys(seen?.consent ?? {})).toEqual(['givenAt']);
    expect(seen).not.toHaveProperty('expiryMonth');
  });

  it('makes the newest the default, under one customer, and one setup for a request that is repeated', async () => {
    const body = { acceptedText: CONSENT, acceptedPolicyId: policyId };
    const once = { 'idempotency-key': 'save-my-card' };
    const first = await client.http.send<CardSetup>('POST', '/v1/payment-methods/setup', body, once);
    const again = await client.http.send<CardSetup>('POST', '/v1/payment-methods/setup', body, once);
    expect(again.body).toEqual(first.body);
    await atStripe(app, first.body, 'confirm', { paymentMethod: 'pm_card_visa' });
    await app.drain();
    await saveCard(app, client, policyId, 'pm_card_mastercard');
    expect((await cardsOf(client)).map(({ brand, isDefault }) => [brand, isDefault])).toEqual([
      ['mastercard', true],
      ['visa', false],
    ]);
    expect(customersOf(client)).toHaveLength(1);
  });

  it('makes one customer and one SetupIntent when an answer of Stripe is lost', async () => {
    for (const operation of ['POST /v1/customers', 'POST /v1/setup_intents'])
      app.sandbox.faults.inject({ provider: 'stripe', operation, kind: 'timeout_after_commit', times: 1 });
    const setup = await openSetup(client, policyId);
    expect(customersOf(client)).toHaveLength(1);
    const made = app.sandbox.stripe.setupIntents.filter(({ customer }) => isOf(client, customer));
    expect(made).toHaveLength(1);
    expect(setup.clientSecret).toBe(made[0]?.client_secret);
  });

  it('gives no secret while Stripe is away, and gives it to the same request later', async () => {
    const body = { acceptedText: CONSENT, acceptedPolicyId: policyId };
    const once = { 'idempotency-key': 'while-stripe-is-away' };
    app.sandbox.faults.inject({
      provider: 'stripe',
      operation: 'POST /v1/setup_intents',
      kind: 'reset',
      times: 10,
    });
    const ask = () => client.http.send<CardSetup>('POST', '/v1/payment-methods/setup', body, once);
    expect((await ask()).body.clientSecret).toBeNull();
    app.sandbox.faults.clear();
    expect((await ask()).body.clientSecret).toMatch(/_secret_/);
  });

  it('leaves nothing to charge when the bank refuses, and the same setup takes another card', async () => {
    const setup = await openSetup(client, policyId);
    await atStripe(app, setup, 'confirm', { paymentMethod: 'pm_card_chargeDeclinedExpiredCard' });
    await app.drain();
    expect(await cardsOf(client)).toEqual([]);
    expect(await failureOf(setup)).toEqual({ status: 'failed', failureCode: 'expired_card' });
    await atStripe(app, setup, 'confirm', { paymentMethod: 'pm_card_visa' });
    await app.drain();
    expect(await cardsOf(client)).toMatchObject([{ last4: '4242' }]);
    expect(await failureOf(setup)).toEqual({ status: 'succeeded', failureCode: null });
  });

  it('saves a card that needs authentication once that was passed, and not when it failed', async () => {
    const card = { paymentMethod: 'pm_card_authenticationRequiredOnSetup' };
    const [failing, passing] = [await openSetup(client, policyId), await openSetup(client, policyId)];
    for (const setup of [failing, passing]) await atStripe(app, setup, 'confirm', card);
    await app.drain();
    expect(await cardsOf(client)).toEqual([]);
    await atStripe(app, failing, 'authenticate', { success: false });
    await app.drain();
    expect(await cardsOf(client)).toEqual([]);
    expect(await failureOf(failing)).toMatchObject({ status: 'failed' });
    await atStripe(app, passing, 'authenticate', { success: true });
    await app.drain();
    expect(await cardsOf(client)).toHaveLength(1);
  });
});

describe('removing a card', () => {
  it('ends its use at once, Stripe forgets it, and the next newest becomes the default', async () => {
    const older = await saveCard(app, client, policyId);
    const newer = await saveCard(app, client, policyId, 'pm_card_mastercard');
    const foreign = await (await world.client(coach)).http.delete(`/v1/payment-methods/${newer.id}`);
    expect(foreign.status).toBe(404);
    expect((await client.http.delete(`/v1/payment-methods/${newer.id}`)).status).toBe(204);
    expect(await cardsOf(client)).toMatchObject([{ id: older.id, isDefault: true }]);
    await app.drain();
    const left = app.sandbox.stripe.paymentMethods.filter(({ customer }) => isOf(client, customer));
    expect(left.map(({ card }) => card?.brand)).toEqual(['visa']);
    expect((await client.http.delete(`/v1/payment-methods/${newer.id}`)).status).toBe(204);
  });

  it('is done in the end though Stripe was away', async () => {
    const card = await saveCard(app, client, policyId);
    app.sandbox.faults.inject({
      provider: 'stripe',
      operation: 'POST /v1/payment_methods/{payment_method}/detach',
      kind: 'reset',
      times: 10_000,
    });
    expect((await client.http.delete(`/v1/payment-methods/${card.id}`)).status).toBe(204);
    await expect(app.drain()).rejects.toThrow('not confirmed');
    expect(await cardsOf(client)).toEqual([]);
    app.sandbox.faults.clear();
    await app.redrive();
    const method = app.sandbox.stripe.paymentMethods.find(({ customer }) => isOf(client, customer));
    expect(method).toBeUndefined();
  });
});

it('keeps the cards of two coaches apart', async () => {
  const other = await world.coach({ payouts: true });
  const { policyId: otherPolicyId } = await world.offering(other);
  const invited = await other.http.post<{ id: string }>('/v1/clients', {
    email: client.email,
    displayName: 'Clara',
    timezone: 'Europe/Berlin',
  });
  expect(invited.status).toBe(201);
  await app.database.execute(sql`
    update clients set account_id = ${client.accountId}::uuid, accepted_at = app_now() where id = ${parsePublicId('client', invited.body.id)}::uuid`);
  const ask = (more: Record<string, unknown>) =>
    client.http.post<{ code: string }>('/v1/payment-methods/setup', { acceptedText: CONSENT, ...more });
  expect(await ask({ acceptedPolicyId: policyId })).toMatchObject({
    status: 422,
    body: { code: 'payment_methods.coach_missing' },
  });
  const coachId = `coa_${(await coach.http.get<{ id: string }>('/v1/me')).body.id.split('_')[1]}`;
  expect(await ask({ acceptedPolicyId: otherPolicyId, coachId })).toMatchObject({ status: 404 });
  await atStripe(app, await openSetup(client, policyId, { coachId }), 'confirm', {
    paymentMethod: 'pm_card_visa',
  });
  await app.drain();
  const [card] = await cardsOf(client);
  expect((await cardsOf(coach)).map(({ id }) => id)).toContain(card?.id);
  expect(await cardsOf(other)).toEqual([]);
});

describe('when the webhook never comes', () => {
  it('a saved card is found all the same, also one whose SetupIntent nobody has noted', async () => {
    const [noted, unnoted] = [await openSetup(client, policyId), await openSetup(client, policyId)];
    loseWebhooks();
    await app.database.execute(sql`
      update card_setups set stripe_setup_intent_id = null where id = ${parsePublicId('cardSetup', unnoted.id)}::uuid`);
    await atStripe(app, noted, 'confirm', { paymentMethod: 'pm_card_visa' });
    await atStripe(app, unnoted, 'confirm', { paymentMethod: 'pm_card_mastercard' });
    await app.drain();
    expect(await cardsOf(client)).toEqual([]);
    await app.advance(11 * MINUTE);
    expect((await cardsOf(client)).map(({ brand }) => brand).sort()).toEqual(['mastercard', 'visa']);
  });

  it('a card that was removed at Stripe is not offered any longer', async () => {
    const card = await saveCard(app, client, policyId);
    loseWebhooks();
    const key = { authorization: `Bearer ${app.environment['STRIPE_SECRET_KEY']}` };
    const detach = `/v1/payment_methods/${await methodOf(card.id)}/detach`;
    const answer = await fetch(`${app.environment['STRIPE_API_BASE']}${detach}`, {
      method: 'POST',
      headers: key,
    });
    expect(answer.status).toBe(200);
    await app.drain();
    expect(await cardsOf(client)).toHaveLength(1);
    await app.advance(11 * MINUTE);
    expect(await cardsOf(client)).toEqual([]);
  });
});
