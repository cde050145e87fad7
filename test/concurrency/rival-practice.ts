import { HttpClient } from '../support/http-client';
import { manyClients } from '../support/many-clients';
import type { Random } from '../support/random';
import type { ClientWorld, CoachWorld, World } from '../support/world';
import { BuffersInForce } from './buffers-in-force';

export interface RivalOffering {
  id: string;
  policyId: string;
  buffers: BuffersInForce;
}

/** What was made by a call, and when the call ran. */
export interface Made {
  id: string;
  beganAt: number;
  endedAt: number;
}

export interface MadeSession extends Made {
  client: ClientWorld;
  offering: RivalOffering;
  isHold: boolean;
  /** As the callers know it. */
  isCancelled: boolean;
}

export interface MadeProposal {
  id: string;
  byCoach: boolean;
  /** Who answers it. */
  for: CoachWorld | ClientWorld;
  times: string[];
}

const QUARTER_MS = 15 * 60_000;
const QUARTERS_OF_A_DAY = 96;
/** Rivals fight for so few days that most times are taken soon. */
const DAYS = 6;

/** One coach, whom everybody wants something of at the same time. */
export class RivalPractice {
  readonly sessions: MadeSession[] = [];
  readonly proposals: MadeProposal[] = [];
  /** As the callers know them; what is split off goes on in place of its origin. */
  readonly series: { id: string; isPaused: boolean }[] = [];
  readonly madeSeries: Made[] = [];

  private constructor(
    readonly coach: CoachWorld,
    readonly clients: ClientWorld[],
    readonly free: RivalOffering,
    readonly paid: RivalOffering,
    private readonly firstDay: Date,
  ) {}

  static async make(world: World, clients: number, firstDay: Date): Promise<RivalPractice> {
    const coach = await world.coach({ payouts: true });
    const settings = await coach.http.patch('/v1/settings', {
      startIncrementMinutes: 15,
      clientHoldMinutes: 5,
      proposalHours: 1,
    });
    expect(settings.status).toBe(200);
    const first = { bufferBeforeMinutes: 0, bufferAfterMinutes: 15 };
    const offering = async (priceMinor: number): Promise<RivalOffering> => ({
      ...(await world.offering(coach, { priceMinor, ...first })),
      buffers: new BuffersInForce(first),
    });
    const people = await manyClients(world.app, coach, clients);
    return new RivalPractice(coach, people, await offering(0), await offering(9_000), firstDay);
  }

  start(random: Random): string {
    const quarter = random.below(DAYS * QUARTERS_OF_A_DAY);
    return new Date(this.firstDay.getTime() + quarter * QUARTER_MS).toISOString();
  }

  /** Wall time in UTC on the first of the days, so that the sessions that follow stay among the others. */
  seriesStart(random: Random): string {
    const quarter = random.below(QUARTERS_OF_A_DAY);
    return new Date(this.firstDay.getTime() + quarter * QUARTER_MS).toISOString().slice(0, 16);
  }
}

/** The same person, by another process. */
export function by(person: CoachWorld | ClientWorld, url: string): HttpClient {
  return new HttpClient(url, person.http.accessToken);
}
