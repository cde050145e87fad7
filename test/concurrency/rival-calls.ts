import type { PublicSeriesPlan } from '@app/sessions';
import type { Answer } from '../support/http-client';
import { Random } from '../support/random';
import type { OccurrenceBody } from '../support/series';
import { CallLog, type Call } from './call-log';
import { by, type MadeSession, type RivalPractice } from './rival-practice';

const WEIGHTS = {
  book: 24,
  hold: 14,
  moveAsClient: 12,
  moveAsCoach: 8,
  offerTimes: 9,
  askForTimes: 4,
  acceptTimes: 10,
  cancel: 8,
  makeSeries: 3,
  moveSeries: 5,
  pauseSeries: 3,
  resumeSeries: 3,
  changeBuffers: 2,
  letTimePass: 1,
};

/** Most acts meet a session that they suit; the rest meet any, so that refusals are met too. */
const SUITABLE = 0.9;
const BUSY = '409 calendar-busy';
const TAKEN = ['409 sessions.slot_taken', BUSY];
const PLANNED = ['201', '409 series.act_not_possible', '422 series.request'];
const CARRIED_OUT = ['409 series.plan_stale', '409 series.conflicts', '409 series.act_not_possible', BUSY];
const EXPECTED = {
  book: ['201', ...TAKEN],
  hold: ['201', '429 sessions.too_many_holds', ...TAKEN],
  move: ['200', '409 sessions.action_not_allowed', '422 sessions.already_at_this_time', ...TAKEN],
  propose: [
    '201',
    '409 sessions.action_not_allowed',
    '409 proposals.already_open',
    '422 proposals.times',
    '429 proposals.too_many_requests',
    ...TAKEN,
  ],
  /** What the coach offered is held, so nobody else has it. */
  acceptOffer: ['200', '409 proposals.closed', BUSY],
  acceptWish: ['200', '409 proposals.closed', ...TAKEN],
  cancel: ['200', '409 sessions.action_not_allowed', BUSY],
  create: ['201', ...CARRIED_OUT],
  apply: ['200', ...CARRIED_OUT],
};

/** Acts of many people who want the same times, each drawn from the seed and its number. */
export class RivalCalls {
  constructor(
    private readonly seed: number,
    private readonly practices: readonly RivalPractice[],
    private readonly urls: readonly string[],
    /** Some minutes go by, in which holds and offers run out, and the worker clears some of them away. */
    private readonly letTimePass: () => Promise<void>,
    readonly log: CallLog,
  ) {}

  async perform(number: number): Promise<void> {
    const random = new Random(Math.imul(this.seed + 1, 1_000_003) + number);
    const practice = random.pick(this.practices);
    const act = random.weighted(WEIGHTS);
    switch (act) {
      case 'book':
      case 'hold':
        return this.book(random, practice, act);
      case 'moveAsClient':
      case 'moveAsCoach':
        return this.move(random, practice, act === 'moveAsCoach');
      case 'offerTimes':
      case 'askForTimes':
        return this.propose(random, practice, act === 'offerTimes');
      case 'acceptTimes':
        return this.accept(random, practice);
      case 'cancel':
        return this.cancel(random, practice);
      case 'makeSeries':
        return this.makeSeries(random, practice);
      case 'changeBuffers':
        return this.changeBuffers(random, practice);
      case 'letTimePass':
        return this.letTimePass();
      default:
        return this.changeSeries(random, practice, act);
    }
  }

  private url(random: Random): string {
    return random.pick(this.urls);
  }

  private async book(random: Random, practice: RivalPractice, act: 'book' | 'hold'): Promise<void> {
    const client = random.pick(practice.clients);
    const isHold = act === 'hold';
    const offering = isHold ? practice.paid : practice.free;
    const wanted = {
      offeringId: offering.id,
      startsAt: practice.start(random),
      funding: isHold ? 'card' : 'free',
      acceptedPolicyId: offering.policyId,
    };
    const http = by(client, this.url(random));
    const booked = await this.log.record(act, EXPECTED[act], () =>
      http.post<{ id: string }>('/v1/sessions', wanted),
    );
    if (booked.status === 201)
      practice.sessions.push({
        ...timesOf(booked),
        id: booked.body.id,
        client,
        offering,
        isHold,
        isCancelled: false,
      });
  }

  /** A scheduled one, as far as the callers know; where there is none, one is booked. */
  private async scheduled(random: Random, practice: RivalPractice): Promise<MadeSession | undefined> {
    const free = practice.sessions.filter(({ isHold }) => !isHold);
    const alive = free.filter(({ isCancelled }) => !isCancelled);
    const some = random.next() < SUITABLE && alive.length > 0 ? alive : free;
    if (some.length > 0) return random.pick(some);
    await this.book(random, practice, 'book');
    return undefined;
  }

  private async move(random: Random, practice: RivalPractice, isCoach: boolean): Promise<void> {
    const session = await this.scheduled(random, practice);
    if (session === undefined) return;
    const http = by(isCoach ? practice.coach : session.client, this.url(random));
    const startsAt = practice.start(random);
    const act = isCoach ? 'move as coach' : 'move as client';
    await this.log.record(act, EXPECTED.move, () =>
      http.post(`/v1/sessions/${session.id}/reschedule`, { startsAt }),
    );
  }

  private async propose(random: Random, practice: RivalPractice, isCoach: boolean): Promise<void> {
    const session = await this.scheduled(random, practice);
    if (session === undefined) return;
    const maker = isCoach ? practice.coach : session.client;
    const times = [...new Set([practice.start(random), practice.start(random)])];
    const http = by(maker, this.url(random));
    const act = isCoach ? 'offer times' : 'ask for times';
    const made = await this.log.record(act, EXPECTED.propose, () =>
      http.post<{ id: string }>(`/v1/sessions/${session.id}/reschedule-proposals`, { times }),
    );
    const answerer = isCoach ? session.client : practice.coach;
    if (made.status === 201)
      practice.proposals.push({ id: made.body.id, byCoach: isCoach, for: answerer, times });
  }

