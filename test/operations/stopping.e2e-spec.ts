import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '@app/database';
import { ensureBuilt } from '../support/processes';
import { PROJECT } from '../support/source-files';
import { TestApp } from '../support/test-app';
import { World } from '../support/world';

const STARTED = 'The practice is open.';
const STOPPED = 'nothing is left running';
/** A process that waits in vain for its connections gives up after 10 s. */
const MOST_STOP_MS = 8_000;
const CALLERS = 5;

/** What `npm start` runs, in a copy of the project, so that the data of the one at hand are left alone. */
describe('the process that a person started', () => {
  let app: TestApp;
  let project: string;
  let environment: Record<string, string>;
  let front: ChildProcess;
  let output = '';

  beforeAll(async () => {
    ensureBuilt();
    project = mkdtempSync(join(tmpdir(), 'practice-stopping-'));
    const parts = ['apps', 'libs', 'dist', 'nest-cli.json', 'tsconfig.json', 'tsconfig.build.json'];
    // With the times of the files, to the last digit: by them the launcher sees that all is compiled.
    spawnSync('cp', [
      '-Rp',
      ...[...parts, 'package.json', 'package-lock.json'].map((part) => join(PROJECT, part)),
      project,
    ]);
    const modules = join(project, 'node_modules');
    mkdirSync(modules);
    for (const entry of readdirSync(join(PROJECT, 'node_modules')).filter((name) => name !== '.installed'))
      symlinkSync(join(PROJECT, 'node_modules', entry), join(modules, entry));
    // The packages at hand are taken as they are; npm would replace what the links point to.
    const lock = readFileSync(join(project, 'package-lock.json'));
    writeFileSync(join(modules, '.installed'), createHash('sha256').update(lock).digest('hex'));
    app = await TestApp.start();
    // Somebody has an account, so no demo data are made.
    await new World(app).admin();
    environment = {
      PATH: process.env['PATH'] ?? '',
      DATABASE_URL: app.databaseUrl,
      npm_execpath: '/nowhere',
    };
    for (const name of ['', 'WORKER_', 'SANDBOX_CONSOLE_', 'SANDBOX_STRIPE_', 'SANDBOX_ZOOM_', 'SMTP_'])
      environment[`${name}PORT`] = String(await freePort());
  }, 300_000);

  afterEach(() => front.kill('SIGKILL'));
  afterAll(async () => {
    await app.stop();
    rmSync(project, { recursive: true, force: true });
  });

  const start = async (): Promise<void> => {
    output = '';
    front = spawn(process.execPath, [join(project, 'apps', 'launcher', 'start.mjs')], {
      env: environment,
      stdio: ['ignore', 'pipe', 'pipe'],
      // A group of its own, as a shell gives it.
      detached: true,
    });
    const keep = (chunk: Buffer): void => void (output += chunk.toString());
    front.stdout?.on('data', keep);
    front.stderr?.on('data', keep);
    while (!output.includes(STARTED)) {
      if (front.exitCode !== null) throw new Error(`It did not start:\n${output}`);
      await delay(50);
    }
  };
  /** Command lines of what runs from the copy. */
  const running = (): string[] =>
    spawnSync('ps', ['-Ao', 'args'], { encoding: 'utf8' })
      .stdout.split('\n')
      .filter((line) => line.includes(project));
  /** Requests without a pause on connections that are kept, until nobody answers. */
  const callUntilGone = async (): Promise<void> => {
    for (;;) {
      const answer = await fetch(`http://127.0.0.1:${environment['PORT']}/openapi.json`).catch(
        () => undefined,
      );
      if (answer === undefined) return;
      await answer.text().catch(() => undefined);
    }
  };

  it.each<[string, () => void]>([
    ['SIGINT to it alone', () => front.kill('SIGINT')],
    ['SIGTERM to it alone', () => front.kill('SIGTERM')],
    ['SIGHUP to it alone', () => front.kill('SIGHUP')],
    [
      'Ctrl-C, which reaches its whole group, and once more by npm',
      () => {
        process.kill(-(front.pid ?? 0), 'SIGINT');
        front.kill('SIGINT');
      },
    ],
  ])(
    'stops everything, in order and once, by %s',
    async (_, stop) => {
      await start();
      expect(running().length).toBeGreaterThanOrEqual(5);
      const callers = Array.from({ length: CALLERS }, callUntilGone);
      await delay(200);
      const ended = new Promise<number | null>((done) => front.once('exit', done));
      const askedAt = performance.now();
      stop();
      expect([await ended, output]).toEqual([0, output]);
      expect(performance.now() - askedAt).toBeLessThan(MOST_STOP_MS);
      await Promise.all(callers);
      expect(running()).toEqual([]);
      expect(output.split(STOPPED)).toHaveLength(2);
      expect(output).not.toContain('stopping at once');
      for (const name of ['api', 'worker']) {
        const log = readFileSync(join(project, '.data', 'logs', `${name}.log`), 'utf8');
        expect([name, log.match(/stopping: SIGTERM/g)]).toEqual([name, ['stopping: SIGTERM']]);
      }
      expect(existsSync(join(project, '.data', 'launcher.pid'))).toBe(false);
    },
    120_000,
  );
});
