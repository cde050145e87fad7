import 'reflect-metadata';
import { Logger as NestLogger } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { ConfigError } from '@app/common';
import { Logger } from 'nestjs-pino';
import { workerConfig } from './config';
import { OutboxRelay } from './outbox-relay';
import { QueueWorkers } from './queue-workers';
import { Sweeps } from './sweeps';
import { WorkerModule } from './worker.module';

const MOST_SHUTDOWN_MS = 25_000;

async function main(): Promise<void> {
  const config = workerConfig();
  const app = await NestFactory.create<NestFastifyApplication>(
    await WorkerModule.with(config),
    new FastifyAdapter(),
    { bufferLogs: true },
  );
  app.useLogger(app.get(Logger));
  const [queues, relay, sweeps] = [app.get(QueueWorkers), app.get(OutboxRelay), app.get(Sweeps)];
  await queues.start();
  await relay.start((deliveries) => queues.enqueue(deliveries));
  sweeps.start(queues);
  await app.listen(config.WORKER_PORT, config.WORKER_HOST);

  const logger = new NestLogger('shutdown');
  let under = false;
  // Workers first, so that no job is cut off; then who feeds them; then what both need (reliability.md R13).
  const shutDown = async (reason: string, code: number): Promise<void> => {
    if (under) return;
    under = true;
    logger.log(`stopping: ${reason}`);
    setTimeout(() => process.exit(1), MOST_SHUTDOWN_MS).unref();
    await queues.stopWorkers();
    await sweeps.stop();
    await relay.stop();
    await queues.closeQueues();
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

main().catch((error: unknown) => {
  console.error(error instanceof ConfigError ? error.message : error);
  process.exit(1);
});
