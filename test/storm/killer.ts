import { setTimeout as delay } from 'node:timers/promises';
import type { AppProcess } from '../support/processes';
import type { Random } from '../support/random';

const LONGEST_CALM_MS = 2_500;
/** One act on a series in so many is cut off in the middle. */
const CUT_OFF = 0.25;
const LONGEST_ACT_MS = 40;

/** Ends processes by SIGKILL and starts them again, one after the other, so that one api is always there. */
export class Killer {
  readonly kills = { api: 0, worker: 0 };
  private last: Promise<void> = Promise.resolve();
  private isAtWork = false;

  constructor(
    private readonly processes: readonly AppProcess[],
    private readonly random: Random,
  ) {}

  get killed(): number {
    return this.kills.api + this.kills.worker;
  }

  async keepKilling(isOver: () => boolean): Promise<void> {
    while (!isOver()) {
      await delay(this.random.below(LONGEST_CALM_MS));
      await this.kill(this.random.pick(this.processes));
    }
    await this.last;
  }

  /** Sometimes an api dies in the middle of what is about to begin. */
  cutOff(): void {
    if (this.isAtWork || this.random.next() >= CUT_OFF) return;
    void this.kill(this.ofName('api'), this.random.below(LONGEST_ACT_MS));
  }

  /** @param afterMs real */
  killWorker(afterMs: number): Promise<void> {
    return this.kill(this.ofName('worker'), afterMs);
  }

  private ofName(name: AppProcess['name']): AppProcess {
    return this.random.pick(this.processes.filter((process) => process.name === name));
  }

  private kill(victim: AppProcess, afterMs = 0): Promise<void> {
    this.last = this.killNext(this.last, victim, afterMs);
    return this.last;
  }

  private async killNext(earlier: Promise<void>, victim: AppProcess, afterMs: number): Promise<void> {
    await earlier;
    this.isAtWork = true;
    await delay(afterMs);
    await victim.kill();
    this.kills[victim.name] += 1;
    await victim.start();
    this.isAtWork = false;
  }
}
