import { z } from 'zod';
import type { SandboxOptions, SandboxPorts } from './sandbox.types';
import { containsLiveKey } from './shared/live-keys';

const port = (fallback: number) => z.coerce.number().int().min(0).max(65_535).default(fallback);
const wholeNumber = z.coerce.number().int().min(0);

const environment = z.object({
  HOST: z.string().min(1).default('127.0.0.1'),
  SANDBOX_CONSOLE_PORT: port(3900),
  SANDBOX_STRIPE_PORT: port(3901),
  SANDBOX_ZOOM_PORT: port(3902),
  SMTP_PORT: port(1025),
  DATABASE_URL: z.string().min(1).optional(),
  SANDBOX_DATA_FILE: z.string().min(1).optional(),
  SANDBOX_SEED: z.coerce.number().int().optional(),
  SANDBOX_FEE_ROUNDING: z.enum(['nearest', 'down']).default('nearest'),
  SANDBOX_ZOOM_DAILY_LIMIT: wholeNumber.default(100),
  SANDBOX_PENDING_REFUND_SECONDS: wholeNumber.default(5),
  SANDBOX_FAILING_REFUND_SECONDS: wholeNumber.default(10),
  SANDBOX_STRIPE_WEBHOOK_URL: z.url().optional(),
  SANDBOX_STRIPE_CONNECT_WEBHOOK_URL: z.url().optional(),
  SANDBOX_ZOOM_WEBHOOK_URL: z.url().optional(),
  STRIPE_WEBHOOK_SECRET: z.string().min(1).optional(),
  STRIPE_CONNECT_WEBHOOK_SECRET: z.string().min(1).optional(),
  ZOOM_WEBHOOK_SECRET: z.string().min(1).optional(),
  ZOOM_CLIENT_ID: z.string().min(1).optional(),
  ZOOM_CLIENT_SECRET: z.string().min(1).optional(),
});

type Environment = z.infer<typeof environment>;

/** The environment cannot be used; the message lists every fault, one a line. */
export class InvalidConfig extends Error {}

/**
 * The sandbox's options from the environment. This is the only reader of it.
 *
 * @throws InvalidConfig with all faults; also when any variable carries a live Stripe key
 */
export function readConfig(
  variables: NodeJS.ProcessEnv = process.env,
): SandboxOptions & { ports: SandboxPorts } {
  const faults = Object.entries(variables)
    .filter(([, value]) => containsLiveKey(value ?? ''))
    .map(([name]) => `${name}: carries a live key; the sandbox never touches real money`);
  const given = Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== ''));
  const parsed = environment.safeParse(given);
  for (const issue of parsed.error?.issues ?? []) faults.push(`${issue.path.join('.')}: ${issue.message}`);
  if (parsed.data) faults.push(...missingSecrets(parsed.data));
  if (faults.length > 0 || !parsed.data) throw new InvalidConfig(faults.join('\n'));
  return toOptions(parsed.data);
}

function missingSecrets(values: Environment): string[] {
  const faults: string[] = [];
  if (values.SANDBOX_STRIPE_WEBHOOK_URL && !values.STRIPE_WEBHOOK_SECRET) {
    faults.push('STRIPE_WEBHOOK_SECRET: needed to sign what goes to SANDBOX_STRIPE_WEBHOOK_URL');
  }
  if (values.SANDBOX_STRIPE_CONNECT_WEBHOOK_URL && !values.STRIPE_CONNECT_WEBHOOK_SECRET) {
    faults.push(
      'STRIPE_CONNECT_WEBHOOK_SECRET: needed to sign what goes to SANDBOX_STRIPE_CONNECT_WEBHOOK_URL',
    );
  }
  if (values.SANDBOX_ZOOM_WEBHOOK_URL && !values.ZOOM_WEBHOOK_SECRET) {
    faults.push('ZOOM_WEBHOOK_SECRET: needed to sign what goes to SANDBOX_ZOOM_WEBHOOK_URL');
  }
  return faults;
}

function toOptions(values: Environment): SandboxOptions & { ports: SandboxPorts } {
  return {
    host: values.HOST,
    ports: {
      console: values.SANDBOX_CONSOLE_PORT,
      stripe: values.SANDBOX_STRIPE_PORT,
      zoom: values.SANDBOX_ZOOM_PORT,
      smtp: values.SMTP_PORT,
    },
    databaseUrl: values.DATABASE_URL,
    dataFile: values.SANDBOX_DATA_FILE,
    seed: values.SANDBOX_SEED,
    feeRounding: values.SANDBOX_FEE_ROUNDING,
    zoomDailyLimit: values.SANDBOX_ZOOM_DAILY_LIMIT,
    pendingRefundSeconds: values.SANDBOX_PENDING_REFUND_SECONDS,
    failingRefundSeconds: values.SANDBOX_FAILING_REFUND_SECONDS,
    stripeWebhook: target(values.SANDBOX_STRIPE_WEBHOOK_URL, values.STRIPE_WEBHOOK_SECRET),
    stripeConnectWebhook: target(
      values.SANDBOX_STRIPE_CONNECT_WEBHOOK_URL,
      values.STRIPE_CONNECT_WEBHOOK_SECRET,
    ),
    zoomWebhook: target(values.SANDBOX_ZOOM_WEBHOOK_URL, values.ZOOM_WEBHOOK_SECRET),
    zoomClient:
      values.ZOOM_CLIENT_ID && values.ZOOM_CLIENT_SECRET
        ? { id: values.ZOOM_CLIENT_ID, secret: values.ZOOM_CLIENT_SECRET }
        : undefined,
  };
}

function target(url: string | undefined, secret: string | undefined) {
  return url && secret ? { url, secret } : undefined;
}
