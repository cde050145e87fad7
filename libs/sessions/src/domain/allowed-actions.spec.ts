import type { SessionStatus } from '../session-record';
import {
  allowedActions,
  joinWindow,
  type ActionFacts,
  type ActionRole,
  type SessionAction,
} from './allowed-actions';

const START = Date.parse('2027-03-28T00:30:00Z');
const SECOND = 1_000;
const MINUTE = 60_000;
const DAY_MINUTES = 1_440;
/** An hour long; ten minutes to wait, a day of notice to move it freely; missed ones were marked 20 minutes after the start. */
const session = (status: SessionStatus): ActionFacts => ({
  status,
  outcome: status === 'cancelled' ? 'by_coach' : null,
  startsAt: new Date(START),
  endsAt: new Date(START + 60 * MINUTE),
  policyAcceptedAt: new Date(START - 7 * DAY_MINUTES * MINUTE),
  policyRules: { freeRescheduleHours: 24 },
  waitingMinutes: 10,
  noShowBy: status === 'no_show' ? 'client' : null,
  noShowMarkedAt: status === 'no_show' ? new Date(START + 20 * MINUTE) : null,
  noShowReportedAt: null,
  followedUpAt: null,
  ratedAt: null,
});
const at = (minutes: number, milliseconds = 0): Date => new Date(START + minutes * MINUTE + milliseconds);

/** First and last minute from the start at which something is offered, both included. */
type Window = [first: number, last: number];
const ONE_MS = 1 / MINUTE;
const ALWAYS: Window = [-Infinity, Infinity];
const BEFORE_START: Window = [-Infinity, -ONE_MS];
const FROM_START: Window = [0, Infinity];
const DOOR: Window = [-15, 60];
const REPORTING: Window = [10, 60 + 7 * DAY_MINUTES];
const CORRECTING: Window = [0, 60 + 7 * DAY_MINUTES];

/** domain.md 5, 7, 9, 13, 14 as a table: who reads, in which status, and when each act is offered; nothing else is. */
const TABLE: Record<ActionRole, Record<SessionStatus, Partial<Record<SessionAction, Window>>>> = {
  client: {
    held: { pay: ALWAYS, cancel: ALWAYS, edit_preparation: BEFORE_START },
    scheduled: {
      join: DOOR,
      reschedule: [-Infinity, -DAY_MINUTES],
      propose: BEFORE_START,
      cancel: BEFORE_START,
      edit_preparation: BEFORE_START,
      report_no_show: REPORTING,
    },
    completed: { join: DOOR, report_no_show: REPORTING, rate: ALWAYS, book_next: ALWAYS },
    no_show: { join: DOOR, report_no_show: REPORTING, book_next: ALWAYS },
    cancelled: {},
  },
  coach: {
    held: { cancel: ALWAYS, add_preparation_note: ALWAYS },
    scheduled: {
      join: DOOR,
      reschedule: BEFORE_START,
      propose: BEFORE_START,
      cancel: ALWAYS,
      complete: FROM_START,
      add_preparation_note: ALWAYS,
      add_note: FROM_START,
      mark_no_show: FROM_START,
    },
    completed: {
      join: DOOR,
      cancel: ALWAYS,
      add_note: FROM_START,
      mark_no_show: CORRECTING,
      book_next: ALWAYS,
    },
    no_show: {
      join: DOOR,
      cancel: ALWAYS,
      add_note: FROM_START,
      undo_no_show: [-Infinity, 20 + 7 * DAY_MINUTES],
      follow_up: ALWAYS,
      book_next: ALWAYS,
    },
    cancelled: {},
  },
  admin: {
    held: { cancel: ALWAYS },
    scheduled: { cancel: ALWAYS, mark_no_show: FROM_START },
    completed: { cancel: ALWAYS, mark_no_show: CORRECTING },
    no_show: { cancel: ALWAYS },
    cancelled: {},
  },
};

/** Every border of the table, one second before it, at it and one second after. */
const MOMENTS = [
  -10 * DAY_MINUTES,
  -DAY_MINUTES,
  -15,
  0,
  10,
  20,
  60,
  20 + 7 * DAY_MINUTES,
  60 + 7 * DAY_MINUTES,
]
  .flatMap((minutes) => [at(minutes, -SECOND), at(minutes), at(minutes, SECOND)])
  .concat(at(60 * DAY_MINUTES));

