import { createPostgresBackend, Queue, type ConnectionOptions, type QueueOptions } from 'bullmq';

/** Every queue. Jobs of one queue share its workers, so slow providers do not hold up mails. */
export const QUEUES = ['sessions', 'payments', 'video', 'notifications'] as const;
export type QueueName = (typeof QUEUES)[number];

export interface QueueBackend {
  connection: ConnectionOptions;
  /** Third argument of BullMQ's constructors: absent for Redis. */
  factory: typeof createPostgresBackend | undefined;
}

/** Queues live in the database's schema `bullmq` unless a Redis is named. */
export function queueBackend(options: { databaseUrl: string; redisUrl?: string | undefined }): QueueBackend {
  if (options.redisUrl !== undefined) {
    // Workers wait for a Redis that is away; a job must never fail because of it (reliability.md R9).
    return {
      connection: { url: options.redisUrl, maxRetriesPerRequest: null },
      factory: undefined,
    };
  }
  const connection = { connectionString: options.databaseUrl, schema: 'bullmq', max: 3, migrate: true };
  return { connection, factory: createPostgresBackend };
}

const HOUR_SECONDS = 3_600;

export function createQueue(name: QueueName, backend: QueueBackend): Queue {
  const options: QueueOptions = {
    connection: backend.connection,
    defaultJobOptions: {
      attempts: 8,
      backoff: { type: 'exponential', delay: 1_000, jitter: 0.5 },
      removeOnComplete: { age: HOUR_SECONDS },
      removeOnFail: { age: 7 * 24 * HOUR_SECONDS },
    },
  };
  return backend.factory === undefined
    ? new Queue(name, options)
    : new Queue(name, options, backend.factory as never);
}
