import type { SessionRecord } from '@app/sessions';
import type { NotificationKind } from '../notification-record';

export type SessionNewsKind = Extract<
  NotificationKind,
  'awaiting_payment' | 'hold_expired' | 'booking_confirmed' | 'session_moved' | 'booking_cancelled'
>;

export interface SessionNews {
  kind: SessionNewsKind;
  to: readonly ('coach' | 'client')[];
}

type Facts = Pick<SessionRecord, 'status' | 'outcome' | 'cancelledBy'>;

/**
 * What the present state of a session says, and to whom; null when nobody needs a mail for it. A scheduled session is
 * `booking_confirmed` for who hears of it first, `session_moved` for who knew another time.
 *
 * A hold is between the client and the platform, so the coach hears nothing of it. One that ran out is told to the
 * client; one that the client gave up, to nobody; one that the coach or an admin gave up, to the client, who was asked to pay.
 */
export function newsOf({ status, outcome, cancelledBy }: Facts): SessionNews | null {
  switch (status) {
    case 'held':
      return { kind: 'awaiting_payment', to: ['client'] };
    case 'scheduled':
      return { kind: 'booking_confirmed', to: ['coach', 'client'] };
    case 'cancelled':
      if (outcome === 'hold_expired') return { kind: 'hold_expired', to: ['client'] };
      if (outcome === 'abandoned')
        return cancelledBy === 'client' ? null : { kind: 'booking_cancelled', to: ['client'] };
      // A series tells of these in one digest.
      if (outcome === 'skipped' || outcome === 'paused') return null;
      return { kind: 'booking_cancelled', to: ['coach', 'client'] };
    case 'completed':
    case 'no_show':
      return null;
  }
}

/** Whether a calendar may know the session: a hold was never put into one. */
export function wasInCalendars({ status, outcome }: Facts): boolean {
  return status === 'cancelled' && outcome !== 'abandoned' && outcome !== 'hold_expired';
}

/**
 * Why a message of this kind must not be sent any more, or null when it still tells the truth (C18).
 *
 * @param toldSequence the calendar sequence that the message was written for
 */
export function replacedBy(
  kind: SessionNewsKind,
  toldSequence: number,
  session: Facts & { calendarSequence: number },
): string | null {
  const now = newsOf(session)?.kind ?? null;
  const told = kind === 'session_moved' ? 'booking_confirmed' : kind;
  if (now !== told)
    return `the session is ${session.status}${session.outcome === null ? '' : ` (${session.outcome})`} by now`;
  if (session.calendarSequence !== toldSequence) return 'the session has changed since';
  return null;
}
