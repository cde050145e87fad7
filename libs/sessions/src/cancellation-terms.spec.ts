import { POLICY_PRESETS } from '@app/offerings';
import type { SessionPayment } from '@app/payments';
import { cancellationTerms } from './cancellation-terms';
import { refundCapAfterMove } from './refund-cap';
import type { SessionRecord } from './session-record';

const DAY_MS = 86_400_000;
const SECOND_MS = 1_000;
/** When the coach moved it; the client may cancel freely for 7 days from then on. */
const MOVED_AT = Date.parse('2027-03-01T12:00:00Z');
const FREE_UNTIL = MOVED_AT + 7 * DAY_MS;

const rules = Object.values(POLICY_PRESETS)[0]?.rules;

/** Of a series, paid, moved by its client too late for more than half: the policy gives little or nothing. */
const session = (changes: Partial<SessionRecord> = {}): SessionRecord =>
  ({
    coachId: 'coach',
    id: 'session',
    seriesId: 'series',
    status: 'scheduled',
    startsAt: new Date(FREE_UNTIL + 3_600_000),
    endsAt: new Date(FREE_UNTIL + 7_200_000),
    priceMinor: 9_000,
    currency: 'EUR',
    policyRules: rules,
    refundCapPercent: 50,
    freeCancellationUntil: new Date(FREE_UNTIL),
    ...changes,
  }) as SessionRecord;
const payment = {
  capturedMinor: 9_000,
  refundedMinor: 0,
  applicationFeeMinor: 900,
  currency: 'EUR',
} as SessionPayment;
const cancelled = (atMs: number, changes: Partial<SessionRecord> = {}, by: 'client' | 'coach' = 'client') =>
  cancellationTerms({ by, session: session(changes), payment, choice: {}, now: new Date(atMs) });

describe('what a coach moved or made dearer in a series', () => {
  it.each([
    ['a second before the seven days are over', FREE_UNTIL - SECOND_MS],
    ['at their last instant', FREE_UNTIL],
  ])('is cancelled by its client free of charge %s, whatever cap an earlier move left', (_, atMs) => {
    expect(cancelled(atMs)).toMatchObject({
      outcome: 'in_time',
      refundPercent: 100,
      refundMinor: 9_000,
      estimatedFeeReturnedMinor: 900,
      clause: expect.stringContaining('free of charge') as string,
    });
  });

  it('follows the policy and the cap again a second later', () => {
    const late = cancelled(FREE_UNTIL + SECOND_MS);
    expect(late.outcome).toBe('late');
    expect(late.refundMinor).toBeLessThan(9_000);
    expect(late.clause).not.toContain('free of charge');
  });

  it('is free until its start, and not from then on', () => {
    const soon = { startsAt: new Date(MOVED_AT + DAY_MS), endsAt: new Date(MOVED_AT + 2 * DAY_MS) };
    expect(cancelled(soon.startsAt.getTime() - SECOND_MS, soon)).toMatchObject({ outcome: 'in_time' });
    expect(cancelled(soon.startsAt.getTime(), soon).refundPercent).toBe(0);
  });

  it('is nothing that a coach or a session without such a change gains by', () => {
    const never = cancelled(FREE_UNTIL, { freeCancellationUntil: null });
    expect(never).toMatchObject({ outcome: 'late' });
    const byCoach = cancelled(FREE_UNTIL, {}, 'coach');
    expect(byCoach).toMatchObject({ outcome: 'by_coach', choice: 'full' });
    expect(byCoach.clause).toBe(never.clause);
  });

  it('keeps no cap when its client moves it instead of cancelling it', () => {
    const uncapped = session({ refundCapPercent: null });
    expect(refundCapAfterMove(uncapped, new Date(FREE_UNTIL))).toBe(100);
    expect(refundCapAfterMove(uncapped, new Date(FREE_UNTIL + SECOND_MS))).toBeLessThan(100);
  });
});