function expectedAt(windows: Partial<Record<SessionAction, Window>>, now: Date): string[] {
  const minutes = (now.getTime() - START) / MINUTE;
  return Object.entries(windows)
    .filter(([, [first, last]]) => minutes >= first && minutes <= last)
    .map(([action]) => action)
    .toSorted();
}

describe('A12 A9 A10 what each reader may do', () => {
  const cases = (Object.keys(TABLE) as ActionRole[]).flatMap((role) =>
    (Object.keys(TABLE[role]) as SessionStatus[]).map((status) => ({ role, status })),
  );

  it.each(cases)(
    'A25 A100 is what the table says for $role and $status, a second around every border',
    ({ role, status }) => {
      for (const now of MOMENTS) {
        const allowed = allowedActions(session(status), role, now, 0).toSorted();
        expect([now, allowed]).toEqual([now, expectedAt(TABLE[role][status], now)]);
      }
    },
  );

  it('offers a rating again for 14 days, and not longer', () => {
    const rated = { ...session('completed'), ratedAt: at(120) };
    const until = at(120 + 14 * DAY_MINUTES);
    for (const [seconds, expected] of [
      [-1, true],
      [0, true],
      [1, false],
    ] as const) {
      const now = new Date(until.getTime() + seconds * SECOND);
      expect(allowedActions(rated, 'client', now, 0).includes('rate')).toBe(expected);
    }
  });

  it('asks for one report and one follow-up alone, and for no report of a coach who is marked already', () => {
    const reported = { ...session('scheduled'), noShowReportedAt: at(15) };
    expect(allowedActions(reported, 'client', at(20), 0)).not.toContain('report_no_show');
    const byCoach: ActionFacts = { ...session('no_show'), noShowBy: 'coach' };
    expect(allowedActions(byCoach, 'client', at(20), 0)).not.toContain('report_no_show');
    expect(allowedActions(byCoach, 'coach', at(20), 0)).not.toContain('follow_up');
    const followed = { ...session('no_show'), followedUpAt: at(30) };
    expect(allowedActions(followed, 'coach', at(40), 0)).not.toContain('follow_up');
  });
});

describe('A89 the terms of what a coach booked', () => {
  const pending = (status: SessionStatus): ActionFacts => ({ ...session(status), policyAcceptedAt: null });

  it.each<[ActionRole, SessionStatus, Date, boolean]>([
    ['client', 'held', at(-1_440), true],
    ['client', 'scheduled', at(-1_440), true],
    ['client', 'scheduled', at(0, -1), true],
    ['client', 'scheduled', at(0), false],
    ['client', 'cancelled', at(-1_440), false],
    ['client', 'completed', at(61), false],
    ['coach', 'held', at(-1_440), false],
    ['admin', 'scheduled', at(-1_440), false],
  ])('are accepted by the client, until the start: %s, %s', (role, status, now, expected) => {
    expect(allowedActions(pending(status), role, now, 0).includes('accept_terms')).toBe(expected);
  });

  it('are not asked for twice', () => {
    expect(allowedActions(session('held'), 'client', at(-1_440), 0)).not.toContain('accept_terms');
  });
});

describe('A6 A7 the door', () => {
  const joinable = (now: Date, grace = 0): boolean =>
    allowedActions(session('scheduled'), 'client', now, grace).includes('join');

  it.each<[string, Date, number, boolean]>([
    ['closed one millisecond too early', at(-15, -1), 0, false],
    ['open at 15 minutes before', at(-15), 0, true],
    ['open at the end', at(60), 0, true],
    ['closed after the end', at(60, 1), 0, false],
    ['open until the end of the grace', at(70), 10, true],
    ['closed after the grace', at(70, 1), 10, false],
  ])('%s', (_title, now, grace, expected) => {
    expect(joinable(now, grace)).toBe(expected);
  });

  it('opens 15 elapsed minutes before, also across the change of 28 March 01:00 UTC', () => {
    const across: ActionFacts = { ...session('scheduled'), startsAt: new Date('2027-03-28T01:05:00Z') };
    expect(joinWindow(across, 0).opensAt.toISOString()).toBe('2027-03-28T00:50:00.000Z');
  });

  it('keeps a marked no-show joinable until the end only', () => {
    expect(allowedActions(session('no_show'), 'client', at(60), 30)).toContain('join');
    expect(allowedActions(session('no_show'), 'client', at(60, 1), 30)).not.toContain('join');
  });
});
