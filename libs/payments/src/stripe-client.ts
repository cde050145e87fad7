import { outboundFetch } from '@app/outbound';
import type { SharedConfig } from '@app/common';
import Stripe = require('stripe');

/** The SDK as one name for class and types; its default export carries them all. */
export { Stripe };

type StripeConfig = Pick<
  SharedConfig,
  'NODE_ENV' | 'STRIPE_SECRET_KEY' | 'STRIPE_API_BASE' | 'OUTBOUND_CAPTURE'
>;

/** Of one call, the SDK's own repetitions not counted. */
const TIMEOUT_MS = 10_000;
/** Under the same idempotency key; what is still open after them is a job's to repeat. */
const REPETITIONS = 2;

/** Whether the secret key moves real money. */
export function isLiveKey(secretKey: string): boolean {
  return /^(sk|rk)_live_/.test(secretKey);
}

/**
 * Stripe's SDK, pointed at STRIPE_API_BASE, with the API version that the SDK is made for.
 *
 * @throws Error for a live key outside production
 */
export function createStripe(config: StripeConfig): Stripe {
  if (isLiveKey(config.STRIPE_SECRET_KEY) && config.NODE_ENV !== 'production') {
    throw new Error('STRIPE_SECRET_KEY is a live key. Outside production only test keys are accepted.');
  }
  const base = new URL(config.STRIPE_API_BASE);
  const isPlain = base.protocol === 'http:';
  const capture = config.OUTBOUND_CAPTURE;
  return new Stripe(config.STRIPE_SECRET_KEY, {
    host: base.hostname,
    port: base.port === '' ? (isPlain ? 80 : 443) : Number(base.port),
    protocol: isPlain ? 'http' : 'https',
    timeout: TIMEOUT_MS,
    maxNetworkRetries: REPETITIONS,
    telemetry: false,
    httpClient: Stripe.createFetchHttpClient(
      outboundFetch({
        provider: 'stripe',
        timeoutMs: TIMEOUT_MS,
        ...(capture === undefined ? {} : { captureFile: capture }),
      }),
    ),
  });
}
