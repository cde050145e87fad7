import { randomBytes } from 'node:crypto';
import { DEMO_ZOOM_CLIENT, type Sandbox } from '../../apps/sandbox/src/sandbox';

export const STRIPE_WEBHOOK_SECRET = 'whsec_test_platform';

/** The environment of api and worker in a test, pointed at a sandbox; secrets are made per run. */
export function testEnvironment(
  databaseUrl: string,
  sandbox: Sandbox,
  more: Record<string, string> = {},
): Record<string, string> {
  return {
    NODE_ENV: 'test',
    LOG_LEVEL: process.env['TEST_LOG_LEVEL'] ?? 'silent',
    DATABASE_URL: databaseUrl,
    PORT: '0',
    WORKER_PORT: '0',
    RATE_LIMIT_PER_MINUTE: '1000000',
    METRICS_TOKEN: 'metrics-token-of-the-tests',
    ENCRYPTION_KEYS: `k1:${randomBytes(32).toString('base64')}`,
    LINK_SECRET: randomBytes(32).toString('hex'),
    TOKEN_SIGNING_KEY: randomBytes(32).toString('base64'),
    STRIPE_SECRET_KEY: 'sk_test_practice',
    STRIPE_WEBHOOK_SECRETS: STRIPE_WEBHOOK_SECRET,
    STRIPE_API_BASE: sandbox.urls.stripe,
    ZOOM_CLIENT_ID: DEMO_ZOOM_CLIENT.id,
    ZOOM_CLIENT_SECRET: DEMO_ZOOM_CLIENT.secret,
    ZOOM_API_BASE: sandbox.urls.zoom,
    ZOOM_OAUTH_BASE: sandbox.urls.zoom,
    SMTP_URL: sandbox.urls.smtp,
    MAIL_FROM: 'Practice <practice@demo.test>',
    SHUTDOWN_GRACE_MS: '0',
    ...(process.env['REDIS_URL'] === undefined ? {} : { REDIS_URL: process.env['REDIS_URL'] }),
    ...more,
  };
}
