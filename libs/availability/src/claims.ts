import { newId } from '@app/common';
import { sql, type RawBuilder } from '@app/database';
import type { NeededTime } from './domain/calendar';

/** A stretch of a coach's time, buffers included. */
export interface ClaimedTime {
  from: Date;
  /** Not included. */
  to: Date;
}

/** What a session occupies of its coach's time. */
export interface NewClaim extends ClaimedTime {
  coachId: string;
  sessionId: string;
}

/** Claims that do not stand in somebody's way. */
export interface ClaimExceptions {
  /** Sessions that are to be moved: neither their time nor what was proposed for them counts. */
  exceptSessionIds?: readonly string[];
  /** A session whose proposed times are free for whoever takes one of them; its own time still counts. */
  exceptProposalOf?: string;
}

const MINUTE_MS = 60_000;

/** What a session that starts then would claim: itself and its buffers. */
export function claimedTime(
  startsAt: Date,
  { durationMinutes, beforeMinutes, afterMinutes }: NeededTime,
): ClaimedTime {
  return {
    from: new Date(startsAt.getTime() - beforeMinutes * MINUTE_MS),
    to: new Date(startsAt.getTime() + (durationMinutes + afterMinutes) * MINUTE_MS),
  };
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

/**
 * The statement that holds times which are proposed for a session; they may overlap each other and its present time.
 *
 * @param expiresAt from then on they are free for others, swept away or not; null holds them until they are released
 */
export function insertProposedTimes(
  coachId: string,
  sessionId: string,
  times: readonly ClaimedTime[],
  expiresAt: Date | null = null,
): RawBuilder<unknown> {
  return sql`insert into calendar_claims (coach_id, id, session_id, kind, blocked, expires_at)
    select ${coachId}::uuid, uuidv7(), each.session_id, 'proposed_time', tstzrange(each.from_at, each.to_at), ${expiresAt}::timestamptz
    from ${rowsOf(times.map((time) => ({ sessionId, ...time })))}`;
}

/** The statement that frees the times proposed for a session; its own time stays claimed. */
export function releaseProposedTimes(coachId: string, sessionId: string): RawBuilder<unknown> {
  return sql`delete from calendar_claims
    where coach_id = ${coachId}::uuid and session_id = ${sessionId}::uuid and kind = 'proposed_time'`;
}

/** The statement that gives all time of a session back. */
export function releaseClaims(coachId: string, sessionId: string): RawBuilder<unknown> {
  return releaseClaimsOf(coachId, [sessionId]);
}

/** The same for many sessions of one coach. */
export function releaseClaimsOf(coachId: string, sessionIds: readonly string[]): RawBuilder<unknown> {
  return sql`delete from calendar_claims where coach_id = ${coachId}::uuid and session_id = any(${[...sessionIds]}::uuid[])`;
}

/** Which claims `k` of `calendar_claims` stand in somebody's way. */
export function otherClaims({ exceptSessionIds, exceptProposalOf }: ClaimExceptions): RawBuilder<boolean> {
  return sql<boolean>`(k.session_id <> all(${[...(exceptSessionIds ?? [])]}::uuid[])
    and (k.kind = 'session' or k.session_id is distinct from ${exceptProposalOf ?? null}::uuid))`;
}

function rowsOf(claims: readonly Omit<NewClaim, 'coachId'>[]): RawBuilder<unknown> {
  return sql`unnest(
    ${claims.map(({ sessionId }) => sessionId)}::uuid[],
    ${claims.map(({ from }) => from.toISOString())}::timestamptz[],
    ${claims.map(({ to }) => to.toISOString())}::timestamptz[]) as each (session_id, from_at, to_at)`;
}
