import { readConfig, sharedConfigShape } from '@app/common';
import { z } from 'zod';

export const workerConfigSchema = z.object({
  ...sharedConfigShape,
  WORKER_PORT: z.coerce
    .number()
    .int()
    .min(0)
    .max(65_535)
    .default(3001)
    .describe("Port of the worker's health and metrics"),
  WORKER_HOST: z.string().default('127.0.0.1').describe("Address of the worker's health and metrics"),
  METRICS_TOKEN: z
    .string()
    .min(16)
    .optional()
    .describe('Token that /metrics asks for; without it /metrics answers 404'),
  JOB_CONCURRENCY: z.coerce
    .number()
    .int()
    .min(1)
    .max(100)
    .default(5)
    .describe('Jobs that each queue runs at a time'),
  RELAY_POLL_MS: z.coerce
    .number()
    .int()
    .min(50)
    .max(60_000)
    .default(2_000)
    .describe('Slow poll of the outbox beside LISTEN/NOTIFY'),
  REDRIVE_AFTER_SECONDS: z.coerce
    .number()
    .int()
    .min(1)
    .max(3_600)
    .default(90)
    .describe('Age after which an open delivery is given to the queue again'),
  SWEEP_SECONDS: z.coerce
    .number()
    .int()
    .min(1)
    .max(600)
    .default(5)
    .describe('Pause between two looks for what is due'),
  STRIPE_QUIET_MINUTES: z.coerce
    .number()
    .int()
    .min(1)
    .max(1_440)
    .default(10)
    .describe(
      'Minutes without news after which an open payment or refund is read again at Stripe; the pauses grow up to a day',
    ),
  INVARIANTS_MINUTES: z.coerce
    .number()
    .int()
    .min(0)
    .max(1_440)
    .default(15)
    .describe('Pause between two checks of the invariants; 0 switches them off'),
});

export type WorkerConfig = z.infer<typeof workerConfigSchema>;
export const WORKER_CONFIG = Symbol('worker config');

/** @throws ConfigError listing all faults */
export function workerConfig(environment: Record<string, string | undefined> = process.env): WorkerConfig {
  return readConfig(workerConfigSchema, environment);
}
