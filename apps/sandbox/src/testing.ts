import { createServer, type IncomingHttpHeaders } from 'node:http';
import Stripe from 'stripe';
import type { Sandbox } from './sandbox';

export const TEST_KEY = 'sk_test_sandbox';
export const WEBHOOK_SECRET = 'whsec_test';

/** The real SDK, pointed at the sandbox. */
export function stripeClient(
  sandbox: Sandbox,
  options: { maxNetworkRetries?: number; key?: string; fetchFunction?: typeof fetch } = {},
): Stripe {
  const { hostname, port } = new URL(sandbox.urls.stripe);
  return new Stripe(options.key ?? TEST_KEY, {
    host: hostname,
    port: Number(port),
    protocol: 'http',
    maxNetworkRetries: options.maxNetworkRetries ?? 0,
    telemetry: false,
    ...(options.fetchFunction && { httpClient: Stripe.createFetchHttpClient(options.fetchFunction) }),
  });
}

export interface ReceivedWebhook {
  headers: IncomingHttpHeaders;
  body: string;
}

/** An endpoint that takes webhooks; `statuses` are answered one after the other, then 200. */
export async function startReceiver(statuses: number[] = []) {
  const received: ReceivedWebhook[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      received.push({ headers: request.headers, body: Buffer.concat(chunks).toString('utf8') });
      response.writeHead(statuses.shift() ?? 200).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}/webhooks`,
    received,
    /** The types of the received Stripe events, in order of arrival. */
    types: () => received.map(({ body }) => (JSON.parse(body) as { type: string }).type),
    close: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** A call of the console's control API. */
export async function control(sandbox: Sandbox, method: string, path: string, body?: unknown) {
  const response = await fetch(`${sandbox.urls.console}/sandbox/${path}`, {
    method,
    ...(body !== undefined && {
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json' },
    }),
  });
  const text = await response.text();
  return { status: response.status, body: text === '' ? undefined : (JSON.parse(text) as unknown) };
}

/** A connected account that went through onboarding. */
export async function readyAccount(sandbox: Sandbox, stripe: Stripe): Promise<string> {
  const account = await stripe.accounts.create({
    type: 'express',
    capabilities: { transfers: { requested: true }, card_payments: { requested: true } },
  });
  await control(sandbox, 'POST', `stripe/accounts/${account.id}/complete-onboarding`);
  return account.id;
}

/** A paid destination charge; amounts in minor units of USD. */
export async function paidDestinationCharge(
  stripe: Stripe,
  destination: string,
  payment: { amount: number; fee: number; method?: string },
): Promise<Stripe.PaymentIntent> {
  return stripe.paymentIntents.create({
    amount: payment.amount,
    currency: 'usd',
    application_fee_amount: payment.fee,
    transfer_data: { destination },
    automatic_payment_methods: { enabled: true, allow_redirects: 'never' },
    payment_method: payment.method ?? 'pm_card_visa',
    confirm: true,
  });
}

/** The error of Stripe that an attempt fails with. */
export async function stripeFailure(attempt: Promise<unknown>): Promise<Stripe.errors.StripeError> {
  const error = await attempt.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof Stripe.errors.StripeError))
    throw new Error(`expected an error of Stripe, got ${String(error)}`);
  return error;
}

/** A card of a customer, saved as the client's browser does it; the bank's challenges are passed. Answers its id. */
export async function savedCard(
  sandbox: Sandbox,
  stripe: Stripe,
  customer: string,
  card: string,
  usage: 'off_session' | 'on_session' = 'off_session',
): Promise<string> {
  const setup = await stripe.setupIntents.create({
    customer,
    usage,
    automatic_payment_methods: { enabled: true, allow_redirects: 'never' },
  });
  const path = `stripe/setup-intents/${setup.id}`;
  const { body } = await control(sandbox, 'POST', `${path}/confirm`, {
    paymentMethod: card,
    clientSecret: setup.client_secret,
  });
  if ((body as Stripe.SetupIntent).status === 'requires_action')
    await control(sandbox, 'POST', `${path}/authenticate`, {});
  const { status, payment_method: method } = await stripe.setupIntents.retrieve(setup.id);
  if (status !== 'succeeded' || typeof method !== 'string')
    throw new Error(`${card} was not saved: ${status}`);
  return method;
}

/** 50.00 USD of a saved card, without the client. */
export function chargeWithoutClient(
  stripe: Stripe,
  customer: string,
  method: string,
  extra: Partial<Stripe.PaymentIntentCreateParams> = {},
): Promise<Stripe.PaymentIntent> {
  return stripe.paymentIntents.create({
    amount: 5_000,
    currency: 'usd',
    customer,
    payment_method: method,
    off_session: true,
    confirm: true,
    automatic_payment_methods: { enabled: true, allow_redirects: 'never' },
    ...extra,
  });
}
