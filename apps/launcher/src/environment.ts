import type { LauncherConfig } from './config';
import type { DataFolder } from './data-folder';
import type { Secrets } from './secrets';

/** Where the parts of the running system are reached from this machine. */
export interface Addresses {
  api: string;
  worker: string;
  console: string;
  stripe: string;
  zoom: string;
  smtp: string;
}

const ZOOM_CLIENT_ID = 'sandbox-zoom-client';

function at(port: number): string {
  return `http://127.0.0.1:${port}`;
}

export function addressesOf(config: LauncherConfig): Addresses {
  return {
    api: at(config.PORT),
    worker: at(config.WORKER_PORT),
    console: at(config.SANDBOX_CONSOLE_PORT),
    stripe: at(config.SANDBOX_STRIPE_PORT),
    zoom: at(config.SANDBOX_ZOOM_PORT),
    smtp: `smtp://127.0.0.1:${config.SMTP_PORT}`,
  };
}

/**
 * The environment of api, worker and sandbox on one machine. Variables of the caller win, but for those that keep
 * the system apart from the real world.
 */
export function childEnvironment(
  given: Record<string, string | undefined>,
  parts: { config: LauncherConfig; secrets: Secrets; databaseUrl: string; folder: DataFolder },
): Record<string, string> {
  const { config, secrets, databaseUrl, folder } = parts;
  const { DEMO_PASSWORD: _, ...keys } = secrets;
  const addresses = addressesOf(config);
  const defaults = {
    LOG_LEVEL: 'info',
    PUBLIC_URL: addresses.api,
    MAIL_FROM: 'Practice <practice@demo.test>',
    // Nothing to wait for: no load balancer stands in front.
    SHUTDOWN_GRACE_MS: '0',
    // Sessions complete and holds run out soon after the clock was moved.
    SWEEP_SECONDS: '1',
    ...keys,
  };
  const fixed = {
    NODE_ENV: 'development',
    DATABASE_URL: databaseUrl,
    PORT: String(config.PORT),
    STRIPE_SECRET_KEY: 'sk_test_sandbox',
    STRIPE_WEBHOOK_SECRET: secrets.STRIPE_WEBHOOK_SECRETS,
    STRIPE_WEBHOOK_SECRETS: secrets.STRIPE_WEBHOOK_SECRETS,
    STRIPE_API_BASE: addresses.stripe,
    ZOOM_CLIENT_ID,
    ZOOM_CLIENT_SECRET: secrets.ZOOM_CLIENT_SECRET,
    ZOOM_API_BASE: addresses.zoom,
    ZOOM_OAUTH_BASE: addresses.zoom,
    SMTP_URL: addresses.smtp,
    DEMO_IDS_FILE: folder.demoIds,
    SANDBOX_DATA_FILE: folder.sandbox,
    SANDBOX_STRIPE_WEBHOOK_URL: `${addresses.api}/webhooks/stripe`,
  };
  const present = Object.entries(given).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== '',
  );
  return { ...defaults, ...Object.fromEntries(present), ...fixed };
}
