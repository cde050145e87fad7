import { createBullBoard } from '@bull-board/api';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import { FastifyAdapter } from '@bull-board/fastify';
import { Logger } from '@nestjs/common';
import { createQueue, queueBackend, QUEUES } from '@app/outbox';
import type { FastifyInstance } from 'fastify';
import type { ApiConfig } from '../config';
import type { AdminHook } from './admin-sign-in';

/** Bull Board at /queues. The guard stands in the plugin's own scope, so no way of writing the path goes around it. */
export async function serveQueueBoard(
  server: FastifyInstance,
  guard: AdminHook,
  config: ApiConfig,
): Promise<void> {
  const backend = queueBackend({ databaseUrl: config.DATABASE_URL, redisUrl: config.REDIS_URL });
  const queues = QUEUES.map((name) => createQueue(name, backend));
  const logger = new Logger('queue board');
  for (const queue of queues)
    queue.on('error', (error) => logger.warn(`queue ${queue.name}: ${error.message}`));
  const board = new FastifyAdapter();
  board.setBasePath('/queues');
  createBullBoard({ queues: queues.map((queue) => new BullMQAdapter(queue)), serverAdapter: board });
  server.addHook('onClose', async () => {
    await Promise.all(queues.map((queue) => queue.close()));
  });
  await server.register(async (scope) => {
    scope.addHook('onRequest', guard);
    await scope.register(board.registerPlugin() as never, { prefix: '/queues' });
  });
}
