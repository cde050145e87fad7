import { Injectable } from '@nestjs/common';
import { actorOf, assertVersion, type Principal } from '@app/accounts';
import { Availability } from '@app/availability';
import { Clock } from '@app/common';
import { Database } from '@app/database';
import { CoachTime } from './coach-time.service';
import { allowedActions } from './domain/allowed-actions';
import {
  isMovable,
  mayAskForOtherTimes,
  mayPropose,
  mayReschedule,
  movableUntil,
} from './domain/rescheduling';
import { freeCancellationAfterMove } from './free-cancellation';
import { refundCapAfterMove } from './refund-cap';
import { AlreadyAtThisTime, RescheduleNeedsConsent } from './rescheduling.errors';
import { actionNotAllowed } from './session-actions';
import { neededBy, SessionMoves } from './session-moves.service';
import type { SessionRecord } from './session-record';
import { SessionQueries } from './session.queries';
import { SessionWrites } from './session-writes';

export interface RescheduleRequest {
  startsAt: Date;
  /** A coach passes hours, notice, horizon and caps. */
  override?: boolean;
}

/** What moving the session would mean for this reader at this moment. */
export interface RescheduleTerms {
  session: SessionRecord;
  /** Without anybody's consent. */
  atOnce: boolean;
  byAgreement: boolean;
  /** The last instant at which the client needs no consent. */
  movableUntil: Date;
  /** Moving costs nothing, whenever it happens (domain.md 7). */
  costMinor: number;
  /** What a cancellation by the client would give back at most once the client has moved the session, percent. */
  refundCapPercent: number | null;
}

/** Moves that need nobody's consent: the client's with enough notice, and the coach's. */
@Injectable()
export class Rescheduling {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly queries: SessionQueries,
    private readonly writes: SessionWrites,
    private readonly moves: SessionMoves,
    private readonly availability: Availability,
    private readonly coachTime: CoachTime,
  ) {}

  /** @throws SessionNotFound */
  async terms(principal: Principal, sessionId: string): Promise<RescheduleTerms> {
    const session = await this.queries.find(principal, sessionId);
    const now = await this.clock.now();
    const { kind } = principal;
    return {
      session,
      atOnce: mayReschedule(session, kind, now),
      byAgreement: mayAskForOtherTimes(session, kind, now) || mayPropose(session, kind, now),
      movableUntil: movableUntil(session),
      costMinor: 0,
      refundCapPercent: kind === 'client' ? refundCapAfterMove(session, now) : session.refundCapPercent,
    };
  }

  /**
   * Moves the session at once; the old time is given back in the same statement.
   *
   * @throws RescheduleNeedsConsent for a client with too little notice; ActionNotAllowed from the start on;
   *   SlotTaken with alternatives, NotBookable, AlreadyAtThisTime, VersionMismatch
   */
  async move(
    principal: Principal,
    sessionId: string,
    { startsAt, override }: RescheduleRequest,
    expectedVersion?: number,
  ): Promise<void> {
    const { coachId } = await this.queries.find(principal, sessionId);
    await this.database.transaction(async () => {
      await this.availability.lockCoach(coachId);
      const session = await this.writes.lock(coachId, sessionId);
      assertVersion(expectedVersion, session.version);
      const now = await this.clock.now();
      refuseWithoutRight(principal, session, now);
      if (startsAt.getTime() === session.startsAt.getTime()) throw new AlreadyAtThisTime();
      await this.coachTime.assertFree({
        ...neededBy(session, startsAt),
        override: principal.kind === 'coach' && override === true,
      });
      await this.moves.move({
        session,
        startsAt,
        actor: actorOf(principal),
        now,
        ...(principal.kind === 'client'
          ? { refundCapPercent: refundCapAfterMove(session, now) }
          : { freeCancellationUntil: freeCancellationAfterMove(session, now) }),
      });
    });
  }
}

function refuseWithoutRight({ kind }: Principal, session: SessionRecord, now: Date): void {
  if (mayReschedule(session, kind, now)) return;
  if (kind !== 'client' || !isMovable(session, now)) throw actionNotAllowed('reschedule', session, kind, now);
  throw new RescheduleNeedsConsent(
    session.policyRules.freeRescheduleHours,
    movableUntil(session),
    allowedActions(session, kind, now, 0),
  );
}
