import { parsePublicId } from '@app/common';
import { stripeClient } from '../../apps/sandbox/src/testing';
import { openCheckout, pageAtStripe, payOnPage } from '../support/checkout';
import { PackageSale } from '../support/packages';
import { intentOf, payUnseen } from '../support/stripe-news';
import { TestApp } from '../support/test-app';
import { World, type ClientWorld, type CoachWorld, type SessionSummary } from '../support/world';

const HOUR_MS = 3_600_000;

let app: TestApp;
let world: World;
let coach: CoachWorld;
let client: ClientWorld;
let offering: { id: string; policyId: string };
let slot = Date.UTC(2027, 6, 1, 8);

beforeAll(async () => {
  app = await TestApp.start({ now: '2027-06-01T08:00:00Z' });
  world = new World(app);
  coach = await world.coach({ payouts: true });
  client = await world.client(coach);
  offering = await world.offering(coach);
});
afterEach(async () => {
  expect(await app.brokenInvariants()).toEqual([]);
  await app.advance(1_800);
});
afterAll(() => app.stop());

function booked(): Promise<SessionSummary> {
  slot += 2 * HOUR_MS;
  return world.book(client, offering, new Date(slot).toISOString());
}

const paymentOf = ({ payment }: SessionSummary): string => payment?.id ?? '';

async function page(session: SessionSummary): Promise<string> {
  const { status, body } = await openCheckout(client, paymentOf(session));
  expect({ status, code: body.code }).toEqual({ status: 201 });
  return body.url;
}

function intentAtStripe(id: string): TestApp['sandbox']['stripe']['paymentIntents'][number] | undefined {
  return app.sandbox.stripe.paymentIntents.find((intent) => intent.id === id);
}

const payment = async (id: string): Promise<Record<string, unknown>> =>
  (await coach.http.get(`/v1/payments/${id}`)).body;

describe('a held session is paid on a page of Stripe', () => {
  it('by card alone, for the coach with the fee; the receipt is mailed and shown, and the statement names the coach', async () => {
    const session = await booked();
    const url = await page(session);
    await app.drain();
    const shown = pageAtStripe(app, url);
    expect(shown).toMatchObject({
      status: 'open',
      allowed_payment_method_types: ['card'],
      amount_total: 9_000,
      customer_email: client.email,
    });
    expect(intentAtStripe(intentOf(session))?.status).toBe('canceled');
    expect(await world.read(client, session.id)).toMatchObject({
      status: 'held',
      payment: { clientSecret: null },
    });
    expect(await page(session)).toBe(url);
    expect(await payOnPage(url)).toBe('http://127.0.0.1:3000/docs');
    await app.drain();
    expect(await world.read(client, session.id)).toMatchObject({
      status: 'scheduled',
      paymentStatus: 'paid',
    });
    const paid = await payment(paymentOf(session));
    expect(paid).toMatchObject({
      status: 'paid',
      captured: { amount: 9_000, currency: 'EUR' },
      paidTwiceOf: null,
    });
    const charge = app.sandbox.stripe.charges.find(({ receipt_url }) => receipt_url === paid['receiptUrl']);
    expect(charge).toMatchObject({
      receipt_email: client.email,
      statement_descriptor_suffix: 'Carla Coach',
      application_fee_amount: (paid['applicationFee'] as { amount: number }).amount,
    });
    expect(await (await fetch(String(paid['receiptUrl']))).text()).toContain(client.email);
    expect(await openCheckout(client, paymentOf(session))).toMatchObject({
      status: 409,
      body: { code: 'payments.not_payable' },
    });
  });

  it('or by the client secret again once the page is closed, with the receipt as well', async () => {
    const session = await booked();
    const url = await page(session);
    const path = `/v1/payments/${paymentOf(session)}/checkout-links`;
    expect(await client.http.send('DELETE', path, undefined, {})).toMatchObject({ status: 204 });
    expect(await client.http.send('DELETE', path, undefined, {})).toMatchObject({ status: 204 });
    expect(pageAtStripe(app, url).status).toBe('expired');
    expect(await payOnPage(url)).toContain('no way on');
    const again = await world.read(client, session.id);
    expect(intentOf(again)).not.toBe(intentOf(session));
    await payUnseen(app, again);
    await app.drain();
    expect(await world.read(client, session.id)).toMatchObject({ status: 'scheduled' });
    expect((await payment(paymentOf(session)))['receiptUrl']).toContain('/receipts/');
    expect(intentAtStripe(intentOf(again))).toMatchObject({
      receipt_email: client.email,
      statement_descriptor_suffix: 'Carla Coach',
    });
  });

  it('until the hold runs out: then the page is closed too', async () => {
    const session = await booked();
    const url = await page(session);
    await app.advance(15 * 60);
    expect(await world.read(client, session.id)).toMatchObject({ status: 'cancelled' });
    expect(pageAtStripe(app, url).status).toBe('expired');
    expect(await payment(paymentOf(session))).toMatchObject({ status: 'canceled' });
    expect(await openCheckout(client, paymentOf(session))).toMatchObject({ status: 409 });
  });

  it('not after somebody was faster on the other way: paid before the page is opened, it is opened no more', async () => {
    const session = await booked();
    await payUnseen(app, session);
    expect(await openCheckout(client, paymentOf(session))).toMatchObject({
      status: 409,
      body: { code: 'payments.not_payable' },
    });
    await app.drain();
    expect(await world.read(client, session.id)).toMatchObject({ status: 'scheduled' });
    expect(app.sandbox.stripe.checkoutSessions.filter(({ status }) => status === 'open')).toEqual([]);
  });

  it('by 10 who open it at the same moment: one page stays open', async () => {
    const session = await booked();
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => openCheckout(client, paymentOf(session))),
    );
    await app.drain();
    const open = app.sandbox.stripe.checkoutSessions.filter(({ status }) => status === 'open');
    expect(open).toHaveLength(1);
    expect(answers.some(({ status }) => status === 201)).toBe(true);
    for (const { status } of answers) expect([201, 503]).toContain(status); // 503: Stripe is at it for another
    expect(await payOnPage(await page(session))).toContain('/docs');
    await app.drain();
    expect(await world.read(client, session.id)).toMatchObject({ status: 'scheduled' });
  });

  it('by nobody else', async () => {
    const session = await booked();
    const other = await world.client(coach, { displayName: 'Sam Second' });
    const stranger = await world.coach();
    for (const person of [other, stranger])
      expect(await openCheckout(person, paymentOf(session))).toMatchObject({ status: 404 });
  });
});

