import { createStripe, isLiveKey } from './stripe-client';

const base = { STRIPE_API_BASE: 'https://api.stripe.com', OUTBOUND_CAPTURE: undefined };

describe('the Stripe client', () => {
  it.each(['sk_live_x', 'rk_live_x'])('refuses %s outside production', (key) => {
    for (const NODE_ENV of ['development', 'test'] as const) {
      expect(() => createStripe({ ...base, NODE_ENV, STRIPE_SECRET_KEY: key })).toThrow('live key');
    }
    expect(createStripe({ ...base, NODE_ENV: 'production', STRIPE_SECRET_KEY: key })).toBeDefined();
  });

  it('does not put the key into the refusal', () => {
    expect(() => createStripe({ ...base, NODE_ENV: 'test', STRIPE_SECRET_KEY: 'sk_live_hush' })).toThrow(
      /^(?!.*hush)/,
    );
  });

  it.each([
    ['sk_live_1', true],
    ['rk_live_1', true],
    ['sk_test_1', false],
    ['pk_sk_live_1', false],
  ])('knows whether %s is live: %s', (key, expected) => {
    expect(isLiveKey(key)).toBe(expected);
  });
});
