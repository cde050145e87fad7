import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort, sql } from '@app/database';
import { AppProcess } from '../support/processes';
import type { TestApp } from '../support/test-app';

/** The run of a job that is watched: the one whose delivery carries the subject's id. */
export interface WatchedJob {
  name: string;
  /** A plain uuid, or an id of Stripe. */
  subject: string;
}

const MOST_WAITING_MS = 60_000;

/** Workers that die before a given step of one job, and what it takes for the system to come to rest afterwards. */
export class CrashLab {
  private readonly folder = mkdtempSync(join(tmpdir(), 'practice-crash-'));
  private reports = 0;

  constructor(private readonly app: TestApp) {}

  close(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Webhooks would do the work beside the job: they get lost. @param share from 0, none, to 1, all */
  loseWebhooks(share: number): void {
    this.app.sandbox.faults.setRandom({
      seed: 92,
      rates: {},
      webhooks: { drop: share },
      slowMs: 0,
      delayMs: 0,
    });
  }

  /** A worker does all there is to do. @returns the steps of the job, as many as it has when nothing ends it */
  async count(job: WatchedJob): Promise<string[]> {
    const report = this.nextReport();
    const worker = await this.worker({ ...job, step: 0, report });
    await worker.start();
    await this.untilAtRest();
    await worker.stop();
    return stepsIn(report);
  }

  /** A worker takes up what there is to do and dies before this step of the job. @returns the steps it came to */
  async dieBefore(step: number, job: WatchedJob): Promise<string[]> {
    const report = this.nextReport();
    const worker = await this.worker({ ...job, step, report });
    worker.launch();
    expect([await worker.ended(), worker.log]).toEqual(['SIGKILL', worker.log]);
    return stepsIn(report);
  }

  /** A worker to whom nothing happens does what was left undone. */
  async recover(): Promise<void> {
    const worker = await this.worker();
    await worker.start();
    await this.untilAtRest();
    await worker.stop();
  }

  private nextReport(): string {
    this.reports += 1;
    return join(this.folder, String(this.reports));
  }

  private async worker(crash?: WatchedJob & { step: number; report: string }): Promise<AppProcess> {
    const hook = {
      NODE_OPTIONS: `--require ${join(__dirname, 'die-at-step.cjs')}`,
      CRASH_JOB: crash?.name ?? '',
      CRASH_SUBJECT: crash?.subject ?? '',
      CRASH_STEP: String(crash?.step),
      CRASH_REPORT: crash?.report ?? '',
    };
    return new AppProcess('worker', await freePort(), {
      ...this.app.environment,
      LOG_LEVEL: 'error',
      SWEEP_SECONDS: '1',
      REDRIVE_AFTER_SECONDS: '1',
      RELAY_POLL_MS: '200',
      ...(crash === undefined ? {} : hook),
    });
  }

  private async untilAtRest(): Promise<void> {
    for (const end = Date.now() + MOST_WAITING_MS; Date.now() < end; await delay(100)) {
      await this.app.sandbox.drainWebhooks();
      if (await this.isAtRest()) return;
    }
    throw new Error('The worker did not come to rest.');
  }

  private async isAtRest(): Promise<boolean> {
    const { open } = await this.app.database.one(sql<{ open: number }>`
      select (select count(*) from outbox_messages where published_at is null)
           + (select count(*) from outbox_deliveries where done_at is null)
           + (select count(*) from stripe_events where processed_at is null)::bigint as open`);
    return open === 0;
  }
}

function stepsIn(report: string): string[] {
  return readFileSync(report, 'utf8').trimEnd().split('\n');
}
