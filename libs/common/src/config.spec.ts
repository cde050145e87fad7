import { randomBytes } from 'node:crypto';
import { ConfigError, readConfig, sharedConfigSchema } from './config';

const key = randomBytes(32).toString('base64');
const SOUND = {
  DATABASE_URL: 'postgresql://practice@127.0.0.1/practice',
  ENCRYPTION_KEYS: `k1:${key}`,
  LINK_SECRET: 'x'.repeat(32),
  TOKEN_SIGNING_KEY: key,
  STRIPE_SECRET_KEY: 'sk_test_practice',
  STRIPE_WEBHOOK_SECRETS: 'whsec_practice',
  ZOOM_CLIENT_ID: 'id',
  ZOOM_CLIENT_SECRET: 'secret',
  SMTP_URL: 'smtp://127.0.0.1:1025',
};

function faultsOf(environment: Record<string, string | undefined>): string[] {
  try {
    readConfig(sharedConfigSchema, environment);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.faults;
  }
}

describe('readConfig', () => {
  it('fills in what has a default, and turns numbers into numbers', () => {
    const config = readConfig(sharedConfigSchema, { ...SOUND, DATABASE_POOL_SIZE: '12' });
    expect(config).toMatchObject({
      NODE_ENV: 'development',
      DATABASE_POOL_SIZE: 12,
      STRIPE_API_BASE: 'https://api.stripe.com',
      REFUND_ARRIVAL_DAYS: '5-7',
    });
    expect(config.REDIS_URL).toBeUndefined();
  });

  it('takes an empty variable for an absent one', () => {
    expect(readConfig(sharedConfigSchema, { ...SOUND, REDIS_URL: '', LOG_LEVEL: '' }).LOG_LEVEL).toBe('info');
    expect(faultsOf({ ...SOUND, SMTP_URL: '' })).toEqual([expect.stringContaining('SMTP_URL')]);
  });

  it('lists every fault, by name, not only the first', () => {
    const faults = faultsOf({
      ...SOUND,
      DATABASE_URL: 'mysql://127.0.0.1/practice',
      DATABASE_POOL_SIZE: '0',
      ENCRYPTION_KEYS: 'k1:c2hvcnQ=',
      LINK_SECRET: 'short',
      LOG_LEVEL: 'loud',
      ZOOM_CLIENT_ID: undefined,
    });
    const named = faults.map((fault) => fault.split(':')[0]);
    expect(new Set(named)).toEqual(
      new Set([
        'DATABASE_POOL_SIZE',
        'DATABASE_URL',
        'ENCRYPTION_KEYS',
        'LINK_SECRET',
        'LOG_LEVEL',
        'ZOOM_CLIENT_ID',
      ]),
    );
    expect(named).toHaveLength(6);
  });

  it('shows no value in its faults: they are printed, and some are secrets', () => {
    const canary = 'canary-4711';
    const faults = faultsOf(Object.fromEntries(Object.keys(SOUND).map((name) => [name, canary])));
    expect(faults.length).toBeGreaterThan(3);
    expect(new ConfigError(faults).message).not.toContain(canary);
  });
});
