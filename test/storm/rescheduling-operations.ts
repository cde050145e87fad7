import type { Random } from '../support/random';
import type { Person } from '../support/world';
import type { Caller } from './caller';
import { HOUR_MS, type Booked, type Surroundings } from './surroundings';

interface Offered {
  id: string;
  times: string[];
  madeBy: 'coach' | 'client';
  booked: Booked;
}

/** Mostly what waits for an answer is new; what is older was answered, or has run out. */
const NEWEST = 8;
const BY_LINK = 0.4;

/** Moves of sessions, and other times that are offered, asked for, taken, declined, taken back or forgotten. */
export class ReschedulingOperations {
  private readonly offered: Offered[] = [];

  constructor(
    private readonly around: Surroundings,
    private readonly caller: Caller,
  ) {}

  async move(random: Random, booked: Booked): Promise<void> {
    const { id } = booked.session;
    const startsAt = this.time(random);
    const answer = await this.caller.send(random, {
      operation: 'move',
      by: random.next() < 0.5 ? booked.practice.coach : booked.client,
      method: 'POST',
      path: `/v1/sessions/${id}/reschedule`,
      body: { startsAt },
      sessionId: id,
      effect: `${id} to ${startsAt}`,
    });
    if (answer.status === 200) booked.startsAt = new Date(startsAt);
  }

  async propose(random: Random, booked: Booked): Promise<void> {
    const madeBy = random.next() < 0.65 ? 'coach' : 'client';
    const { id } = booked.session;
    const times = this.times(random);
    const answer = await this.caller.send(random, {
      operation: 'propose',
      by: madeBy === 'coach' ? booked.practice.coach : booked.client,
      method: 'POST',
      path: `/v1/sessions/${id}/reschedule-proposals`,
      body: { times, message: 'Another time?' },
      sessionId: id,
      effect: `${id} ${madeBy} ${times.join()}`,
    });
    if (answer.status === 201) this.offered.push({ id: String(answer.body['id']), times, madeBy, booked });
  }

  /** Times that came with a follow-up are answered like others. */
  remember(id: string, times: string[], booked: Booked): void {
    this.offered.push({ id, times, madeBy: 'coach', booked });
  }

  /** One to three, in order. */
  times(random: Random): string[] {
    const count = 1 + random.below(3);
    return [...new Set(Array.from({ length: count }, () => this.time(random)))].toSorted();
  }

  /** Somebody answers, or takes back, one of those that were made last. */
  async answer(random: Random): Promise<void> {
    const recent = this.offered.slice(-NEWEST);
    if (recent.length === 0) return;
    const offered = random.pick(recent);
    const act = random.weighted({ accept: 6, decline: 2, withdraw: 2 });
    const { practice, client, session } = offered.booked;
    const sides: Record<Offered['madeBy'], Person> = { coach: practice.coach, client };
    const other = offered.madeBy === 'coach' ? 'client' : 'coach';
    const startsAt = random.pick(offered.times);
    const call = {
      operation: act,
      method: 'POST',
      sessionId: session.id,
      effect: act === 'accept' ? `${offered.id} at ${startsAt}` : offered.id,
    };
    const link =
      act !== 'withdraw' && offered.madeBy === 'coach' && random.next() < BY_LINK
        ? await this.around.mailedLink(client, practice.coach.coachId, offered.id)
        : undefined;
    if (link !== undefined) {
      await this.caller.send(random, { operation: 'look at link', method: 'GET', path: link });
      const body = act === 'accept' ? { act, startsAt } : { act };
      await this.caller.send(random, { ...call, path: link, body });
      return;
    }
    await this.caller.send(random, {
      ...call,
      by: sides[act === 'withdraw' ? offered.madeBy : other],
      path: `/v1/reschedule-proposals/${offered.id}/${act}`,
      body: act === 'accept' ? { startsAt } : {},
    });
  }

  /** A full hour of the storm, still to come. */
  private time(random: Random): string {
    const { firstStart, hours, now } = this.around;
    const passed = Math.max(0, Math.ceil((now().getTime() - firstStart.getTime()) / HOUR_MS));
    const hour = Math.min(passed, hours - 1) + random.below(Math.max(1, hours - passed));
    return new Date(firstStart.getTime() + hour * HOUR_MS).toISOString();
  }
}
