import { SeriesMaterialisation } from '@app/sessions';
import { parsePublicId } from '@app/common';
import { noShowQuote } from '../support/no-shows';
import { SeriesUnderTest, type OccurrenceBody } from '../support/series';
import { DAY_MS, HOUR_MS, iso, wall, wasDone, type Act, type Arena, type Practice, type Race } from './arena';
import { by } from './rival-practice';

/** A series, the plans of the two acts that fight over it, and the session of it that single acts want. */
interface Contested {
  series: SeriesUnderTest;
  practice: Practice;
  /** One for each side, by the name of the act. */
  plans: [planId: string, planId: string];
  one: OccurrenceBody;
  /** Where the coach moves that one: a time for each side. */
  otherTimes: [string, string];
  noShowQuoteId: string;
}

interface Change {
  change: string;
  [field: string]: unknown;
}

const MINUTE_MS = 60_000;
const HALF_HOUR_MS = 30 * MINUTE_MS;

/** What each act on a whole series plans, given its first start and its contested session. */
const PLANS: Record<string, (startMs: number, one: OccurrenceBody) => Change> = {
  'plan: move all': (startMs) => ({
    change: 'move',
    scope: 'all_future',
    localStart: wall(startMs + HALF_HOUR_MS),
  }),
  'plan: pause': () => ({ change: 'pause' }),
  'plan: cancel all': () => ({ change: 'cancel', scope: 'all_future' }),
  'plan: skip one': (_, one) => ({ change: 'skip', scope: 'this', occurrences: [one.originalStartsAt] }),
  'plan: cancel all, past included': (_, one) => ({
    change: 'cancel',
    scope: 'all_including_past',
    past: [{ sessionId: one.sessionId, refund: 'none' }],
  }),
};

const carriesOut: Act<Contested> = async (arena, { practice, plans }, url) =>
  wasDone(await by(practice.coach, url).post(`/v1/series-change-plans/${plans[arena.sideOf(url)]}/apply`));
const extendsIt =
  (where: 'api' | 'worker'): Act<Contested> =>
  async ({ app }, { practice, series }) =>
    app[where]
      .get(SeriesMaterialisation, { strict: false })
      .extend(practice.coach.coachId, parsePublicId('series', series.id) ?? '');

const SINGLE: Record<string, Act<Contested>> = {
  'client cancels one': async (_, { practice, one }, url) =>
    wasDone(await by(practice.client, url).post(`/v1/sessions/${one.sessionId}/cancel`)),
  'coach moves one': async (arena, { practice, one, otherTimes }, url) => {
    const wanted = { startsAt: otherTimes[arena.sideOf(url)] };
    return wasDone(await by(practice.coach, url).post(`/v1/sessions/${one.sessionId}/reschedule`, wanted));
  },
  'coach completes one': async (_, { practice, one }, url) =>
    wasDone(await by(practice.coach, url).post(`/v1/sessions/${one.sessionId}/complete`)),
  'coach marks one as missed': async (_, { practice, one, noShowQuoteId }, url) => {
    const wanted = { quoteId: noShowQuoteId, override: true, reason: 'In a race.' };
    return wasDone(await by(practice.coach, url).post(`/v1/sessions/${one.sessionId}/no-show`, wanted));
  },
  'worker extends': extendsIt('worker'),
  'another worker extends': extendsIt('api'),
};

function acts(...names: string[]): Record<string, Act<Contested>> {
  return Object.fromEntries(names.map((name) => [name, SINGLE[name] ?? carriesOut]));
}

async function contested(
  practice: Practice,
  startMs: number,
  wanted: Record<string, unknown>,
): Promise<Contested> {
  const { coach, client, offering } = practice;
  const series = await SeriesUnderTest.make(coach, client, offering.id, {
    timezone: 'UTC',
    localStart: wall(startMs),
    ...wanted,
  });
  const [one] = await series.occurrences();
  if (one === undefined) throw new Error('The series has no occurrence.');
  const otherTimes: [string, string] = [iso(startMs + HOUR_MS), iso(startMs + HOUR_MS + HALF_HOUR_MS)];
  return { series, practice, plans: ['', ''], one, otherTimes, noShowQuoteId: '' };
}

/** Plans what the acts carry out, each its own plan. */
async function planned(
  prize: Contested,
  startMs: number,
  names: readonly [string, string],
): Promise<Contested> {
  const [one] = await prize.series.occurrences();
  if (one === undefined) throw new Error('The series has no occurrence.');
  const planOf = async (name: string): Promise<string> => {
    const { change, ...more } = PLANS[name]?.(startMs, one) ?? { change: '' };
    if (change === '') return '';
    const plan = await prize.series.plan(change, more);
    expect([plan.status, plan.body]).toEqual([201, plan.body]);
    return plan.body.id;
  };
  return { ...prize, one, plans: [await planOf(names[0]), await planOf(names[1])] };
}

