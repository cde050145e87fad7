import type { PublicSeriesPlan } from '@app/sessions';
import type { Answer } from './http-client';
import type { ClientWorld, CoachWorld } from './world';

export interface SeriesBody {
  id: string;
  state: string;
  rule: string;
  description: string;
  localStart: string;
  splitFrom: string | null;
  version: number;
}

export interface OccurrenceBody {
  originalStartsAt: string;
  state: string;
  added: boolean;
  sessionId: string | null;
  sessionStatus: string | null;
  startsAt: string | null;
  localStart: string | null;
  isException: boolean;
}

/** A series as a coach works with it: each change planned, looked at and carried out. */
export class SeriesUnderTest {
  constructor(
    readonly coach: CoachWorld,
    public id: string,
  ) {}

  /** A free offering's series for a client, every week, from a wall time in Berlin. */
  static async make(
    coach: CoachWorld,
    client: ClientWorld,
    offeringId: string,
    wanted: Record<string, unknown>,
  ): Promise<SeriesUnderTest> {
    const plan = await coach.http.post<PublicSeriesPlan>('/v1/series/preview', {
      offeringId,
      clientId: client.clientId,
      timezone: 'Europe/Berlin',
      rule: 'FREQ=WEEKLY;COUNT=6',
      ...wanted,
    });
    if (plan.status !== 201) throw new Error(`No plan: ${plan.status} ${JSON.stringify(plan.body)}`);
    const made = await coach.http.post<SeriesBody>('/v1/series', { planId: plan.body.id });
    if (made.status !== 201) throw new Error(`Not made: ${made.status} ${JSON.stringify(made.body)}`);
    return new SeriesUnderTest(coach, made.body.id);
  }

  plan(change: string, more: Record<string, unknown> = {}): Promise<Answer<PublicSeriesPlan>> {
    return this.coach.http.post<PublicSeriesPlan>(`/v1/series/${this.id}/change-plans`, { change, ...more });
  }

  apply(planId: string): Promise<Answer<SeriesBody>> {
    return this.coach.http.post<SeriesBody>(`/v1/series-change-plans/${planId}/apply`);
  }

  /** Plans and carries out; goes on with the series that is split off, if there is one. */
  async change(change: string, more: Record<string, unknown> = {}): Promise<PublicSeriesPlan> {
    const plan = await this.plan(change, more);
    if (plan.status !== 201) throw new Error(`No plan: ${plan.status} ${JSON.stringify(plan.body)}`);
    const applied = await this.apply(plan.body.id);
    if (applied.status !== 200)
      throw new Error(`Not applied: ${applied.status} ${JSON.stringify(applied.body)}`);
    this.id = applied.body.id;
    return plan.body;
  }

  async read(id = this.id): Promise<SeriesBody> {
    return (await this.coach.http.get<SeriesBody>(`/v1/series/${id}`)).body;
  }

  async occurrences(id = this.id): Promise<OccurrenceBody[]> {
    const answer = await this.coach.http.get<{ data: OccurrenceBody[] }>(
      `/v1/series/${id}/occurrences?limit=100`,
    );
    return answer.body.data;
  }
}
