/** The facts of an answer by which Stripe did not do what was asked; absent where there was no answer at all. */
export interface StripeRefusalFacts {
  statusCode?: number | undefined;
  /** Stripe's error type, such as `invalid_request_error`. */
  type?: string | undefined;
  code?: string | undefined;
  /** The answer was given earlier to the same idempotency key. */
  replayed: boolean;
}

/**
 * `unknown`: it may have been done; the same key must be tried again.
 * `spent`: the key will answer with the same server error for a day, and says nothing about the effect; when a look
 * shows that there is none, the next key may be taken.
 * `refused`: it was definitely not done.
 */
export type StripeOutcome = 'unknown' | 'spent' | 'refused';

const TRANSIENT_CODES: readonly string[] = ['idempotency_key_in_use', 'lock_timeout', 'rate_limit'];
const TOO_MANY = 429;
/** Wrong or revoked key: about us, not about the call. */
const NOT_ADMITTED: readonly number[] = [401, 403];

/** What can be concluded from a call to Stripe that failed. Source: docs.stripe.com/api/idempotent_requests. */
export function stripeOutcome({ statusCode, code, replayed }: StripeRefusalFacts): StripeOutcome {
  if (statusCode === undefined) return 'unknown';
  if (statusCode >= 500) return replayed ? 'spent' : 'unknown';
  if (statusCode === TOO_MANY || NOT_ADMITTED.includes(statusCode)) return 'unknown';
  if (code !== undefined && TRANSIENT_CODES.includes(code)) return 'unknown';
  return 'refused';
}

/** Refusals that a person can clear at Stripe: money is missing on the balance, or a dispute is open. */
const CURABLE: readonly string[] = [
  'balance_insufficient',
  'insufficient_funds',
  'charge_disputed',
  'refund_disputed_payment',
  'dispute_lost',
  // A key met with other parameters: nobody knows what the first call has done.
  'idempotency_error',
];

/** How a refund that Stripe has definitely refused is shown. Any other refusal is final: the amount is free again. */
export function statusAfterRefusal(code: string): 'failed' | 'needs_attention' {
  return CURABLE.includes(code) ? 'needs_attention' : 'failed';
}

/** Refusals that say that a bank has the money; a dispute may be news to us. */
export function isDisputed(code: string): boolean {
  return code === 'charge_disputed' || code === 'refund_disputed_payment';
}

/** Refusals that may mean: it was done before, by an earlier call, in other words too, or by hand. */
export function mayBeDoneAlready(code: string): boolean {
  return ['charge_already_refunded', 'amount_too_large', 'idempotency_error'].includes(code);
}
