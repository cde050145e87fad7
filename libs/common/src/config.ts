import { z } from 'zod';

/** Configuration that api and worker share. `config.ts` of each app reads the environment through it. */
export const sharedConfigShape = {
  NODE_ENV: z
    .enum(['development', 'test', 'production'])
    .default('development')
    .describe('Kind of installation; production demands real secrets and a zero clock offset'),
  DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/ }).describe('PostgreSQL 18 connection string'),
  DATABASE_POOL_SIZE: z.coerce
    .number()
    .int()
    .min(1)
    .max(100)
    .default(8)
    .describe('Connections of this process'),
  REDIS_URL: z
    .url({ protocol: /^rediss?$/ })
    .optional()
    .describe('Keeps the queues in Redis instead of PostgreSQL'),
  LOG_LEVEL: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
    .default('info')
    .describe('Least severe line that is logged'),
  PUBLIC_URL: z
    .url()
    .default('http://127.0.0.1:3000')
    .describe('Address of the api as people and providers reach it; links in mails begin with it'),
  ENCRYPTION_KEYS: z
    .string()
    .regex(
      /^[a-z0-9]+:[A-Za-z0-9+/]{43}=(,[a-z0-9]+:[A-Za-z0-9+/]{43}=)*$/,
      'must be id:base64 of 32 bytes, comma between several; the first encrypts',
    )
    .describe('Key ring for tokens and private notes'),
  LINK_SECRET: z.string().min(32).describe('Secret that the private links in mails are derived from'),
  TOKEN_SIGNING_KEY: z
    .string()
    .regex(/^[A-Za-z0-9+/]{43}=$/, 'must be base64 of 32 bytes')
    .describe(
      'Ed25519 seed that signs access tokens; a new one ends those of the last 15 minutes, nothing else',
    ),
  SIGN_IN_TRIES_PER_ACCOUNT: z.coerce
    .number()
    .int()
    .min(1)
    .max(1_000_000)
    .default(10)
    .describe(
      'Passwords that strangers may try on one account in 15 minutes, from all their addresses together',
    ),
  SIGN_IN_TRIES_PER_ADDRESS: z.coerce
    .number()
    .int()
    .min(1)
    .max(10_000_000)
    .default(50)
    .describe(
      'Passwords that one address may try in 15 minutes, on all accounts together; also its sign-ups and password resets',
    ),
  STRIPE_SECRET_KEY: z.string().min(8).describe('Secret key of the Stripe platform account'),
  STRIPE_WEBHOOK_SECRETS: z
    .string()
    .min(8)
    .describe(
      'Signing secrets of the Stripe webhook endpoints, comma between several (platform, Connect, rotation)',
    ),
  STRIPE_API_BASE: z
    .url()
    .default('https://api.stripe.com')
    .describe('Where Stripe is; the sandbox outside production'),
  CHECKOUT_SUCCESS_URL: z
    .url({ protocol: /^https?$/ })
    .default('http://127.0.0.1:3000/docs')
    .describe('Where Stripe’s page sends the client once they have paid'),
  CHECKOUT_CANCEL_URL: z
    .url({ protocol: /^https?$/ })
    .default('http://127.0.0.1:3000/docs')
    .describe('Where Stripe’s page leads a client who does not pay'),
  ZOOM_CLIENT_ID: z.string().min(1).describe('Client id of the Zoom OAuth app'),
  ZOOM_CLIENT_SECRET: z.string().min(1).describe('Client secret of the Zoom OAuth app'),
  ZOOM_API_BASE: z.url().default('https://api.zoom.us').describe('Where the Zoom API is'),
  ZOOM_OAUTH_BASE: z.url().default('https://zoom.us').describe('Where Zoom signs people in'),
  SMTP_URL: z.url({ protocol: /^smtps?$/ }).describe('Mail server'),
  MAIL_FROM: z
    .string()
    .min(3)
    .default('Practice <practice@localhost.test>')
    .describe('Sender of every mail, and organizer of invitations'),
  REFUND_ARRIVAL_DAYS: z
    .string()
    .regex(/^\d{1,2}-\d{1,2}$/)
    .default('5-7')
    .describe('Business days until a refund usually shows, as told to clients'),
  SERIES_HORIZON_DAYS: z.coerce
    .number()
    .int()
    .min(7)
    .max(400)
    .default(90)
    .describe('Days ahead for which sessions of a series are made, unless the series says otherwise'),
  OUTBOUND_CAPTURE: z
    .string()
    .optional()
    .describe('File that every outbound provider call is appended to, as JSON lines'),
};

export const sharedConfigSchema = z.object(sharedConfigShape);
export type SharedConfig = z.infer<typeof sharedConfigSchema>;

/** Injection token of the validated configuration. */
export const CONFIG = Symbol('config');

/**
 * Reads and checks an environment. An empty variable counts as absent.
 *
 * @throws ConfigError that lists every fault, not only the first
 */
export function readConfig<T extends z.ZodType>(
  schema: T,
  environment: Record<string, string | undefined>,
): z.infer<T> {
  const given = Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''),
  );
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  throw new ConfigError(result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`));
}

export class ConfigError extends Error {
  constructor(readonly faults: string[]) {
    super(
      `The configuration has ${faults.length} fault(s):\n${faults.map((fault) => `  - ${fault}`).join('\n')}`,
    );
  }
}
