import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { INestApplicationContext } from '@nestjs/common';
import { Database, InvariantChecker } from '@app/database';
import { Deliveries, type Delivery } from '@app/outbox';
import { createTestDatabase, type TestDatabase } from '@app/testing';
import { ApiModule } from '../../apps/api/src/api.module';
import { apiConfig } from '../../apps/api/src/config';
import { createApi } from '../../apps/api/src/create-app';
import { startSandbox } from '../../apps/sandbox/src/sandbox';
import type { Sandbox, SandboxOptions } from '../../apps/sandbox/src/sandbox.types';
import { workerConfig } from '../../apps/worker/src/config';
import { routesOf } from '../../apps/worker/src/event-routes';
import { JobRunner } from '../../apps/worker/src/job-runner';
import { Sweeps } from '../../apps/worker/src/sweeps';
import { WorkerModule } from '../../apps/worker/src/worker.module';
import { HttpClient } from './http-client';
import { STRIPE_WEBHOOK_SECRET, testEnvironment } from './test-config';

export interface TestAppOptions {
  /** Business time at the start; the sandbox's clock is moved there. */
  now?: string;
  sandbox?: Partial<SandboxOptions>;
  environment?: Record<string, string>;
  /** Of the api; any free one unless pages that lead back to it matter. */
  port?: number;
}

const MOST_ROUNDS = 200;

/** api, worker and sandbox in one process, spoken to over HTTP; jobs run when the test says so. */
export class TestApp {
  private constructor(
    readonly url: string,
    readonly sandbox: Sandbox,
    readonly databaseUrl: string,
    readonly environment: Record<string, string>,
    readonly api: NestFastifyApplication,
    readonly worker: INestApplicationContext,
    private readonly testDatabase: TestDatabase,
  ) {}

  static async start(options: TestAppOptions = {}): Promise<TestApp> {
    const testDatabase = await createTestDatabase();
    if (options.now !== undefined) await setBusinessTime(testDatabase.url, new Date(options.now));
    const sandbox = await startSandbox({ databaseUrl: testDatabase.url, ...options.sandbox });
    const environment = testEnvironment(testDatabase.url, sandbox, options.environment);
    const config = apiConfig(environment);
    const api = await createApi(await ApiModule.with(config), config);
    await api.listen(options.port ?? 0, '127.0.0.1');
    const url = (await api.getUrl()).replace('[::1]', '127.0.0.1');
    sandbox.setStripeWebhook({ url: `${url}/webhooks/stripe`, secret: STRIPE_WEBHOOK_SECRET });
    const worker = await NestFactory.createApplicationContext(
      await WorkerModule.with(workerConfig(environment)),
      { logger: false },
    );
    return new TestApp(url, sandbox, testDatabase.url, environment, api, worker, testDatabase);
  }

  async stop(): Promise<void> {
    await this.worker.close();
    await this.api.close();
    await this.sandbox.close();
    await this.testDatabase.drop();
  }

  get database(): Database {
    return this.api.get(Database);
  }

  /** A caller without, or with, an access token. */
  http(accessToken?: string): HttpClient {
    return new HttpClient(this.url, accessToken);
  }

  /** Relay, jobs, webhooks, again and again until nothing is pending. A job that fails is run again once. */
  async drain(): Promise<void> {
    const deliveries = this.worker.get(Deliveries);
    for (let round = 0; round < MOST_ROUNDS; round += 1) {
      const batch: Delivery[] = [];
      const collect = async (found: Delivery[]): Promise<void> => void batch.push(...found);
      await this.sandbox.drainWebhooks();
      const published = await deliveries.publish(100, routesOf, collect);
      for (const delivery of batch) await this.runJob(delivery);
      if (published === 0) return;
    }
    throw new Error('The system does not come to rest.');
  }

  /** Everything that was never done is given out again, as after a queue was lost. */
  async redrive(): Promise<void> {
    const batch: Delivery[] = [];
    await this.worker.get(Deliveries).redrive(0, 10_000, async (found) => void batch.push(...found));
    for (const delivery of batch.toReversed()) await this.runJob(delivery);
    await this.drain();
  }

  private async runJob(delivery: Delivery): Promise<void> {
    const runner = this.worker.get(JobRunner);
    try {
      await runner.run(delivery.coachId, delivery.id, false);
    } catch {
      await runner.run(delivery.coachId, delivery.id, false);
    }
  }

  /** Time-driven work that is due now, and what follows from it. */
  async sweep(): Promise<void> {
    await this.worker.get(Sweeps).sweepSessions();
    await this.worker.get(Sweeps).sweepEntitlements();
    await this.worker.get(Sweeps).sweepCharges();
    await this.worker.get(Sweeps).sweepMoney();
    await this.drain();
  }

  /** Moves business time forward, then sweeps. */
  async advance(seconds: number): Promise<void> {
    await this.sandbox.advanceClock(seconds);
    await this.sweep();
  }

  async advanceTo(instant: string | Date): Promise<void> {
    const seconds = Math.ceil((new Date(instant).getTime() - this.sandbox.now().getTime()) / 1000);
    if (seconds > 0) await this.advance(seconds);
  }

  /** Names and examples of broken invariants; empty when all hold. */
  async brokenInvariants(): Promise<unknown[]> {
    const results = await this.api.get(InvariantChecker).check();
    return results.filter(({ violations }) => violations > 0);
  }
}

async function setBusinessTime(databaseUrl: string, now: Date): Promise<void> {
  const { Client } = await import('pg');
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query(
      `update clock_offset set seconds = round(extract(epoch from $1::timestamptz - clock_timestamp()))`,
      [now],
    );
  } finally {
    await client.end();
  }
}
