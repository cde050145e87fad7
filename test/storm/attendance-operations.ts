import type { Random } from '../support/random';
import type { Caller } from './caller';
import type { ReschedulingOperations } from './rescheduling-operations';
import { HOUR_MS, type Booked } from './surroundings';

const ACTS = { mark: 6, undo: 2, report: 2, followUp: 2, rate: 4, complete: 3 } as const;

const OFFERS_TIMES = 0.6;

/** What follows the start of a session: who came, who did not, how it was, what is said about it. */
export class AttendanceOperations {
  /** Sessions whose no-show the callers know of. */
  private readonly missed: Booked[] = [];

  constructor(
    private readonly caller: Caller,
    private readonly rescheduling: ReschedulingOperations,
  ) {}

  /** @param begun sessions that have begun and were not cancelled, as the callers know it */
  async perform(random: Random, begun: readonly Booked[]): Promise<void> {
    const act = random.weighted(ACTS);
    const isAboutMissed = act === 'undo' || act === 'followUp';
    const candidates = isAboutMissed && this.missed.length > 0 ? this.missed : begun;
    if (candidates.length === 0) return;
    const booked = random.pick(candidates);
    const { practice, client } = booked;
    const { id } = booked.session;
    const path = `/v1/sessions/${id}`;
    const about = { sessionId: id, effect: id };
    switch (act) {
      case 'mark':
        return this.mark(random, booked);
      case 'undo':
        await this.caller.send(random, {
          ...about,
          operation: act,
          by: practice.coach,
          method: 'DELETE',
          path: `${path}/no-show`,
        });
        return;
      case 'report': {
        const body = { message: 'I waited for twenty minutes.' };
        const call = { by: client, method: 'POST', path: `${path}/no-show-reports`, body };
        await this.caller.send(random, { ...about, ...call, operation: act });
        return;
      }
      case 'followUp':
        return this.followUp(random, booked);
      case 'rate':
        return this.rate(random, booked);
      case 'complete':
        await this.caller.send(random, {
          ...about,
          operation: act,
          by: practice.coach,
          method: 'POST',
          path: `${path}/complete`,
          body: {},
        });
    }
  }

  private async mark(random: Random, booked: Booked): Promise<void> {
    const { coach } = booked.practice;
    const { id } = booked.session;
    const path = `/v1/sessions/${id}`;
    const quote = await this.caller.send(random, {
      operation: 'quote no-show',
      by: coach,
      method: 'POST',
      path: `${path}/no-show-quotes`,
      body: { by: random.next() < 0.75 ? 'client' : 'coach' },
      sessionId: id,
    });
    if (quote.status !== 201) return;
    const answer = await this.caller.send(random, {
      operation: 'mark',
      by: coach,
      method: 'POST',
      path: `${path}/no-show`,
      body: {
        quoteId: quote.body['id'],
        override: true,
        reason: 'They wrote that they forgot.',
      },
      sessionId: id,
      effect: id,
    });
    if (answer.status === 200) this.missed.push(booked);
  }

  /** Some come with new times, which the client takes by the mailed link or in the app. */
  private async followUp(random: Random, booked: Booked): Promise<void> {
    const { practice, session } = booked;
    const path = `/v1/sessions/${session.id}`;
    const times = random.next() < OFFERS_TIMES ? this.rescheduling.times(random) : [];
    const answer = await this.caller.send(random, {
      operation: 'followUp',
      by: practice.coach,
      method: 'POST',
      path: `${path}/follow-up`,
      body: times.length > 0 ? { template: 'new_time', times } : { template: 'missed_you' },
      sessionId: session.id,
      effect: session.id,
    });
    if (answer.status !== 200 || times.length === 0) return;
    const call = { operation: 'read no-show', by: practice.coach, method: 'GET', path: `${path}/no-show` };
    const { body } = await this.caller.send(random, call);
    const { proposalId } = (body['followUp'] ?? {}) as { proposalId?: string | null };
    if (typeof proposalId === 'string') this.rescheduling.remember(proposalId, times, booked);
  }

  private async rate(random: Random, { session, client }: Booked): Promise<void> {
    const rating = 1 + random.below(5);
    await this.caller.send(random, {
      operation: 'rate',
      by: client,
      method: 'PUT',
      path: `/v1/sessions/${session.id}/rating`,
      body: { rating },
      sessionId: session.id,
      effect: `${session.id} ${rating}`,
    });
  }
}

/** Those that have begun by now, and are not long over. */
export function begunBy(booked: readonly Booked[], now: Date): Booked[] {
  return booked.filter(({ startsAt, isCancelled }) => {
    const ago = now.getTime() - startsAt.getTime();
    return !isCancelled && ago > 0 && ago < 6 * 24 * HOUR_MS;
  });
}
