import type { CancelOutcome, SessionStatus } from '@app/sessions';
import { newsOf, replacedBy, wasInCalendars } from './session-news';

type By = 'coach' | 'client' | 'admin' | 'system' | null;

const wasCancelled = (outcome: CancelOutcome): boolean =>
  wasInCalendars({ status: 'cancelled', outcome, cancelledBy: 'client' });

describe('newsOf', () => {
  it.each<[SessionStatus, CancelOutcome | null, By, string | null, string[]]>([
    ['held', null, null, 'awaiting_payment', ['client']],
    ['scheduled', null, null, 'booking_confirmed', ['coach', 'client']],
    ['completed', null, null, null, []],
    ['no_show', null, null, null, []],
    ['cancelled', 'in_time', 'client', 'booking_cancelled', ['coach', 'client']],
    ['cancelled', 'late', 'client', 'booking_cancelled', ['coach', 'client']],
    ['cancelled', 'by_coach', 'coach', 'booking_cancelled', ['coach', 'client']],
    ['cancelled', 'by_coach', 'admin', 'booking_cancelled', ['coach', 'client']],
    ['cancelled', 'retroactive', 'coach', 'booking_cancelled', ['coach', 'client']],
    ['cancelled', 'hold_expired', 'system', 'hold_expired', ['client']],
    ['cancelled', 'abandoned', 'client', null, []],
    ['cancelled', 'abandoned', 'coach', 'booking_cancelled', ['client']],
    ['cancelled', 'skipped', 'coach', null, []],
    ['cancelled', 'paused', 'coach', null, []],
  ])('A77 A87 %s %s by %s is told as %s to %j', (status, outcome, cancelledBy, kind, to) => {
    expect(newsOf({ status, outcome, cancelledBy })).toEqual(kind === null ? null : { kind, to });
  });

  it('A81 only what was scheduled is taken out of calendars', () => {
    expect(wasCancelled('in_time')).toBe(true);
    expect(wasCancelled('abandoned')).toBe(false);
    expect(wasCancelled('hold_expired')).toBe(false);
    expect(wasInCalendars({ status: 'scheduled', outcome: null, cancelledBy: null })).toBe(false);
  });
});

describe('replacedBy', () => {
  const scheduled = { status: 'scheduled', outcome: null, cancelledBy: null, calendarSequence: 2 } as const;
  const cancelled = {
    status: 'cancelled',
    outcome: 'late',
    cancelledBy: 'client',
    calendarSequence: 3,
  } as const;

  it('A77 a message about the present state is sent', () => {
    expect(replacedBy('booking_confirmed', 2, scheduled)).toBeNull();
    expect(replacedBy('session_moved', 2, scheduled)).toBeNull();
    expect(replacedBy('booking_cancelled', 3, cancelled)).toBeNull();
  });

  it('A81 a message about an earlier time or status is not', () => {
    expect(replacedBy('booking_confirmed', 1, scheduled)).toBe('the session has changed since');
    expect(replacedBy('booking_confirmed', 3, cancelled)).toBe('the session is cancelled (late) by now');
    expect(replacedBy('awaiting_payment', 2, scheduled)).toBe('the session is scheduled by now');
    expect(replacedBy('booking_cancelled', 2, scheduled)).toBe('the session is scheduled by now');
  });
});
