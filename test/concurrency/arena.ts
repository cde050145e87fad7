import { freePort } from '@app/database';
import type { Answer } from '../support/http-client';
import { AppProcess } from '../support/processes';
import { TestApp } from '../support/test-app';
import { World, type ClientWorld, type CoachWorld } from '../support/world';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** What lies this far ahead can still be moved and cancelled by a client without anybody's consent. */
const AHEAD_MS = 10 * DAY_MS;
/** A block of time is two hours long, on each of so many days. */
const BLOCK_HOURS = 2;
const BLOCK_DAYS = 8;
/** Sessions of series are made 90 days ahead. */
const FURTHEST_MS = 74 * DAY_MS;

/** A coach with a client and a free offering of half an hour. */
export interface Practice {
  coach: CoachWorld;
  client: ClientWorld;
  offering: { id: string; policyId: string };
}

/** An act of one of two rivals, by the process at this address: true when it was done, false when it was refused. */
export type Act<Prize> = (arena: Arena, prize: Prize, url: string) => Promise<boolean>;

export interface Race<Prize> {
  title: string;
  acts: Record<string, Act<Prize>>;
  /** Brings what the acts fight over into its state, and plans what either of them needs. */
  prepare: (arena: Arena, acts: readonly [string, string]) => Promise<Prize>;
  /** Pairs of which both may be done, since one is lawful after the other. */
  inTurn: readonly (readonly [string, string])[];
  /** Pairs that are not raced: they are of no interest here. */
  isLeftOut?: (first: string, second: string) => boolean;
  /** What holds besides the invariants, whoever won. */
  after?: (arena: Arena, prize: Prize, done: readonly [boolean, boolean]) => Promise<void>;
}

/** Where rivals meet: two api processes, the worker of the test, and practices that share a database. */
export class Arena {
  private blockDayMs = 0;
  private blockHour = 24;

  private constructor(
    readonly app: TestApp,
    readonly world: World,
    readonly processes: readonly [AppProcess, AppProcess],
    /** Its sessions lie ahead; another takes its place when its time is used up. */
    public planned: Practice,
    /** Its sessions run, and are over. */
    readonly running: Practice,
    /** Its series have no end. */
    readonly endless: Practice,
  ) {}

  static async open(now: string): Promise<Arena> {
    const app = await TestApp.start({ now });
    const world = new World(app);
    const api = async (): Promise<AppProcess> =>
      new AppProcess('api', await freePort(), { ...app.environment, LOG_LEVEL: 'error' });
    const processes = [await api(), await api()] as const;
    await Promise.all(processes.map((each) => each.start()));
    const [one, two, three] = [await practice(world), await practice(world), await practice(world)];
    return new Arena(app, world, processes, one, two, three);
  }

  async close(): Promise<void> {
    await Promise.all(this.processes.map((each) => each.stop()));
    await this.app.stop();
  }

  get urls(): readonly [string, string] {
    const [one, other] = this.processes;
    return [one.url, other.url];
  }

  /** 0 or 1, so that rivals who do the same can want different things. */
  sideOf(url: string): 0 | 1 {
    return url === this.urls[0] ? 0 : 1;
  }

  /** Two hours a day for a week that nobody else has, at the planned practice; their first instant. */
  async nextBlock(): Promise<number> {
    const soonest = Math.ceil((this.now + AHEAD_MS) / DAY_MS) * DAY_MS;
    this.blockHour += BLOCK_HOURS;
    if (this.blockHour >= 24 || this.blockDayMs < soonest) {
      this.blockDayMs = Math.max(this.blockDayMs + BLOCK_DAYS * DAY_MS, soonest);
      this.blockHour = 0;
    }
    if (this.blockDayMs > this.now + FURTHEST_MS) {
      this.planned = await practice(this.world);
      this.blockDayMs = soonest;
    }
    return this.blockDayMs + this.blockHour * HOUR_MS;
  }

  get now(): number {
    return this.app.sandbox.now().getTime();
  }

  /** Moves business time, at most a second too far; nothing is swept. */
  async moveClockTo(instantMs: number): Promise<void> {
    const seconds = Math.ceil((instantMs - this.now) / 1_000);
    if (seconds > 0) await this.app.sandbox.advanceClock(seconds);
  }
}

async function practice(world: World): Promise<Practice> {
  const coach = await world.coach();
  const client = await world.client(coach);
  const offering = await world.offering(coach, { priceMinor: 0, durationMinutes: 30 });
  return { coach, client, offering };
}

/** Members of a refusal that say how things are by now. */
const PRESENT: Record<string, string> = {
  'sessions.action_not_allowed': 'sessionStatus',
  'sessions.quote_required': 'sessionStatus',
  'sessions.slot_taken': 'alternatives',
  'quotes.stale': 'quote',
  'proposals.closed': 'proposalStatus',
  'proposals.already_open': 'proposalId',
  'series.plan_stale': 'plan',
  'series.act_not_possible': 'detail',
};

/** True when it was done. A refusal is a 409 that says how things are by now. */
export function wasDone({ status, body }: Answer<object>): boolean {
  if (status < 300) return true;
  const problem = body as Record<string, unknown>;
  const present = problem[PRESENT[String(problem['code'])] ?? 'a code that is expected here'];
  expect([status, present === undefined ? problem : null]).toEqual([409, null]);
  return false;
}

export function isInTurn({ inTurn }: Pick<Race<never>, 'inTurn'>, first: string, second: string): boolean {
  return inTurn.some(
    ([one, other]) => (one === first && other === second) || (one === second && other === first),
  );
}

export const iso = (instantMs: number): string => new Date(instantMs).toISOString();
/** Wall time in UTC. */
export const wall = (instantMs: number): string => iso(instantMs).slice(0, 16);
export { DAY_MS, HOUR_MS };
