import { Injectable } from '@nestjs/common';
import { insertAudit, type Actor } from '@app/accounts';
import {
  Availability,
  claimedTime,
  CLAIMS_NEVER_OVERLAP,
  moveClaim,
  type BookingFacts,
} from '@app/availability';
import { wallTimeOf } from '@app/common';
import { Database, sql, violates, type RawBuilder } from '@app/database';
import { insertMessages } from '@app/outbox';
import { LastStarts } from '@app/packages';
import { SessionCharges } from './session-charges.service';
import type { SessionRecord } from './session-record';
import { insertTimelineEntry } from './session-writes';
import { SessionChanged } from './sessions.errors';
import { sessionMoved } from './sessions.events';
import { supersedeProposals } from './superseding';

/** Another time for a session that is scheduled; everything else of it stays. */
export interface SessionMove {
  /** As it was read under its lock; the coach is locked too. */
  session: SessionRecord;
  startsAt: Date;
  actor: Actor;
  now: Date;
  /** What a later cancellation by the client gives back at most; undefined leaves it as it is. */
  refundCapPercent?: number;
  /** The coach decided it alone: until then the client may cancel the occurrence freely; see `freeCancellationAfterMove`. */
  freeCancellationUntil?: Date | null;
  /** Facts for the timeline besides the two times. */
  details?: Record<string, unknown>;
}

const MINUTE_MS = 60_000;

/** The one statement that moves a session in time. */
@Injectable()
export class SessionMoves {
  constructor(
    private readonly database: Database,
    private readonly availability: Availability,
    private readonly charges: SessionCharges,
    private readonly lastStarts: LastStarts,
  ) {}

  /**
   * Moves row and claim by update, so the session never is without its time; what was proposed for it is closed. Payment,
   * credit, notes and the calendar's UID are not touched (A80, A81); a charge that is still to come moves along.
   *
   * @returns the session's new version
   * @throws SlotTaken; StartsAfterExpiry, also for coaches: they extend the package; SessionChanged when the row is no longer as it was read
   */
  async move(move: SessionMove): Promise<number> {
    const { session, startsAt, now } = move;
    const { coachId, id: sessionId } = session;
    await this.lastStarts.assertInTime(session, [startsAt]);
    const wanted = neededBy(session, startsAt);
    const [proposals, heldTimes] = supersedeProposals(coachId, [sessionId], now);
    const parts = [
      sql`moved as (${update(move)})`,
      sql`claim as (${moveClaim({ coachId, sessionId, ...claimedTime(startsAt, wanted) })})`,
      sql`timeline as (${insertTimelineEntry(entryOf(move))})`,
      sql`audit as (${insertAudit(auditOf(move))})`,
      sql`messages as (${insertMessages([sessionMoved(session, session.version + 1)])})`,
      sql`proposals as (${proposals})`,
      sql`held_times as (${heldTimes})`,
    ];
    try {
      const row = await this.database.maybe(
        sql<{ version: number }>`with ${sql.join(parts)} select version from moved`,
      );
      if (row === undefined) throw new SessionChanged(); // rolls back what stood beside it
      await this.charges.move(session, startsAt, move.actor);
      return row.version;
    } catch (error) {
      if (violates(error, CLAIMS_NEVER_OVERLAP)) throw this.availability.slotTaken(wanted);
      throw error;
    }
  }
}

/** What a session needs at another start: its own length and the buffers that it was booked with. */
export function neededBy(session: SessionRecord, startsAt: Date): BookingFacts {
  const { coachId, id, offeringId, beforeMinutes, afterMinutes } = session;
  const durationMinutes = (session.endsAt.getTime() - session.startsAt.getTime()) / MINUTE_MS;
  return { coachId, offeringId, startsAt, durationMinutes, beforeMinutes, afterMinutes, exceptSessionId: id };
}

function update({
  session,
  startsAt,
  now,
  refundCapPercent,
  freeCancellationUntil,
}: SessionMove): RawBuilder<unknown> {
  const endsAt = new Date(startsAt.getTime() + session.endsAt.getTime() - session.startsAt.getTime());
  return sql`update sessions set starts_at = ${startsAt}::timestamptz, ends_at = ${endsAt}::timestamptz,
      local_start = ${wallTimeOf(startsAt, session.timezone)}::timestamp, gap_shifted = false,
      charge_due_at = charge_due_at + make_interval(secs => ${(startsAt.getTime() - session.startsAt.getTime()) / 1_000}::float8),
      refund_cap_percent = least(refund_cap_percent, ${refundCapPercent ?? null}::int),
      free_cancellation_until = coalesce(${freeCancellationUntil ?? null}::timestamptz, free_cancellation_until),
      calendar_sequence = calendar_sequence + 1, version = version + 1, updated_at = ${now}::timestamptz
    where coach_id = ${session.coachId} and id = ${session.id} and version = ${session.version} and status = 'scheduled'
    returning version`;
}

function entryOf({
  session,
  startsAt,
  actor,
  now,
  details,
}: SessionMove): Parameters<typeof insertTimelineEntry>[0] {
  return {
    coachId: session.coachId,
    sessionId: session.id,
    at: now,
    kind: 'moved',
    actor,
    fromStatus: null,
    toStatus: null,
    details: { ...details, from: session.startsAt.toISOString(), to: startsAt.toISOString() },
  };
}

function auditOf({ session, startsAt, actor }: SessionMove): Parameters<typeof insertAudit>[0] {
  return {
    coachId: session.coachId,
    actor,
    action: 'session.reschedule',
    objectType: 'session',
    objectId: session.id,
    objectVersion: session.version + 1,
    before: { startsAt: session.startsAt.toISOString() },
    after: { startsAt: startsAt.toISOString() },
  };
}
