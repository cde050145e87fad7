import { sql } from '@app/database';
import { stripeClient } from '../../apps/sandbox/src/testing';
import { payOnPage } from '../support/checkout';
import { PackageSale, type EntitlementAnswer } from '../support/packages';
import { TestApp } from '../support/test-app';
import { World } from '../support/world';

const DAY_SECONDS = 86_400;

let app: TestApp;
let sale: PackageSale;

beforeAll(async () => {
  app = await TestApp.start({ now: '2027-06-01T08:00:00Z' });
});
beforeEach(async () => {
  sale = await PackageSale.make(new World(app));
});
afterEach(async () => expect(await app.brokenInvariants()).toEqual([]));
afterAll(() => app.stop());

const mailsTo = (person: { email: string }) => app.sandbox.mailbox.to(person.email);
const subjectsTo = (person: { email: string }): string[] =>
  mailsTo(person).map(({ subject }) => subject ?? '');

async function sold(): Promise<EntitlementAnswer> {
  const { id } = await sale.sold();
  const answer = await sale.coach.http.post<EntitlementAnswer>(`/v1/packages/${id}/purchases`, {
    clientId: sale.client.clientId,
  });
  expect(answer).toMatchObject({ status: 201, body: { status: 'awaiting_payment' } });
  await app.drain();
  return answer.body;
}

/** Path of the link by which the client was asked to pay. */
function mailedPath(): string {
  const text = mailsTo(sale.client).at(-1)?.text ?? '';
  const path = /\/v1\/payment-links\/[\w-]{24}\/checkout/.exec(text)?.[0];
  if (path === undefined) throw new Error(`No link to pay by in: ${text}`);
  return path;
}

/** What the browser gets that presses the button of the page, as a form does it. */
function pressed(path: string): Promise<Response> {
  return fetch(`${app.url}${path}`, { method: 'POST', body: new URLSearchParams(), redirect: 'manual' });
}

describe('a coach sells a package to a client', () => {
  it('whose link only asks: a program that looks through mails opens no page of Stripe', async () => {
    await sold();
    const pages = app.sandbox.stripe.checkoutSessions.length;
    const asked = await fetch(`${app.url}${mailedPath()}`);
    expect(asked.status).toBe(200);
    expect(await asked.text()).toMatch(
      /Five sessions with Carla Coach: €400\.00.*<form method="post"><button>/s,
    );
    expect(app.sandbox.stripe.checkoutSessions).toHaveLength(pages);
  });

  it('who is mailed a link to Stripe’s page, pays without signing in, and both are told with what was paid', async () => {
    const { id } = await sold();
    expect(subjectsTo(sale.client)).toContain('Five sessions from Carla Coach: please pay');
    expect(mailsTo(sale.client).at(-1)?.text).toContain('€400.00');
    const anyone = app.http();
    const path = mailedPath();
    expect(await anyone.get(path.replace('/checkout', ''))).toMatchObject({
      status: 200,
      body: { offeringName: 'Five sessions', sessionId: null, entitlementId: id, isPayable: true },
    });
    const led = await pressed(path);
    expect(led.status).toBe(303);
    const url = led.headers.get('location') ?? '';
    expect((await pressed(path)).headers.get('location')).toBe(url);
    await payOnPage(url);
    await app.drain();
    expect(await sale.read(sale.client, id)).toMatchObject({ status: 'active', remaining: 5 });
    expect(subjectsTo(sale.client).at(-1)).toBe('Your package Five sessions: 5 sessions');
    expect(subjectsTo(sale.coach).at(-1)).toContain('has bought Five sessions');
    const receipt = mailsTo(sale.client).at(-1)?.text ?? '';
    for (const fact of ['Paid: €400.00', 'Sessions: 5', 'Payment: pay_', 'Good until: '])
      expect(receipt).toContain(fact);
    expect((await fetch(`${app.url}${path}`)).status).toBe(409);
    expect((await pressed(path)).status).toBe(409);
  });

  it('which is called off after 24 hours without payment, and the link leads nowhere any more', async () => {
    const { id } = await sold();
    const path = mailedPath();
    await pressed(path);
    await app.advance(DAY_SECONDS);
    expect(await sale.read(sale.coach, id)).toMatchObject({ status: 'cancelled' });
    expect(app.sandbox.stripe.checkoutSessions.filter(({ status }) => status === 'open')).toEqual([]);
    expect((await fetch(`${app.url}${path}`)).status).toBe(409);
    expect((await pressed(path)).status).toBe(409);
  });

  it('and says to whom; a client buys for themselves alone', async () => {
    const { id } = await sale.sold();
    const path = `/v1/packages/${id}/purchases`;
    const other = await sale.world.coach();
    const foreign = await sale.world.client(other);
    expect(await sale.coach.http.post(path, {})).toMatchObject({
      status: 422,
      body: { code: 'packages.buyer' },
    });
    expect(await sale.coach.http.post(path, { clientId: foreign.clientId })).toMatchObject({ status: 404 });
    expect(await sale.client.http.post(path, { clientId: sale.client.clientId })).toMatchObject({
      status: 422,
    });
    expect(await other.http.post(path, { clientId: foreign.clientId })).toMatchObject({ status: 404 });
  });
});

