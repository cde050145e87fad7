import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '@app/database';
import { makeDemoData } from '../../apps/launcher/src/demo/demo-data';
import { PAST_DAYS } from '../../apps/launcher/src/demo/history';
import { TestApp } from './test-app';

export const DEMO_PASSWORD = 'a password of the demo in a test';
const DAY_MS = 86_400_000;
const BETWEEN_SWEEPS_MS = 20;
const MOST_MS = 90_000;

/** The demo's data, made as `npm start` makes them, in a system whose jobs and sweeps run without pause meanwhile. */
export class DemoApp {
  private constructor(
    readonly app: TestApp,
    private readonly folder: string,
  ) {}

  /** @param present where the demo's three weeks end */
  static async start(present = new Date()): Promise<DemoApp> {
    const folder = mkdtempSync(join(tmpdir(), 'demo-'));
    const files = { demoIds: join(folder, 'demo-ids.json'), demoUnfinished: join(folder, 'unfinished') };
    const port = await freePort();
    const app = await TestApp.start({
      port,
      now: new Date(present.getTime() - PAST_DAYS * DAY_MS).toISOString(),
      environment: { DEMO_IDS_FILE: files.demoIds, PUBLIC_URL: `http://127.0.0.1:${port}` },
    });
    const ended = new AbortController();
    const working = workUntil(app, ended.signal);
    working.catch(() => ended.abort());
    try {
      const addresses = { api: app.url, console: app.sandbox.urls.console };
      const system = { addresses, environment: app.environment };
      await makeDemoData(system, files, DEMO_PASSWORD, AbortSignal.timeout(MOST_MS));
      ended.abort();
      await working;
      await app.sweep();
    } catch (error) {
      ended.abort();
      await working.catch(() => undefined);
      await app.stop();
      throw error;
    }
    return new DemoApp(app, folder);
  }

  /** Where the launcher's words for the examples stand. */
  get examplesFile(): string {
    return join(this.folder, 'demo-ids.json');
  }

  async stop(): Promise<void> {
    await this.app.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

async function workUntil(app: TestApp, ended: AbortSignal): Promise<void> {
  while (!ended.aborted) {
    await app.sweep();
    await delay(BETWEEN_SWEEPS_MS);
  }
}
