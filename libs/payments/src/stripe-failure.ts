import { Unavailable } from '@app/common';
import { stripeOutcome, type StripeOutcome } from './domain/stripe-outcome';
import { Stripe } from './stripe-client';

export interface StripeFailure {
  outcome: StripeOutcome;
  /** Stripe's error code, or its error type where there is no code. */
  code: string;
}

/**
 * What a failed call to Stripe means. The error's message is not kept: it may name people.
 *
 * @throws the error itself when it does not come from Stripe: that is a bug
 */
export function stripeFailure(error: unknown): StripeFailure {
  if (!(error instanceof Stripe.errors.StripeError)) throw error;
  const { statusCode, rawType, code, headers } = error;
  const type = rawType ?? error.type;
  return {
    outcome: stripeOutcome({ statusCode, type, code, replayed: headers?.['idempotent-replayed'] === 'true' }),
    // A key met with other parameters is told by its type alone.
    code: code ?? type,
  };
}

/** Nobody knows yet whether Stripe has done it: the job tries again under the same key. */
export class StripeOutcomeUnknown extends Unavailable {
  constructor(what: string, cause: unknown) {
    super('payments.stripe_unavailable', `Stripe has not confirmed ${what}. It is tried again.`, { cause });
  }
}

/** The call failed, and will fail for a day under the same key. */
export function isKeySpent(error: unknown): boolean {
  if (!(error instanceof StripeOutcomeUnknown) || !(error.cause instanceof Stripe.errors.StripeError))
    return false;
  return stripeFailure(error.cause).outcome === 'spent';
}

/** For reads: a Stripe that does not answer is told as such. `resource_missing` gives undefined. */
export function unlessMissing(what: string): (error: unknown) => undefined {
  return (error) => {
    const { outcome, code } = stripeFailure(error);
    if (outcome === 'refused' && code === 'resource_missing') return undefined;
    throw new StripeOutcomeUnknown(what, error);
  };
}

export function unanswered(what: string): (error: unknown) => never {
  return (error) => {
    stripeFailure(error);
    throw new StripeOutcomeUnknown(what, error);
  };
}
