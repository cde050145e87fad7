import { setTimeout as delay } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { ApiConfig } from '../config';
import { Readiness } from './readiness';

const MOST_DRAIN_MS = 10_000;

/** Lets a shutdown know what is under way, and clients that they must not ask again on the same connection. */
export function followRequests(app: NestFastifyApplication): void {
  const readiness = app.get(Readiness);
  const server = app.getHttpAdapter().getInstance();
  server.addHook('onRequest', async (request) => readiness.began(request));
  server.addHook('onSend', async (_, reply) => {
    if (!readiness.ready) reply.header('connection', 'close');
  });
  server.addHook('onResponse', async (request) => readiness.ended(request));
}

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
    await stopHttp(app);
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

/**
 * Takes no connection any more and answers every request that it has. Before anything else is closed: modules give up
 * their own connections as soon as Nest closes.
 */
async function stopHttp(app: NestFastifyApplication): Promise<void> {
  const closed = app.getHttpAdapter().close();
  await app.get(Readiness).allEnded();
  // Node waits for connections on which nothing was ever asked, and for those kept alive by an answer from before.
  app.getHttpServer().closeAllConnections();
  await closed;
}
