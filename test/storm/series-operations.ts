import type { Answer } from '../support/http-client';
import type { Random } from '../support/random';
import type { OccurrenceBody } from '../support/series';
import type { Caller } from './caller';
import { HOUR_MS, type Practice, type Surroundings } from './surroundings';

interface Known {
  id: string;
  practice: Practice;
}

type Wish = Record<string, unknown> & { change: string };

const RULES = ['FREQ=DAILY', 'FREQ=DAILY;COUNT=5', 'FREQ=DAILY;INTERVAL=2', 'FREQ=WEEKLY;BYDAY=TU,TH,SA'];
const CHANGES = {
  moveOne: 3,
  moveAll: 3,
  moveFollowing: 2,
  skip: 3,
  unskip: 2,
  pause: 2,
  resume: 2,
  edit: 1,
  add: 1,
  end: 0.5,
  cancelOne: 1,
  cancelFollowing: 1,
};
const HORIZON_DAYS = 7;
const DAY_MS = 24 * HOUR_MS;

/** Series that are made and changed, each act planned first and carried out by its plan. */
export class SeriesOperations {
  private readonly known: Known[] = [];

  constructor(
    private readonly around: Surroundings,
    private readonly caller: Caller,
  ) {}

  async perform(random: Random): Promise<void> {
    const practice = random.pick(this.around.practices);
    const theirs = this.known.filter((series) => series.practice === practice);
    if (theirs.length < this.around.seriesOfPractice) return this.make(random, practice);
    return this.change(random, random.pick(theirs));
  }

  private async make(random: Random, practice: Practice): Promise<void> {
    const plan = await this.caller.send(random, {
      operation: 'plan series',
      by: practice.coach,
      method: 'POST',
      path: '/v1/series/preview',
      body: {
        ...this.paidBy(random, practice),
        timezone: 'Europe/Berlin',
        localStart: this.wallTime(random, 1 + random.below(2)),
        rule: random.pick(RULES),
        onConflict: random.pick(['fail', 'skip', 'keep_unscheduled']),
        horizonDays: HORIZON_DAYS,
      },
    });
    if (plan.status !== 201) return;
    const made = await this.carryOut(random, practice, 'make series', '/v1/series', plan, {
      planId: plan.body['id'],
    });
    if (made.status === 201) this.known.push({ id: String(made.body['id']), practice });
  }

  /** Mostly free; else by credits, as long as there are some, or by the saved card. */
  private paidBy(
    random: Random,
    { free, paid, later, clients, clientsWithCard }: Practice,
  ): Record<string, string> {
    const funding = random.weighted({ free: 4, package: 2, pay_later: 1 });
    const client = random.pick(funding === 'pay_later' ? clientsWithCard : clients);
    const offering = { free, package: paid, pay_later: later }[funding];
    return { offeringId: offering.id, clientId: client.clientId, funding };
  }

  private async change(random: Random, series: Known): Promise<void> {
    const { practice, id } = series;
    const occurrences = await this.occurrences(random, series);
    const wish = this.wish(random, occurrences);
    if (wish === undefined) return;
    const plan = await this.caller.send(random, {
      operation: `plan change`,
      by: practice.coach,
      method: 'POST',
      path: `/v1/series/${id}/change-plans`,
      body: wish,
    });
    if (plan.status !== 201) return;
    const path = `/v1/series-change-plans/${String(plan.body['id'])}/apply`;
    const applied = await this.carryOut(random, practice, 'change series', path, plan, undefined);
    if (applied.status !== 200) return;
    const goesOn = String(applied.body['id']);
    if (goesOn !== id) this.known.push({ id: goesOn, practice });
    if (wish.change === 'end' || wish['scope'] === 'this_and_following')
      this.known.splice(this.known.indexOf(series), 1);
  }

  private carryOut(
    random: Random,
    { coach }: Practice,
    operation: string,
    path: string,
    plan: Answer,
    body: unknown,
  ): Promise<Answer> {
    this.around.beforeSeriesAct();
    const effect = String(plan.body['id']);
    return this.caller.send(random, { operation, by: coach, method: 'POST', path, body: body ?? {}, effect });
  }

  private async occurrences(random: Random, { id, practice }: Known): Promise<OccurrenceBody[]> {
    const answer = await this.caller.send(random, {
      operation: 'list occurrences',
      by: practice.coach,
      method: 'GET',
      path: `/v1/series/${id}/occurrences?limit=100&from=${this.around.now().toISOString()}`,
    });
    return answer.status === 200 ? (answer.body['data'] as OccurrenceBody[]) : [];
  }

  /** Something that the series allows, mostly. */
  private wish(random: Random, occurrences: OccurrenceBody[]): Wish | undefined {
    const placed = occurrences.filter(({ state }) => state === 'session');
    const left = occurrences.filter(({ state }) => state === 'skipped' || state === 'unscheduled');
    const one = placed.length === 0 ? undefined : random.pick(placed).originalStartsAt;
    const here = { scope: 'this', occurrences: [one] };
    const onConflict = random.pick(['fail', 'skip', 'keep_unscheduled']);
    const kind = random.weighted(CHANGES);
    if (one === undefined && !['unskip', 'resume', 'add'].includes(kind)) return undefined;
    switch (kind) {
      case 'moveOne':
        return { change: 'move', ...here, localStart: this.wallTime(random, 1 + random.below(4)) };
      case 'moveAll':
        return { change: 'move', scope: 'all_future', localStart: this.wallTime(random, 1), onConflict };
      case 'moveFollowing': {
        const localStart = this.wallTime(random, 2);
        return { change: 'move', scope: 'this_and_following', occurrences: [one], localStart, onConflict };
      }
      case 'skip':
        return { change: 'skip', ...here };
      case 'unskip':
        return left.length === 0
          ? undefined
          : { change: 'unskip', scope: 'this', occurrences: [random.pick(left).originalStartsAt] };
      case 'pause': {
        const from = this.around.now().getTime() + DAY_MS;
        const until = random.next() < 0.5 ? {} : { until: new Date(from + 2 * DAY_MS).toISOString() };
        return { change: 'pause', from: new Date(from).toISOString(), ...until };
      }
      case 'resume':
        return { change: 'resume', onConflict };
      case 'edit':
        return { change: 'edit', scope: 'all_future', durationMinutes: 20 + 5 * random.below(5), onConflict };
      case 'add':
        return { change: 'add', localStart: this.wallTime(random, 1 + random.below(5)) };
      case 'end':
        return { change: 'end', lastDate: this.wallTime(random, 3).slice(0, 10) };
      case 'cancelOne':
        return { change: 'cancel', ...here };
      case 'cancelFollowing':
        return { change: 'cancel', scope: 'this_and_following', occurrences: [one] };
    }
  }

  /** A half hour in so many days. */
  private wallTime(random: Random, days: number): string {
    const date = new Date(this.around.now().getTime() + days * DAY_MS).toISOString().slice(0, 10);
    const hour = String(random.below(24)).padStart(2, '0');
    return `${date}T${hour}:${random.pick(['00', '30'])}`;
  }
}
