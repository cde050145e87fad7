import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const MOST_START_MS = 60_000;
/** The worker gives itself 25 s to end its jobs. */
const MOST_STOP_MS = 28_000;
const POLL_MS = 100;
const TAIL_LINES = 25;
/** Compiled as this file is; under test it is TypeScript, which Node reads, too. */
const LEASH = join(__dirname, `leash${extname(__filename)}`);

export interface Program {
  name: string;
  /** Compiled file. */
  file: string;
  environment: Record<string, string>;
  /** Answers 200 once the program is ready. */
  readyUrl: string;
}

/** A program ended, or did not get ready; the message carries the end of its log. */
export class ChildFailed extends Error {}

interface Child {
  name: string;
  process: ChildProcess;
  logFile: string;
  ended: Promise<void>;
}

/** The programs that the launcher runs, each with a log file of its own. */
export class Children {
  private readonly children = new Map<string, Child>();
  private isStopping = false;

  /**
   * @param logs folder of the log files; each start begins them anew
   * @param onDeath told once about a child that ended by itself
   */
  constructor(
    private readonly logs: string,
    private readonly onDeath: (failure: ChildFailed) => void,
  ) {}

  /**
   * Starts a program and waits until it is ready.
   *
   * @throws ChildFailed; the signal's reason when it is aborted while waiting (stopAll ends the program then)
   */
  async start(program: Program, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const child = this.spawn(program);
    const deadline = Date.now() + MOST_START_MS;
    while (!(await answers(program.readyUrl))) {
      signal.throwIfAborted();
      if (hasEnded(child.process)) throw this.failure(child, `${program.name} ended while starting`);
      if (Date.now() > deadline)
        throw this.failure(child, `${program.name} is not ready after ${MOST_START_MS / 1_000} s`);
      await delay(POLL_MS);
    }
    signal.throwIfAborted();
  }

  /** Asks the named children to stop, all at once, and waits; one that does not is killed. */
  async stop(names: string[]): Promise<void> {
    this.isStopping = true;
    await Promise.all(
      names.map(async (name) => {
        const child = this.children.get(name);
        if (child === undefined) return;
        child.process.kill('SIGTERM');
        const timer = setTimeout(() => child.process.kill('SIGKILL'), MOST_STOP_MS);
        await child.ended;
        clearTimeout(timer);
      }),
    );
  }

  /** Ends all at once, without their consent. */
  kill(): void {
    this.isStopping = true;
    for (const child of this.children.values()) child.process.kill('SIGKILL');
  }

  private spawn({ name, file, environment }: Program): Child {
    const logFile = join(this.logs, `${name}.log`);
    mkdirSync(this.logs, { recursive: true, mode: 0o700 });
    const log = openSync(logFile, 'w', 0o600);
    const spawned = spawn(process.execPath, ['--enable-source-maps', '--require', LEASH, file], {
      env: environment,
      stdio: ['ignore', log, log, 'ipc'],
    });
    closeSync(log);
    const ended = new Promise<void>((done) => {
      spawned.once('exit', () => done());
      spawned.once('error', () => done());
    });
    const child: Child = { name, process: spawned, logFile, ended };
    this.children.set(name, child);
    void this.watch(child);
    return child;
  }

  private async watch(child: Child): Promise<void> {
    await child.ended;
    if (this.isStopping) return;
    this.isStopping = true;
    this.onDeath(this.failure(child, `${child.name} has ended by itself`));
  }

  private failure(child: Child, what: string): ChildFailed {
    const { exitCode, signalCode } = child.process;
    const how =
      signalCode === null ? (exitCode === null ? '' : ` (exit code ${exitCode})`) : ` (${signalCode})`;
    const tail = readFileSync(child.logFile, 'utf8').trimEnd().split('\n').slice(-TAIL_LINES).join('\n');
    return new ChildFailed(`The end of ${child.logFile}:\n${tail}\n\n${what}${how}.`);
  }
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null || child.pid === undefined;
}

async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2_000) });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}