describe('what was paid twice', () => {
  it('goes back whole, once, and both movements stand in the ledger', async () => {
    const session = await booked();
    const url = await page(session);
    const { coachId } = coach;
    const paymentId = parsePublicId('payment', paymentOf(session)) ?? '';
    // As if Stripe had not been able to cancel the PaymentIntent that the page has replaced.
    const stripe = stripeClient(app.sandbox);
    const first = intentAtStripe(intentOf(session));
    const [account] = app.sandbox.stripe.accounts;
    const second = await stripe.paymentIntents.create({
      amount: 9_000,
      currency: 'eur',
      automatic_payment_methods: { enabled: true, allow_redirects: 'never' },
      transfer_data: { destination: account?.id ?? '' },
      application_fee_amount: first?.application_fee_amount ?? 0,
      metadata: { coachId, paymentId },
    });
    await payOnPage(url);
    await stripe.paymentIntents.confirm(second.id, { payment_method: 'pm_card_visa' });
    await app.drain();
    expect(await world.read(client, session.id)).toMatchObject({
      status: 'scheduled',
      paymentStatus: 'paid',
    });
    const { body } = await coach.http.get<{ data: Record<string, unknown>[] }>('/v1/payments?limit=2');
    expect(body.data[0]).toMatchObject({
      status: 'refunded',
      paidTwiceOf: paymentOf(session),
      sessionId: null,
      captured: { amount: 9_000 },
      refunded: { amount: 9_000 },
    });
    const ledger = await coach.http.get<{ data: { kind: string }[] }>(
      `/v1/payments/${String(body.data[0]?.['id'])}/ledger`,
    );
    expect(new Set(ledger.body.data.map(({ kind }) => kind))).toEqual(
      new Set(['capture', 'processing_fee', 'refund']),
    );
    const refunds = await coach.http.get<{ data: Record<string, unknown>[] }>(
      `/v1/payments/${String(body.data[0]?.['id'])}/refunds`,
    );
    expect(refunds.body.data).toMatchObject([
      { reason: 'paid_twice', status: 'succeeded', sessionId: session.id },
    ]);
    expect(app.sandbox.stripe.refunds.filter(({ amount }) => amount === 9_000)).toHaveLength(1);
    await app.redrive();
    expect(app.sandbox.stripe.refunds).toHaveLength(1);
    const mails = app.sandbox.mailbox.to(client.email).map(({ subject }) => subject ?? '');
    expect(mails.filter((subject) => subject.startsWith('Refund started'))).toHaveLength(1);
  });
});

describe('a package', () => {
  it('is paid on a page of Stripe too', async () => {
    const sale = await PackageSale.make(world);
    const entitlement = await sale.purchase((await sale.sold()).id);
    const { status, body } = await openCheckout(sale.client, entitlement.payment.id);
    expect(status).toBe(201);
    expect(await payOnPage(body.url)).toContain('/docs');
    await app.drain();
    expect(await sale.read(sale.client, entitlement.id)).toMatchObject({ status: 'active', remaining: 5 });
  });
});
