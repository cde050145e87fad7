import { Injectable } from '@nestjs/common';
import { Database, sql } from '@app/database';
import type { MeetingState, Platform } from '@app/sessions';
import { meetingColumns, type DialIn, type MeetingRecord } from './meeting-record';

/** The room of a session for those who take part in it. */
export interface MeetingView {
  state: MeetingState;
  platform: Platform | null;
  joinUrl: string | null;
  /** The platform's own number of the meeting, for typing. */
  meetingId: string | null;
  password: string | null;
  dialIn: DialIn[];
  dialInReason: string | null;
  waitingRoom: boolean | null;
  /** Why there is no room, in one word; null unless it failed. */
  failureReason: string | null;
}

const NO_MEETING: MeetingView = {
  state: 'none',
  platform: null,
  joinUrl: null,
  meetingId: null,
  password: null,
  dialIn: [],
  dialInReason: null,
  waitingRoom: null,
  failureReason: null,
};

@Injectable()
export class MeetingQueries {
  constructor(private readonly database: Database) {}

  /** Details of the room while it is ready; before and after only how it stands. */
  async ofSession(coachId: string, sessionId: string): Promise<MeetingView> {
    const meeting = await this.record(coachId, sessionId);
    if (meeting === undefined) return NO_MEETING;
    const { state, platform } = meeting;
    if (state !== 'ready') {
      return { ...NO_MEETING, state, platform, failureReason: state === 'failed' ? meeting.lastError : null };
    }
    return {
      state,
      platform,
      joinUrl: meeting.joinUrl,
      meetingId: meeting.externalId,
      password: meeting.passcode,
      dialIn: meeting.dialIn,
      dialInReason: meeting.dialInReason,
      waitingRoom: meeting.waitingRoom,
      failureReason: null,
    };
  }

  /** The row itself, for this library. */
  record(coachId: string, sessionId: string): Promise<MeetingRecord | undefined> {
    return this.database.maybe(sql<MeetingRecord>`
      select ${meetingColumns} from meetings m where m.coach_id = ${coachId} and m.session_id = ${sessionId}`);
  }
}
