import { InvalidConfig, readConfig } from './config';

function faultsOf(variables: NodeJS.ProcessEnv): string {
  try {
    readConfig(variables);
  } catch (error) {
    if (error instanceof InvalidConfig) return error.message;
  }
  return '';
}

describe('the configuration', () => {
  it('has the documented addresses by default', () => {
    expect(readConfig({})).toMatchObject({
      host: '127.0.0.1',
      ports: { console: 3900, stripe: 3901, zoom: 3902, smtp: 1025 },
      feeRounding: 'nearest',
    });
  });

  it('lists all faults at once', () => {
    const message = faultsOf({
      SANDBOX_STRIPE_PORT: 'many',
      SANDBOX_FEE_ROUNDING: 'up',
      SANDBOX_ZOOM_WEBHOOK_URL: 'http://127.0.0.1:3000/zoom',
    });
    expect(message).toMatch(/SANDBOX_STRIPE_PORT/);
    expect(message).toMatch(/SANDBOX_FEE_ROUNDING/);
    const secretMissing = faultsOf({ SANDBOX_ZOOM_WEBHOOK_URL: 'http://127.0.0.1:3000/zoom' });
    expect(secretMissing).toMatch(/ZOOM_WEBHOOK_SECRET/);
  });

  it.each(['sk_live_', 'rk_live_', 'pk_live_'])(
    'refuses to start with a key that begins %s, in any variable',
    (prefix) => {
      const message = faultsOf({ SOMETHING_ELSE: `${prefix}abc` });
      expect(message).toMatch(/SOMETHING_ELSE: carries a live key/);
      expect(message).not.toContain(prefix);
    },
  );
});