describe('the client of a package is told', () => {
  it('once when it has expired with sessions left, and when it was extended', async () => {
    const { id } = await sale.bought({ validityDays: 30 });
    app.sandbox.mailbox.clear();
    await app.advance(20 * DAY_SECONDS);
    await app.advance(11 * DAY_SECONDS);
    expect(subjectsTo(sale.client)).toEqual([
      expect.stringContaining('left of Five sessions'),
      'Five sessions has expired',
    ]);
    expect(mailsTo(sale.client).at(-1)?.text).toContain('Expired: 5 sessions');
    await app.sweep();
    await app.redrive();
    expect(subjectsTo(sale.client)).toHaveLength(2);
    await sale.coach.http.post(`/v1/entitlements/${id}/extend`, {
      expiresOn: '2027-09-01',
      reason: 'A holiday',
    });
    await app.drain();
    expect(subjectsTo(sale.client).at(-1)).toBe('Five sessions: good until Wednesday, September 1, 2027 now');
  });

  it('not of an expiry that took nothing', async () => {
    const { id } = await sale.bought({ validityDays: 30 });
    await sale.coach.http.post(`/v1/entitlements/${id}/adjust`, { credits: -5, reason: 'Agreed' });
    app.sandbox.mailbox.clear();
    await app.advance(31 * DAY_SECONDS);
    expect(await sale.read(sale.client, id)).toMatchObject({ status: 'expired' });
    expect(subjectsTo(sale.client)).toEqual([]);
  });
});

describe('money that came and went back whole at Stripe before we knew of either', () => {
  it('buys no package', async () => {
    const entitlement = await sale.purchase((await sale.sold()).id);
    const intentId = String(entitlement.payment.clientSecret).split('_secret_')[0] ?? '';
    const console = `${app.sandbox.urls.console}/sandbox/stripe`;
    const post = (path: string, body: unknown) =>
      fetch(`${console}/${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
    await post(`payment-intents/${intentId}/confirm`, { paymentMethod: 'pm_card_visa' });
    await stripeClient(app.sandbox).refunds.create({
      payment_intent: intentId,
      reverse_transfer: true,
      refund_application_fee: true,
    });
    await app.drain();
    expect(await sale.read(sale.client, entitlement.id)).toMatchObject({
      status: 'cancelled',
      remaining: 0,
      payment: { status: 'refunded', refunded: { amount: 40_000 } },
    });
    expect(await sale.entries(entitlement.id)).toEqual([]);
    expect(subjectsTo(sale.client)).not.toContain('Your package Five sessions: 5 sessions');
  });
});

describe('a credit that the coach gives back after the last day', () => {
  it('revives the package, which stands in the audit', async () => {
    const { id } = await sale.bought({ validityDays: 3 });
    const startsAt = new Date(app.sandbox.now().getTime() + 7 * DAY_SECONDS * 1_000);
    startsAt.setUTCHours(8, 0, 0, 0);
    const booked = await sale.client.http.post<{ id: string }>('/v1/sessions', {
      offeringId: sale.offering.id,
      startsAt: startsAt.toISOString(),
      funding: 'package',
      acceptedPolicyId: sale.offering.policyId,
    });
    expect(booked.status).toBe(201);
    await app.advance(5 * DAY_SECONDS);
    expect(await sale.read(sale.client, id)).toMatchObject({ status: 'expired', expired: 4 });
    expect(await sale.coach.http.post(`/v1/sessions/${booked.body.id}/cancel`, {})).toMatchObject({
      status: 200,
    });
    expect(await sale.read(sale.client, id)).toMatchObject({ status: 'active', remaining: 1, expired: 4 });
    const audits = await app.database.many(sql<{ before: unknown; after: unknown }>`
      select before, after from audit_entries
      where coach_id = ${sale.coach.coachId}::uuid and action = 'entitlement.revive'`);
    expect(audits).toMatchObject([
      { before: { status: 'expired' }, after: { status: 'active', remaining: 1 } },
    ]);
  });
});