  /** Sometimes two times at once, by both processes. */
  private async accept(random: Random, practice: RivalPractice): Promise<void> {
    const proposal = practice.proposals.splice(random.below(practice.proposals.length), 1)[0];
    if (proposal === undefined) return this.propose(random, practice, true);
    const [act, expected] = proposal.byCoach
      ? ['accept an offer', EXPECTED.acceptOffer]
      : ['accept a wish', EXPECTED.acceptWish];
    const picks = random.next() < 0.3 ? proposal.times.slice(0, 2) : [random.pick(proposal.times)];
    await Promise.all(
      picks.map((startsAt, index) => {
        const http = by(proposal.for, this.urls[index] ?? this.url(random));
        const path = `/v1/reschedule-proposals/${proposal.id}/accept`;
        return this.log.record(act, expected, () => http.post(path, { startsAt }));
      }),
    );
  }

  private async cancel(random: Random, practice: RivalPractice): Promise<void> {
    const session = practice.sessions.length === 0 ? undefined : random.pick(practice.sessions);
    if (session === undefined) return this.book(random, practice, 'book');
    const http = by(random.next() < 0.5 ? practice.coach : session.client, this.url(random));
    const answer = await this.log.record('cancel', EXPECTED.cancel, () =>
      http.post(`/v1/sessions/${session.id}/cancel`, {}),
    );
    if (answer.status === 200) session.isCancelled = true;
  }

  private async makeSeries(random: Random, practice: RivalPractice): Promise<void> {
    const http = by(practice.coach, this.url(random));
    const wanted = {
      offeringId: practice.free.id,
      clientId: random.pick(practice.clients).clientId,
      localStart: practice.seriesStart(random),
      timezone: 'UTC',
      rule: 'FREQ=DAILY;COUNT=3',
      onConflict: onConflict(random),
    };
    const plan = await this.log.record('plan a series', ['201'], () =>
      http.post<PublicSeriesPlan>('/v1/series/preview', wanted),
    );
    const made = await this.log.record('make a series', EXPECTED.create, () =>
      http.post<{ id: string }>('/v1/series', { planId: plan.body.id }),
    );
    if (made.status !== 201) return;
    practice.series.push({ id: made.body.id, isPaused: false });
    practice.madeSeries.push({ ...timesOf(made), id: made.body.id });
  }

  private async changeSeries(
    random: Random,
    practice: RivalPractice,
    act: 'moveSeries' | 'pauseSeries' | 'resumeSeries',
  ): Promise<void> {
    const suitable = practice.series.filter(({ isPaused }) => isPaused === (act === 'resumeSeries'));
    const some = random.next() < SUITABLE && suitable.length > 0 ? suitable : practice.series;
    if (some.length === 0) return this.makeSeries(random, practice);
    const series = random.pick(some);
    const http = by(practice.coach, this.url(random));
    const wanted = {
      onConflict: onConflict(random),
      ...(await this.seriesChange(random, practice, act, series.id)),
    };
    const plan = await this.log.record('plan a change', PLANNED, () =>
      http.post<PublicSeriesPlan>(`/v1/series/${series.id}/change-plans`, wanted),
    );
    if (plan.status !== 201) return;
    const name = { moveSeries: 'move a series', pauseSeries: 'pause', resumeSeries: 'resume' }[act];
    const applied = await this.log.record(name, EXPECTED.apply, () =>
      http.post<{ id: string }>(`/v1/series-change-plans/${plan.body.id}/apply`),
    );
    if (applied.status !== 200) return;
    series.id = applied.body.id;
    if (act !== 'moveSeries') series.isPaused = act === 'pauseSeries';
  }

  private async seriesChange(
    random: Random,
    practice: RivalPractice,
    act: 'moveSeries' | 'pauseSeries' | 'resumeSeries',
    id: string,
  ): Promise<Record<string, unknown>> {
    if (act !== 'moveSeries') return { change: act === 'pauseSeries' ? 'pause' : 'resume' };
    const localStart = practice.seriesStart(random);
    const all = { change: 'move', scope: 'all_future', localStart };
    if (random.next() < 0.5) return all;
    const http = by(practice.coach, this.url(random));
    const listed: Answer<{ data: OccurrenceBody[] }> = await http.get(`/v1/series/${id}/occurrences`);
    const original = listed.body.data[random.below(3)]?.originalStartsAt;
    if (original === undefined) return all;
    return { change: 'move', scope: 'this', occurrences: [original], localStart };
  }

  private async changeBuffers(random: Random, practice: RivalPractice): Promise<void> {
    const offering = random.pick([practice.free, practice.paid]);
    const wanted = {
      bufferBeforeMinutes: 5 * random.below(4),
      bufferAfterMinutes: 5 * random.below(4),
    };
    const http = by(practice.coach, this.url(random));
    await offering.buffers.change(wanted, (body) =>
      this.log.record('change buffers', ['200'], () => http.patch(`/v1/offerings/${offering.id}`, body)),
    );
  }
}

function onConflict(random: Random): 'fail' | 'skip' | 'keep_unscheduled' {
  return random.pick(['fail', 'skip', 'keep_unscheduled'] as const);
}

function timesOf({ beganAt, endedAt }: Call): Pick<Call, 'beganAt' | 'endedAt'> {
  return { beganAt, endedAt };
}
