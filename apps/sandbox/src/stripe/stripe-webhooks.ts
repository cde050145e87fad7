import { createHmac } from 'node:crypto';
import type { WebhookChannel, WebhookSender, WebhookTarget } from '../shared/webhook-sender';
import type { EventSink } from './stripe-model';

const TIMEOUT_MS = 10_000;
export const STRIPE_CHANNEL = 'stripe';
export const STRIPE_CONNECT_CHANNEL = 'stripe_connect';

/** `t=<unix>,v1=<hex>`: HMAC-SHA256 over `t.body` (docs.stripe.com/webhooks). */
export function stripeSignature(body: string, secret: string, atSeconds: number): string {
  const digest = createHmac('sha256', secret).update(`${atSeconds}.${body}`).digest('hex');
  return `t=${atSeconds},v1=${digest}`;
}

export function stripeChannel(name: string, target: WebhookTarget | undefined): WebhookChannel {
  return {
    name,
    faultProvider: 'stripe_webhook',
    timeoutMs: TIMEOUT_MS,
    target,
    sign: (body, secret, atSeconds) => ({
      'stripe-signature': stripeSignature(body, secret, atSeconds),
      'user-agent': 'Stripe/1.0 (sandbox)',
    }),
  };
}

/** Sends events to the endpoint they belong to: those of connected accounts go to the Connect endpoint, if there is one. */
export function deliverTo(sender: WebhookSender): EventSink {
  return (row, event) => {
    const isConnect = row.account !== null && sender.hasTarget(STRIPE_CONNECT_CHANNEL);
    const channel = isConnect ? STRIPE_CONNECT_CHANNEL : STRIPE_CHANNEL;
    row.isDelivered = sender.hasTarget(channel);
    const object = row.object as { id?: string };
    const causeKey = row.idempotencyKey ?? object.id ?? row.id;
    sender.send(channel, { id: row.id, type: row.type, body: JSON.stringify(event) }, causeKey);
  };
}
