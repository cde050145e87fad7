import type { StripeModel } from './stripe-model';

/** What Stripe.js would open: the sandbox's page that stands in for the bank's challenge. */
export function challenge(model: StripeModel, intentId: string, clientSecret: string) {
  return { type: 'three_d_secure_redirect', stripe_js: challengeUrl(model, intentId, clientSecret) };
}

export function challengeUrl(model: StripeModel, intentId: string, clientSecret: string): string {
  const query = new URLSearchParams({ client_secret: clientSecret });
  return `${model.settings.baseUrl}/authenticate/${intentId}?${query.toString()}`;
}
