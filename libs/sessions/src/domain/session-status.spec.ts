import type { CancelOutcome, SessionStatus } from '../session-record';
import { isLawful, type StatusFacts, type TransitionActor } from './session-status';

const STATUSES: SessionStatus[] = ['held', 'scheduled', 'completed', 'cancelled', 'no_show'];
const OUTCOMES: CancelOutcome[] = [
  'in_time',
  'late',
  'by_coach',
  'hold_expired',
  'abandoned',
  'skipped',
  'paused',
  'retroactive',
];
const ACTORS: TransitionActor[] = ['client', 'coach', 'admin', 'worker', 'payment'];

const SECOND = 1_000;
const HOUR = 3_600 * SECOND;
const DAY = 24 * HOUR;
const START = Date.parse('2027-03-28T00:30:00Z');
const END = START + HOUR;
/** Missed ones were marked half an hour after the end. */
const MARKED = END + HOUR / 2;

/** domain.md 5, line by line: from, to, who, first and last instant (both included). An outcome follows its status after `:`. */
const TABLE: [from: string, to: string, by: TransitionActor[], first: number, last: number][] = [
  ['held', 'scheduled', ['payment'], -Infinity, Infinity],
  ['held', 'cancelled:hold_expired', ['worker'], -Infinity, Infinity],
  ['held', 'cancelled:abandoned', ['client', 'coach', 'admin'], -Infinity, Infinity],
  ['scheduled', 'completed', ['worker'], END, Infinity],
  ['scheduled', 'completed', ['coach'], START, Infinity],
  ['scheduled', 'cancelled:in_time', ['client'], -Infinity, START - 1],
  ['scheduled', 'cancelled:late', ['client'], -Infinity, START - 1],
  ['scheduled', 'cancelled:by_coach', ['coach', 'admin'], -Infinity, Infinity],
  ['scheduled', 'cancelled:skipped', ['coach'], -Infinity, Infinity],
  ['scheduled', 'cancelled:paused', ['coach'], -Infinity, Infinity],
  ['scheduled', 'no_show', ['coach', 'admin'], START, Infinity],
  ['completed', 'no_show', ['coach', 'admin'], START, END + 7 * DAY],
  ['completed', 'cancelled:retroactive', ['coach', 'admin'], -Infinity, Infinity],
  ['no_show', 'scheduled', ['coach'], -Infinity, END - 1],
  ['no_show', 'completed', ['coach'], END, MARKED + 7 * DAY],
  ['no_show', 'cancelled:retroactive', ['coach', 'admin'], -Infinity, Infinity],
  ['cancelled:skipped', 'scheduled', ['coach'], -Infinity, START - 1],
  ['cancelled:paused', 'scheduled', ['coach'], -Infinity, START - 1],
  ['cancelled:hold_expired', 'scheduled', ['payment'], -Infinity, START - 1],
];

const MOMENTS = [START - 30 * DAY, START, END, END + 7 * DAY, MARKED + 7 * DAY].flatMap((instant) => [
  instant - SECOND,
  instant,
  instant + SECOND,
]);

const STATES = STATUSES.flatMap((status) =>
  status === 'cancelled' ? OUTCOMES.map((outcome) => `cancelled:${outcome}`) : [status],
);

function factsOf(state: string): StatusFacts {
  const [status, outcome = null] = state.split(':') as [SessionStatus, CancelOutcome | undefined];
  return {
    status,
    outcome,
    startsAt: new Date(START),
    endsAt: new Date(END),
    noShowMarkedAt: status === 'no_show' ? new Date(MARKED) : null,
  };
}

describe('session status', () => {
  const pairs = STATES.flatMap((from) => STATES.map((to) => ({ from, to })));

  it.each(pairs)(
    'A22 A25 A97 A100 $from to $to only by whom and when the table says, a second around every border',
    ({ from, to }) => {
      const [status, outcome = null] = to.split(':') as [SessionStatus, CancelOutcome | undefined];
      for (const by of ACTORS) {
        for (const moment of MOMENTS) {
          const expected = TABLE.some(
            ([tableFrom, tableTo, who, first, last]) =>
              tableFrom === from && tableTo === to && who.includes(by) && moment >= first && moment <= last,
          );
          const lawful = isLawful(factsOf(from), { to: status, outcome, by }, new Date(moment));
          expect([by, new Date(moment), lawful]).toEqual([by, new Date(moment), expected]);
        }
      }
    },
  );

  it('A25 is cancelled with an outcome, and nothing else has one', () => {
    expect(isLawful(factsOf('scheduled'), { to: 'cancelled', by: 'coach' }, new Date(START))).toBe(false);
    const completed = { to: 'completed', by: 'coach', outcome: 'late' } as const;
    expect(isLawful(factsOf('scheduled'), completed, new Date(START))).toBe(false);
  });
});
