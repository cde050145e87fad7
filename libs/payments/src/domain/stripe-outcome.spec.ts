import { mayBeDoneAlready, statusAfterRefusal, stripeOutcome } from './stripe-outcome';

describe('what a failed call to Stripe means', () => {
  it.each([
    ['no answer at all', {}, 'unknown'],
    ['a server error', { statusCode: 500, type: 'api_error' }, 'unknown'],
    ['a bad gateway', { statusCode: 502 }, 'unknown'],
    ['a stored server error', { statusCode: 500, type: 'api_error', replayed: true }, 'spent'],
    ['too many calls', { statusCode: 429, code: 'rate_limit' }, 'unknown'],
    ['a lock time-out', { statusCode: 400, code: 'lock_timeout' }, 'unknown'],
    [
      'the same call still running',
      { statusCode: 409, type: 'idempotency_error', code: 'idempotency_key_in_use' },
      'unknown',
    ],
    ['our key is wrong', { statusCode: 401 }, 'unknown'],
    ['our key may not do this', { statusCode: 403 }, 'unknown'],
    ['the same key for something else', { statusCode: 400, type: 'idempotency_error' }, 'refused'],
    ['a broken rule', { statusCode: 400, code: 'charge_already_refunded' }, 'refused'],
    [
      'a broken rule, told again',
      { statusCode: 400, code: 'charge_already_refunded', replayed: true },
      'refused',
    ],
    ['a declined card', { statusCode: 402, type: 'card_error', code: 'card_declined' }, 'refused'],
    ['nothing there', { statusCode: 404, code: 'resource_missing' }, 'refused'],
  ])('%s', (_, facts, expected) => {
    expect(stripeOutcome({ replayed: false, ...facts })).toBe(expected);
  });
});

describe('a refund that Stripe has refused', () => {
  it.each([
    ['balance_insufficient', 'needs_attention'],
    ['insufficient_funds', 'needs_attention'],
    ['charge_disputed', 'needs_attention'],
    ['refund_disputed_payment', 'needs_attention'],
    ['idempotency_error', 'needs_attention'],
    ['charge_already_refunded', 'failed'],
    ['charge_not_refundable', 'failed'],
    ['resource_missing', 'failed'],
    ['anything_new', 'failed'],
  ])('%s → %s', (code, expected) => {
    expect(statusAfterRefusal(code)).toBe(expected);
  });

  it('is looked for where it may have been done before', () => {
    expect(mayBeDoneAlready('charge_already_refunded')).toBe(true);
    expect(mayBeDoneAlready('amount_too_large')).toBe(true);
    expect(mayBeDoneAlready('idempotency_error')).toBe(true);
    expect(mayBeDoneAlready('balance_insufficient')).toBe(false);
  });
});
