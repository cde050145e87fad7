import { LONGEST_PASSWORD, SHORTEST_PASSWORD } from '@app/accounts';
import { readConfig } from '@app/common';
import { z } from 'zod';

const port = (fallback: number) => z.coerce.number().int().min(1).max(65_535).default(fallback);

/** What `npm start` itself reads; everything else it hands on to api, worker and sandbox as it is. */
export const launcherConfigSchema = z.object({
  HOST: z.string().default('127.0.0.1').describe('Address that api and sandbox listen on'),
  PORT: port(3000).describe('Port of the api'),
  WORKER_PORT: port(3001).describe("Port of the worker's health and metrics"),
  SANDBOX_CONSOLE_PORT: port(3900).describe("Port of the sandbox's console: mailbox, clock, faults"),
  SANDBOX_STRIPE_PORT: port(3901).describe("Port of the sandbox's Stripe"),
  SANDBOX_ZOOM_PORT: port(3902).describe("Port of the sandbox's Zoom"),
  SMTP_PORT: port(1025).describe("Port of the sandbox's mail server"),
  DATABASE_URL: z
    .url({ protocol: /^postgres(ql)?$/ })
    .optional()
    .describe('A PostgreSQL 18 of your own; absent: an embedded one with its data in .data/postgres'),
  DEMO_PASSWORD: z
    .string()
    .min(SHORTEST_PASSWORD)
    .max(LONGEST_PASSWORD)
    .optional()
    .describe('Password of the demo accounts; absent: one is made and printed'),
});

export type LauncherConfig = z.infer<typeof launcherConfigSchema>;

/** @throws ConfigError listing all faults */
export function launcherConfig(
  environment: Record<string, string | undefined> = process.env,
): LauncherConfig {
  return readConfig(launcherConfigSchema, environment);
}
