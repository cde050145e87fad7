import { readConfig, sharedConfigShape } from '@app/common';
import { z } from 'zod';

export const apiConfigSchema = z.object({
  ...sharedConfigShape,
  PORT: z.coerce.number().int().min(0).max(65_535).default(3000).describe('Port of the api'),
  HOST: z.string().default('127.0.0.1').describe('Address that the api listens on; 0.0.0.0 in a container'),
  TRUST_PROXY: z
    .string()
    .optional()
    .describe('Addresses of proxies whose X-Forwarded-For is believed, comma between several'),
  RATE_LIMIT_PER_MINUTE: z.coerce
    .number()
    .int()
    .min(10)
    .max(10_000_000)
    .default(600)
    .describe('Requests a minute per address'),
  DOCS: z.enum(['open', 'admin']).default('open').describe('Who may read /docs and /openapi.json'),
  METRICS_TOKEN: z
    .string()
    .min(16)
    .optional()
    .describe('Token that /metrics asks for; without it /metrics answers 404'),
  DEMO_IDS_FILE: z
    .string()
    .optional()
    .describe('JSON file of example id → id of the demo data, for the examples in Swagger UI'),
  SHUTDOWN_GRACE_MS: z.coerce
    .number()
    .int()
    .min(0)
    .max(60_000)
    .default(3_000)
    .describe('Wait between "not ready" and closing, for load balancers'),
});

export type ApiConfig = z.infer<typeof apiConfigSchema>;
export const API_CONFIG = Symbol('api config');

/** @throws ConfigError listing all faults */
export function apiConfig(environment: Record<string, string | undefined> = process.env): ApiConfig {
  return readConfig(apiConfigSchema, environment);
}
