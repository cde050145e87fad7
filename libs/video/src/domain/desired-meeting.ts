export interface SessionFacts {
  status: 'held' | 'scheduled' | 'completed' | 'cancelled' | 'no_show';
  startsAt: Date;
  endsAt: Date;
}

/** `as_it_is`: the session is over; its room is neither made nor taken away. */
export type DesiredMeeting = 'meeting' | 'none' | 'as_it_is';

/** Whether a session should have a room at this moment (domain.md 13). */
export function desiredMeeting({ status, endsAt }: SessionFacts, now: Date): DesiredMeeting {
  if (status === 'held' || status === 'cancelled') return 'none';
  return status === 'scheduled' && now < endsAt ? 'meeting' : 'as_it_is';
}

export interface MeetingTimes {
  startsAt: Date;
  /** Whole minutes. */
  minutes: number;
}

export function meetingTimes({ startsAt, endsAt }: SessionFacts): MeetingTimes {
  return { startsAt, minutes: Math.ceil((endsAt.getTime() - startsAt.getTime()) / 60_000) };
}

export function sameTimes(
  applied: { appliedStartsAt: Date | null; appliedMinutes: number | null },
  wanted: MeetingTimes,
): boolean {
  return (
    applied.appliedStartsAt?.getTime() === wanted.startsAt.getTime() &&
    applied.appliedMinutes === wanted.minutes
  );
}
