import type { SessionStatus } from '../session-record';
import {
  allowedActions,
  joinWindow,
  type ActionFacts,
  type ActionRole,
  type SessionAction,
} from './allowed-actions';

const START = Date.parse('2027-03-28T00:30:00Z');
const MINUTE = 60_000;
const session = (status: SessionStatus): ActionFacts => ({
  status,
  outcome: status === 'cancelled' ? 'by_coach' : null,
  startsAt: new Date(START),
  endsAt: new Date(START + 60 * MINUTE),
});
const at = (minutes: number, milliseconds = 0): Date => new Date(START + minutes * MINUTE + milliseconds);

type Moment = 'day before' | 'door open' | 'running' | 'over';
const MOMENTS: Record<Moment, Date> = {
  'day before': at(-1_440),
  'door open': at(-10),
  running: at(10),
  over: at(61),
};

/** domain.md 5, 13, 14 as a table: role and status, then what is offered at each moment. */
const TABLE: [ActionRole, SessionStatus, Record<Moment, SessionAction[]>][] = [
  [
    'client',
    'held',
    {
      'day before': ['pay', 'cancel', 'edit_preparation'],
      'door open': ['pay', 'cancel', 'edit_preparation'],
      running: ['pay', 'cancel'],
      over: ['pay', 'cancel'],
    },
  ],
  [
    'client',
    'scheduled',
    {
      'day before': ['cancel', 'edit_preparation'],
      'door open': ['join', 'cancel', 'edit_preparation'],
      running: ['join'],
      over: [],
    },
  ],
  ['client', 'completed', { 'day before': [], 'door open': ['join'], running: ['join'], over: [] }],
  ['client', 'cancelled', { 'day before': [], 'door open': [], running: [], over: [] }],
  ['client', 'no_show', { 'day before': [], 'door open': ['join'], running: ['join'], over: [] }],
  [
    'coach',
    'held',
    {
      'day before': ['cancel', 'add_preparation_note'],
      'door open': ['cancel', 'add_preparation_note'],
      running: ['cancel', 'add_preparation_note'],
      over: ['cancel', 'add_preparation_note'],
    },
  ],
  [
    'coach',
    'scheduled',
    {
      'day before': ['cancel', 'add_preparation_note'],
      'door open': ['join', 'cancel', 'add_preparation_note'],
      running: ['join', 'cancel', 'complete', 'add_preparation_note', 'add_note'],
      over: ['cancel', 'complete', 'add_preparation_note', 'add_note'],
    },
  ],
  [
    'coach',
    'completed',
    { 'day before': [], 'door open': ['join'], running: ['join', 'add_note'], over: ['add_note'] },
  ],
  ['coach', 'cancelled', { 'day before': [], 'door open': [], running: [], over: [] }],
  [
    'coach',
    'no_show',
    { 'day before': [], 'door open': ['join'], running: ['join', 'add_note'], over: ['add_note'] },
  ],
  [
    'admin',
    'held',
    { 'day before': ['cancel'], 'door open': ['cancel'], running: ['cancel'], over: ['cancel'] },
  ],
  [
    'admin',
    'scheduled',
    { 'day before': ['cancel'], 'door open': ['cancel'], running: ['cancel'], over: ['cancel'] },
  ],
  ['admin', 'completed', { 'day before': [], 'door open': [], running: [], over: [] }],
  ['admin', 'cancelled', { 'day before': [], 'door open': [], running: [], over: [] }],
  ['admin', 'no_show', { 'day before': [], 'door open': [], running: [], over: [] }],
];

describe('A12 A9 A10 what each reader may do', () => {
  const cases = TABLE.flatMap(([role, status, moments]) =>
    (Object.keys(MOMENTS) as Moment[]).map((moment) => ({ role, status, moment, expected: moments[moment] })),
  );

  it.each(cases)('$role, $status, $moment: $expected', ({ role, status, moment, expected }) => {
    expect(allowedActions(session(status), role, MOMENTS[moment], 0)).toEqual(expected);
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
    expect(allowedActions(session('no_show'), 'client', at(60), 30)).toEqual(['join']);
    expect(allowedActions(session('no_show'), 'client', at(60, 1), 30)).toEqual([]);
  });
});
