import { Injectable, Logger } from '@nestjs/common';
import { Deliveries, type Delivery } from '@app/outbox';
import { Counter, Histogram } from 'prom-client';
import { JobHandlers } from './job-handlers';
import { isJobName } from './jobs';

const finished = new Counter({
  name: 'jobs_finished_total',
  help: 'Jobs by name and result',
  labelNames: ['job', 'result'],
});
const duration = new Histogram({
  name: 'job_seconds',
  help: 'Time of one run of a job',
  labelNames: ['job'],
});

/** An error that says when trying again makes sense, such as the end of a provider's daily limit. */
interface Postponing {
  retryAfterSeconds: number;
}

class UnknownJob extends Error {
  override readonly name = 'UnknownJob';
}

/** Runs one delivery: whatever queue it came from, and however often it comes, it is done once. */
@Injectable()
export class JobRunner {
  private readonly logger = new Logger(JobRunner.name);

  constructor(
    private readonly deliveries: Deliveries,
    private readonly handlers: JobHandlers,
  ) {}

  /**
   * @param lastTry when it fails now, it becomes a dead letter that an admin can retry
   * @throws what the job threw, so that the queue tries again
   */
  async run(coachId: string, deliveryId: string, lastTry: boolean): Promise<void> {
    const delivery = await this.deliveries.open(coachId, deliveryId);
    if (delivery === undefined) return; // done by an earlier attempt
    const stopTimer = duration.startTimer({ job: delivery.job });
    try {
      await this.handle(delivery);
      await this.deliveries.markDone(coachId, deliveryId);
      finished.inc({ job: delivery.job, result: 'done' });
    } catch (error) {
      await this.recordFailure(delivery, error, lastTry);
      throw error;
    } finally {
      stopTimer();
    }
  }

  /** A job that this release does not know becomes a dead letter: given out again and again it would be done never. */
  async refuse(delivery: Delivery): Promise<void> {
    const reason = `This release knows no job "${delivery.job}". Retry when one runs that does.`;
    await this.recordFailure(delivery, new UnknownJob(reason), true);
  }

  private async handle(delivery: Delivery): Promise<void> {
    if (!isJobName(delivery.job)) throw new UnknownJob(`This release knows no job "${delivery.job}".`);
    await this.handlers.handle(delivery.job, delivery);
  }

  private async recordFailure(delivery: Delivery, error: unknown, lastTry: boolean): Promise<void> {
    const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    this.logger.warn({ job: delivery.job, deliveryId: delivery.id, lastTry, error: text }, 'job failed');
    const result = isPostponing(error) ? 'postponed' : lastTry ? 'dead' : 'failed';
    finished.inc({ job: delivery.job, result });
    if (isPostponing(error)) {
      await this.deliveries.postpone(delivery.coachId, delivery.id, text, error.retryAfterSeconds);
    } else {
      await this.deliveries.recordFailure(delivery.coachId, delivery.id, text, lastTry);
    }
  }
}

export function isPostponing(error: unknown): error is Postponing {
  return (
    typeof error === 'object' &&
    error !== null &&
    'retryAfterSeconds' in error &&
    typeof error.retryAfterSeconds === 'number'
  );
}
