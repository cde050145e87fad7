import { createTransport } from 'nodemailer';
import type Stripe from 'stripe';
import { startSandbox, type Sandbox } from '../sandbox';
import { control, readyAccount, stripeClient } from '../testing';

let sandbox: Sandbox;
let stripe: Stripe;

beforeAll(async () => {
  sandbox = await startSandbox();
  stripe = stripeClient(sandbox);
});

afterAll(() => sandbox.close());

const show = async (path: string) => {
  const answer = await fetch(`${sandbox.urls.console}${path}`);
  return {
    status: answer.status,
    text: await answer.text(),
    policy: answer.headers.get('content-security-policy'),
  };
};
const press = (path: string, fields: Record<string, string> = {}, headers: Record<string, string> = {}) =>
  fetch(`${sandbox.urls.console}/console/${path}`, {
    method: 'POST',
    body: new URLSearchParams(fields),
    headers,
    redirect: 'manual',
  });

describe('the console', () => {
  it.each(['/', '/stripe', '/zoom', '/mailbox', '/faults', '/webhooks', '/nowhere'])(
    'says SANDBOX on %s and runs no script',
    async (path) => {
      const { status, text, policy } = await show(path);
      expect(status).toBe(path === '/nowhere' ? 404 : 200);
      expect(text).toContain('SANDBOX');
      expect(text).not.toContain('<script');
      expect(policy).toContain("default-src 'none'");
    },
  );

  it('moves the clock by its buttons', async () => {
    expect((await press('clock', { seconds: '900' })).status).toBe(303);
    expect((await control(sandbox, 'GET', 'clock')).body).toMatchObject({ offsetSeconds: 900 });
    expect((await press('clock', { seconds: '-1' })).status).toBe(400);
  });

  it('pays, refuses and fails what people do outside our system', async () => {
    const coach = await readyAccount(sandbox, stripe);
    const payment = await stripe.paymentIntents.create({
      amount: 12_345,
      currency: 'usd',
      application_fee_amount: 500,
      transfer_data: { destination: coach },
    });
    const confirm = `stripe/payment-intents/${payment.id}/confirm`;
    const declined = await press(confirm, { paymentMethod: 'pm_card_chargeDeclined' });
    expect(await declined.text()).toContain('Your card was declined.');
    expect((await press(confirm, { paymentMethod: 'pm_card_visa' })).headers.get('location')).toBe('/stripe');
    const refund = await stripe.refunds.create({ payment_intent: payment.id });
    expect((await press(`stripe/refunds/${refund.id}/fail`)).status).toBe(303);
    const { text } = await show('/stripe');
    expect(text).toContain(payment.id);
    expect(text).toContain('USD');
    expect(text).toContain('123.45');
    expect(text).toContain('failed: expired_or_canceled_card');
    const state = (await control(sandbox, 'GET', 'state')).body;
    expect(state).toMatchObject({
      stripe: {
        paymentIntents: [{ id: payment.id }],
        refunds: [{ status: 'failed' }],
        balances: { [coach]: { usd: 11_845 } },
      },
    });
  });

  it('disputes, decides, saves cards and expires pages by its buttons', async () => {
    const payment = await stripe.paymentIntents.create({
      amount: 6_000,
      currency: 'usd',
      payment_method: 'pm_card_visa',
      confirm: true,
      automatic_payment_methods: { enabled: true, allow_redirects: 'never' },
    });
    const setup = await stripe.setupIntents.create({});
    const checkout = await stripe.checkout.sessions.create({
      mode: 'payment',
      line_items: [
        {
          price_data: { currency: 'usd', product_data: { name: 'Package' }, unit_amount: 500 },
          quantity: 1,
        },
      ],
      success_url: 'http://127.0.0.1:9/paid',
    });
    const presses = [
      await press(`stripe/payment-intents/${payment.id}/dispute`, { reason: 'duplicate', amount: '2500' }),
      await press(`stripe/setup-intents/${setup.id}/confirm`, {
        paymentMethod: 'pm_card_authenticationRequired',
      }),
    ];
    const dispute = sandbox.stripe.disputes.at(-1);
    expect(dispute).toMatchObject({ amount: 2_500, reason: 'duplicate', status: 'needs_response' });
    const { text } = await show('/stripe');
    for (const shown of [dispute?.id ?? '', 'Platform wins', setup.id, 'Authenticate', checkout.url ?? ''])
      expect(text).toContain(shown);
    presses.push(
      await press(`stripe/disputes/${dispute?.id ?? ''}/win`),
      await press(`stripe/setup-intents/${setup.id}/authenticate`, { success: 'false' }),
      await press(`stripe/checkout-sessions/${checkout.id}/expire`),
    );
    expect(presses.map(({ status }) => status)).toEqual([303, 303, 303, 303, 303]);
    const state = (await control(sandbox, 'GET', 'state')).body as { stripe: Record<string, object[]> };
    expect(state.stripe['disputes']?.at(-1)).toMatchObject({ status: 'won' });
    expect(state.stripe['setupIntents']?.at(-1)).toMatchObject({ status: 'requires_payment_method' });
    expect(state.stripe['checkoutSessions']?.at(-1)).toMatchObject({ status: 'expired' });
  });

  it('shows mails with their markup escaped and their HTML in a frame that runs nothing', async () => {
    await createTransport(sandbox.urls.smtp).sendMail({
      from: 'a@example.test',
      to: 'b@example.test',
      subject: '<img src=x onerror=alert(1)>',
      text: '</pre><script>alert(2)</script>',
      html: '<p title="x">Hello</p><script>alert(3)</script>',
    });
    const id = sandbox.mailbox.messages.at(-1)?.id ?? '';
    for (const path of ['/mailbox', `/mailbox/${id}`]) {
      const { text } = await show(path);
      expect(text).toContain('&lt;img src=x onerror=alert(1)&gt;');
      expect(text).not.toContain('<img src=x');
      expect(text).not.toContain('<script');
    }
    const { text } = await show(`/mailbox/${id}`);
    expect(text).toMatch(
      /<iframe[^>]*sandbox="allow-popups allow-popups-to-escape-sandbox"[^>]*srcdoc="&lt;base/,
    );
    expect((await show('/mailbox/999')).status).toBe(404);
  });

  it('injects faults by its form', async () => {
    await press('faults', {
      provider: 'stripe',
      operation: 'GET /v1/balance',
      kind: 'rate_limit',
      times: '2',
      delayMs: '',
    });
    expect(sandbox.faults.list()).toMatchObject([
      { operation: 'GET /v1/balance', kind: 'rate_limit', times: 2 },
    ]);
    expect((await show('/faults')).text).toContain('GET /v1/balance');
    await press('faults/clear');
    expect(sandbox.faults.list()).toEqual([]);
  });

  it('refuses buttons pressed by pages of other sites, and live keys', async () => {
    expect((await press('clock', { seconds: '900' }, { 'sec-fetch-site': 'cross-site' })).status).toBe(403);
    expect((await control(sandbox, 'POST', 'clock/advance', { seconds: 1, key: 'sk_live_x' })).status).toBe(
      401,
    );
  });
});
