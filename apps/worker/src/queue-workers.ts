import { Inject, Injectable, Logger } from '@nestjs/common';
import { createQueue, queueBackend, QUEUES, type Delivery, type QueueName } from '@app/outbox';
import { Redis } from 'ioredis';
import { UnrecoverableError, Worker, type Job, type Queue } from 'bullmq';
import { WORKER_CONFIG, type WorkerConfig } from './config';
import { isPostponing, JobRunner } from './job-runner';
import { isJobName, JOBS } from './jobs';

interface JobData {
  coachId: string;
  deliveryId: string;
}

const WAITING = new Set<string>(['waiting', 'delayed', 'prioritized']);

/** The queues and their workers, on PostgreSQL or Redis; the jobs are the same (reliability.md R9). */
@Injectable()
export class QueueWorkers {
  private readonly logger = new Logger(QueueWorkers.name);
  private queues = new Map<QueueName, Queue>();
  private workers: Worker[] = [];

  constructor(
    private readonly runner: JobRunner,
    @Inject(WORKER_CONFIG) private readonly config: WorkerConfig,
  ) {}

  async start(): Promise<void> {
    const backend = queueBackend({ databaseUrl: this.config.DATABASE_URL, redisUrl: this.config.REDIS_URL });
    await this.refuseForgetfulRedis();
    for (const name of QUEUES) {
      const queue = createQueue(name, backend);
      queue.on('error', (error) => this.logger.warn(`queue ${name}: ${error.message}`));
      // One after the other: the first brings the queue's own schema up to date.
      await queue.waitUntilReady();
      this.queues.set(name, queue);
      const options = {
        connection: backend.connection,
        concurrency: this.config.JOB_CONCURRENCY,
        lockDuration: 10_000,
        stalledInterval: 5_000,
        maxStalledCount: 20,
      };
      const process = (job: Job<JobData>): Promise<void> => this.process(job);
      const worker =
        backend.factory === undefined
          ? new Worker(name, process, options)
          : new Worker(name, process, options, backend.factory as never);
      worker.on('error', (error) => this.logger.warn(`worker ${name}: ${error.message}`));
      this.workers.push(worker);
    }
  }

  /** A Redis that evicts keys when it is full would lose jobs without a word (reliability.md R9). */
  private async refuseForgetfulRedis(): Promise<void> {
    if (this.config.REDIS_URL === undefined) return;
    const redis = new Redis(this.config.REDIS_URL, { maxRetriesPerRequest: 1 });
    try {
      const memory = await redis.info('memory');
      const policy = /maxmemory_policy:(\S+)/.exec(memory)?.[1];
      if (policy !== 'noeviction') {
        throw new Error(
          `Redis has maxmemory-policy ${policy ?? 'unknown'}. Set it to noeviction: the queues live there.`,
        );
      }
    } finally {
      redis.disconnect();
    }
  }

  /**
   * Adds jobs under an id made from delivery and attempt: the queue ignores one that it still has. A job that nobody
   * knows comes here by the re-drive alone, after its pause: until then a newer release beside this one can do it.
   */
  async enqueue(deliveries: Delivery[]): Promise<void> {
    for (const unknown of deliveries.filter(({ job }) => !isJobName(job))) await this.runner.refuse(unknown);
    for (const name of QUEUES) {
      const own = deliveries.filter((delivery) => isJobName(delivery.job) && JOBS[delivery.job] === name);
      if (own.length === 0) continue;
      await this.queue(name).addBulk(
        own.map((delivery) => ({
          name: delivery.job,
          data: { coachId: delivery.coachId, deliveryId: delivery.id } satisfies JobData,
          opts: { jobId: jobIdOf(delivery) },
        })),
      );
    }
  }

  /** Ids of the deliveries whose job has not begun: it waits for its turn, or for its next try. */
  async stillQueued(deliveries: Delivery[]): Promise<ReadonlySet<string>> {
    const waiting = await Promise.all(
      deliveries.map(async (delivery) => {
        if (!isJobName(delivery.job)) return [];
        const state = await this.queue(JOBS[delivery.job]).getJobState(jobIdOf(delivery));
        return WAITING.has(state) ? [delivery.id] : [];
      }),
    );
    return new Set(waiting.flat());
  }

  async stopWorkers(): Promise<void> {
    await Promise.all(this.workers.map((worker) => worker.close()));
  }

  async closeQueues(): Promise<void> {
    await Promise.all([...this.queues.values()].map((queue) => queue.close()));
  }

  private async process(job: Job<JobData>): Promise<void> {
    const lastTry = job.attemptsMade + 1 >= (job.opts.attempts ?? 1);
    try {
      await this.runner.run(job.data.coachId, job.data.deliveryId, lastTry);
    } catch (error) {
      // A postponed delivery comes back by the re-drive, at its time.
      if (isPostponing(error)) throw new UnrecoverableError('postponed');
      throw error;
    }
  }

  private queue(name: QueueName): Queue {
    const queue = this.queues.get(name);
    if (queue === undefined) throw new Error('The queues are not started.');
    return queue;
  }
}

function jobIdOf({ id, attempt }: Delivery): string {
  return `${id}-${attempt}`;
}
