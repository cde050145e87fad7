import type { CancelOutcome, SessionStatus } from '../session-record';
import { mayMove } from './session-status';

const STATUSES: SessionStatus[] = ['held', 'scheduled', 'completed', 'cancelled', 'no_show'];
const ALLOWED = new Set([
  'held>scheduled',
  'held>cancelled',
  'scheduled>completed',
  'scheduled>cancelled',
  'scheduled>no_show',
  'completed>no_show',
  'completed>cancelled',
  'no_show>scheduled',
  'no_show>completed',
  'no_show>cancelled',
]);

describe('session status', () => {
  const pairs = STATUSES.flatMap((from) => STATUSES.map((to) => ({ from, to })));

  it.each(pairs.filter(({ from }) => from !== 'cancelled'))(
    'A22 A25 $from to $to is allowed only by the table',
    ({ from, to }) => {
      expect(mayMove(from, to, null)).toBe(ALLOWED.has(`${from}>${to}`));
    },
  );

  it.each<[CancelOutcome, boolean]>([
    ['in_time', false],
    ['late', false],
    ['by_coach', false],
    ['abandoned', false],
    ['retroactive', false],
    ['hold_expired', true],
    ['skipped', true],
    ['paused', true],
  ])('A25 a session cancelled as %s comes back: %s', (outcome, expected) => {
    expect(mayMove('cancelled', 'scheduled', outcome)).toBe(expected);
    expect(mayMove('cancelled', 'completed', outcome)).toBe(false);
    expect(mayMove('cancelled', 'held', outcome)).toBe(false);
  });
});
