import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const PROJECT = join(__dirname, '..', '..');
const READY_MS = 90_000;

/** The apps compiled from the sources as they are now; of several callers at once one compiles, the others wait. */
export function ensureBuilt(): void {
  const { status } = spawnSync(process.execPath, [join(PROJECT, 'apps', 'launcher', 'build.mjs')], {
    stdio: 'inherit',
  });
  if (status !== 0) throw new Error('The build failed.');
}

/** One real process of the product, to be killed at will. */
export class AppProcess {
  private child: ChildProcess | undefined;
  private output: string[] = [];

  constructor(
    readonly name: 'api' | 'worker',
    readonly port: number,
    private readonly environment: Record<string, string>,
  ) {}

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** What it wrote lately, for the message of a failing test. */
  get log(): string {
    return this.output.slice(-50).join('');
  }

  /** All that it wrote. */
  get wholeLog(): string {
    return this.output.join('');
  }

  async start(): Promise<void> {
    this.launch();
    await this.ready();
  }

  /** Starts it without waiting, for one that may die before it is ready. */
  launch(): void {
    const port = this.name === 'api' ? { PORT: String(this.port) } : { WORKER_PORT: String(this.port) };
    this.child = spawn(process.execPath, [join(PROJECT, 'dist', 'apps', this.name, 'src', 'main.js')], {
      env: { PATH: process.env['PATH'] ?? '', ...this.environment, ...port },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const keep = (chunk: Buffer): void => void this.output.push(chunk.toString());
    this.child.stdout?.on('data', keep);
    this.child.stderr?.on('data', keep);
  }

  /** Resolves when it has ended, with the signal that ended it. */
  async ended(): Promise<NodeJS.Signals | null> {
    const { child } = this;
    if (child === undefined) throw new Error('It was never started.');
    if (child.exitCode === null && child.signalCode === null)
      await new Promise((done) => child.once('exit', done));
    return child.signalCode;
  }

  /** What it ended with by itself; null while it runs, and when a signal ended it. */
  get exitCode(): number | null {
    return this.child?.exitCode ?? null;
  }

  /** Asks it to stop, without waiting. */
  askToStop(): void {
    this.child?.kill('SIGTERM');
  }

  private async ready(): Promise<void> {
    const until = Date.now() + READY_MS;
    while (Date.now() < until) {
      if (this.child === undefined || this.child.exitCode !== null || this.child.signalCode !== null) break;
      const answer = await fetch(`${this.url}/health/ready`).catch(() => undefined);
      if (answer?.ok) return;
      await delay(50);
    }
    throw new Error(`${this.name} did not get ready:\n${this.log}`);
  }

  /** No chance to clean up. */
  async kill(): Promise<void> {
    await this.end('SIGKILL');
  }

  async stop(): Promise<void> {
    await this.end('SIGTERM');
  }

  private async end(signal: NodeJS.Signals): Promise<void> {
    const { child } = this;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((done) => child.once('exit', done));
    child.kill(signal);
    await ended;
  }
}
