import type { ConnectionRecord } from '@app/connections';
import type { SessionRecord } from '@app/sessions';
import { meetingTimes } from './domain/desired-meeting';
import type { MeetingChanges } from './meeting-claims';
import type { MeetingRecord, PlatformMeeting } from './meeting-record';
import type { MeetingPlan } from './zoom/zoom-meetings';

/** A session that has begun gets what is left of it: platforms take no start in the past. */
export function planOf(session: SessionRecord, now: Date): MeetingPlan {
  const startsAt = session.startsAt > now ? session.startsAt : now;
  return {
    ...meetingTimes({ ...session, startsAt }),
    sessionId: session.id,
    topic: session.offeringName,
    timezone: session.timezone,
  };
}

export function ready(
  meeting: MeetingRecord,
  connection: ConnectionRecord,
  session: SessionRecord,
  made: PlatformMeeting,
): MeetingChanges {
  const { startsAt, minutes } = meetingTimes(session);
  return {
    ...made,
    state: 'ready',
    connectionId: connection.id,
    appliedStartsAt: startsAt,
    appliedMinutes: minutes,
    attempts: 0,
    lastError: null,
  };
}

/** What was known of the room stays, so that it can still be moved or deleted once the cause is mended. */
export function failed(meeting: MeetingChanges, reason: string): MeetingChanges {
  return { ...meeting, state: 'failed', lastError: reason };
}

export function deleted(meeting: MeetingRecord): MeetingChanges {
  return {
    ...meeting,
    state: 'deleted',
    externalId: null,
    joinUrl: null,
    passcode: null,
    dialIn: [],
    dialInReason: null,
    waitingRoom: null,
    appliedStartsAt: null,
    appliedMinutes: null,
    attempts: 0,
    lastError: null,
  };
}
