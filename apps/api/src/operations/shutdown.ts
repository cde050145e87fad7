import { setTimeout as delay } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { ApiConfig } from '../config';
import { Readiness } from './readiness';

const MOST_DRAIN_MS = 10_000;

/** Readiness off, wait for the balancer, stop HTTP and drain, close the database, flush (reliability.md R13). */
export function shutDownInOrder(app: NestFastifyApplication, config: ApiConfig): void {
  const logger = new Logger('shutdown');
  let under = false;
  const shutDown = async (reason: string, code: number): Promise<void> => {
    if (under) return;
    under = true;
    logger.log(`stopping: ${reason}`);
    app.get(Readiness).stop();
    setTimeout(() => process.exit(1), config.SHUTDOWN_GRACE_MS + MOST_DRAIN_MS).unref();
    await delay(config.SHUTDOWN_GRACE_MS);
    await app.close();
    process.exit(code);
  };
  process.on('SIGTERM', () => void shutDown('SIGTERM', 0));
  process.on('SIGINT', () => void shutDown('SIGINT', 0));
  process.on('unhandledRejection', (error) => {
    logger.error(error);
    void shutDown('an unhandled rejection', 1);
  });
}