/** Its first session runs, or has been completed. */
async function begun(arena: Arena, names: readonly [string, string], isOver: boolean): Promise<Contested> {
  const practice = arena.running;
  const startMs = Math.ceil(arena.now / HOUR_MS + 1) * HOUR_MS;
  const prize = await contested(practice, startMs, { rule: 'FREQ=DAILY;COUNT=3' });
  await arena.moveClockTo(startMs + MINUTE_MS);
  if (isOver) await practice.coach.http.post(`/v1/sessions/${prize.one.sessionId}/complete`);
  const quote = await noShowQuote(practice.coach, { id: prize.one.sessionId ?? '' });
  return { ...(await planned(prize, startMs, names)), noShowQuoteId: quote.body.id };
}

/** An hour of the day for each series, so that endless ones never meet. */
let endlessHour = -1;
async function behindItsHorizon(arena: Arena, names: readonly [string, string]): Promise<Contested> {
  const { endless } = arena;
  endlessHour = (endlessHour + 1) % 24;
  const startMs = Math.ceil(arena.now / DAY_MS + 1) * DAY_MS + endlessHour * HOUR_MS;
  const prize = await contested(endless, startMs, { rule: 'FREQ=DAILY', horizonDays: 14 });
  await arena.moveClockTo(arena.now + 2 * DAY_MS);
  const { data } = (
    await endless.coach.http.get<{ data: OccurrenceBody[] }>(
      `/v1/series/${prize.series.id}/occurrences?from=${iso(arena.now)}`,
    )
  ).body;
  return planned(prize, Date.parse(data[0]?.startsAt ?? ''), names);
}

/** A series that is over, or rests, has no session that is to come; one that goes on makes room for the next race. */
async function nothingIsLeftOver({ now }: Arena, { series }: Contested): Promise<void> {
  const { state } = await series.read();
  if (state === 'active') await series.change('cancel');
  const rows = await series.occurrences();
  const toCome = rows.filter(
    (row) => row.sessionStatus === 'scheduled' && Date.parse(row.startsAt ?? '') > now,
  );
  expect(toCome).toEqual([]);
  if (state === 'paused') await series.change('cancel');
}

export const SERIES_RACES: Race<Contested>[] = [
  {
    title: 'plans of one series, and one of its sessions',
    prepare: async (arena, names) => {
      const startMs = await arena.nextBlock();
      return planned(await contested(arena.planned, startMs, { rule: 'FREQ=DAILY;COUNT=4' }), startMs, names);
    },
    acts: acts(
      'plan: move all',
      'plan: pause',
      'plan: cancel all',
      'plan: skip one',
      'client cancels one',
      'coach moves one',
    ),
    inTurn: [
      // What was moved can be moved again and cancelled; a plan that was made before would be refused.
      ['plan: move all', 'client cancels one'],
      ['plan: move all', 'coach moves one'],
      ['coach moves one', 'client cancels one'],
      ['coach moves one', 'coach moves one'],
    ],
    after: nothingIsLeftOver,
  },
  {
    title: 'a series whose first session runs',
    prepare: (arena, names) => begun(arena, names, false),
    acts: acts('plan: cancel all, past included', 'coach marks one as missed', 'coach completes one'),
    inTurn: [['coach completes one', 'coach marks one as missed']],
    after: nothingIsLeftOver,
  },
  {
    title: 'a series whose first session is over',
    prepare: (arena, names) => begun(arena, names, true),
    acts: acts('plan: cancel all, past included', 'coach marks one as missed'),
    // What was missed is voided like what took place.
    inTurn: [['plan: cancel all, past included', 'coach marks one as missed']],
    after: nothingIsLeftOver,
  },
  {
    title: 'an endless series that is to be extended',
    prepare: behindItsHorizon,
    acts: acts(
      'worker extends',
      'another worker extends',
      'plan: move all',
      'plan: pause',
      'plan: cancel all',
    ),
    isLeftOut: (first, second) =>
      first.startsWith('plan') === second.startsWith('plan') &&
      !(first === 'worker extends' && second === 'another worker extends'),
    inTurn: ['worker extends', 'another worker extends'].flatMap((worker): [string, string][] => [
      // The rule that was moved, and the pause, are extended as they are by then.
      ['plan: move all', worker],
      ['plan: pause', worker],
    ]),
    after: nothingIsLeftOver,
  },
];
