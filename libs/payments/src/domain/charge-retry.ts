const HOUR_MS = 3_600_000;

/** Business time until the next attempt, after the first refusal, the second, the third. */
export const RETRY_AFTER_MS: readonly number[] = [6 * HOUR_MS, 24 * HOUR_MS, 72 * HOUR_MS];

/** The card is asked so often; then somebody has to do something. */
export const MOST_ATTEMPTS = RETRY_AFTER_MS.length + 1;

/** So long a client has to confirm what their bank wants confirmed; then it counts as failed. */
export const CONFIRMATION_WAITS_MS = 72 * HOUR_MS;

/** The bank wants the client to say that it is them. */
export const AUTHENTICATION_REQUIRED = 'authentication_required';

/** There is no card that may be charged. */
export const NO_SAVED_CARD = 'no_saved_card';

/**
 * Refusals after which the same card is not to be asked again (docs.stripe.com/declines/codes), and an amount that no
 * card can be charged.
 */
const HOPELESS: readonly string[] = [
  NO_SAVED_CARD,
  'amount_too_small',
  'amount_too_large',
  'card_not_supported',
  'currency_not_supported',
  'expired_card',
  'fraudulent',
  'invalid_account',
  'lost_card',
  'pickup_card',
  'restricted_card',
  'revocation_of_all_authorizations',
  'revocation_of_authorization',
  'stolen_card',
];

export type AfterRefusal = { state: 'needs_action' | 'given_up' } | { state: 'planned'; afterMs: number };

/**
 * What follows a refusal of a charge without the client (domain.md 9, 12).
 *
 * @param code Stripe's decline code, or its error code where there is none
 * @param attempts how often a card was asked, this time counted
 */
export function afterRefusal(code: string, attempts: number): AfterRefusal {
  if (code === AUTHENTICATION_REQUIRED) return { state: 'needs_action' };
  const afterMs = RETRY_AFTER_MS[attempts - 1];
  if (afterMs === undefined || HOPELESS.includes(code)) return { state: 'given_up' };
  return { state: 'planned', afterMs };
}
