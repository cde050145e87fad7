import { createHmac } from 'node:crypto';
import { newId } from '@app/common';
import { sql } from '@app/database';
import { StripeWebhooks } from '@app/payments';
import type { TestApp } from './test-app';
import { STRIPE_WEBHOOK_SECRET } from './test-config';
import type { SessionSummary } from './world';

/** Id of the PaymentIntent that a booking was answered with. */
export function intentOf(session: SessionSummary): string {
  return String(session.payment?.clientSecret).split('_secret_')[0] ?? '';
}

/** The client's browser pays; nothing of it is known to us before the next drain. */
export async function payUnseen(
  app: TestApp,
  session: SessionSummary,
  paymentMethod = 'pm_card_visa',
): Promise<void> {
  const answer = await fetch(
    `${app.sandbox.urls.console}/sandbox/stripe/payment-intents/${intentOf(session)}/confirm`,
    {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ paymentMethod }),
    },
  );
  expect(answer.status).toBeLessThan(300);
}

/** Stripe's one notice that a PaymentIntent is paid, where its own get lost. @returns the event's id */
export function announcePaid(app: TestApp, intentId: string): Promise<string> {
  return announce(app, 'payment_intent.succeeded', { id: intentId, object: 'payment_intent' });
}

/** One notice of Stripe, where its own get lost. @returns the event's id */
export async function announce(
  app: TestApp,
  type: string,
  object: { id: string; object: string },
): Promise<string> {
  const id = `evt_${newId().replaceAll('-', '')}`;
  const payload = JSON.stringify({
    id,
    object: 'event',
    type,
    livemode: false,
    created: Math.floor(Date.now() / 1000),
    api_version: null,
    data: { object },
  });
  const at = Math.floor(Date.now() / 1000);
  const digest = createHmac('sha256', STRIPE_WEBHOOK_SECRET).update(`${at}.${payload}`).digest('hex');
  const answer = await fetch(`${app.url}/webhooks/stripe`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'stripe-signature': `t=${at},v1=${digest}` },
    body: payload,
  });
  expect(answer.status).toBe(204);
  return id;
}

/** Stripe's news reach our payments, and go no further: what follows from them waits in the outbox. */
export async function processStripeEvents(app: TestApp): Promise<void> {
  await app.sandbox.drainWebhooks();
  const rows = await app.database.many(
    sql<{ id: string }>`select id from stripe_events where processed_at is null order by received_at, id`,
  );
  for (const { id } of rows) await app.worker.get(StripeWebhooks).process(id);
}

/** Amounts that Stripe has given back of a session's payment. */
export function refundsAtStripe(app: TestApp, session: SessionSummary): number[] {
  return app.sandbox.stripe.refunds
    .filter(({ payment_intent: intent }) => intent === intentOf(session))
    .map(({ amount }) => amount);
}
