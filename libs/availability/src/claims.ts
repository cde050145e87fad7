import { newId } from '@app/common';
import { sql, type RawBuilder } from '@app/database';

/** What a session occupies of its coach's time, buffers included. */
export interface NewClaim {
  coachId: string;
  sessionId: string;
  from: Date;
  /** Not included. */
  to: Date;
}

/** The statement that claims the time; the coach is locked. Fails by `CLAIMS_NEVER_OVERLAP` where it is taken. */
export function insertClaim({ coachId, sessionId, from, to }: NewClaim): RawBuilder<unknown> {
  return sql`insert into calendar_claims (coach_id, id, session_id, kind, blocked)
    values (${coachId}::uuid, ${newId()}::uuid, ${sessionId}::uuid, 'session', tstzrange(${from}::timestamptz, ${to}::timestamptz))`;
}

/** The statement that moves a session's claim: an update, so the session never is without its time. */
export function moveClaim({ coachId, sessionId, from, to }: NewClaim): RawBuilder<unknown> {
  return sql`update calendar_claims set blocked = tstzrange(${from}::timestamptz, ${to}::timestamptz)
    where coach_id = ${coachId}::uuid and session_id = ${sessionId}::uuid and kind = 'session'`;
}

/** The statement that gives all time of a session back. */
export function releaseClaims(coachId: string, sessionId: string): RawBuilder<unknown> {
  return sql`delete from calendar_claims where coach_id = ${coachId}::uuid and session_id = ${sessionId}::uuid`;
}
