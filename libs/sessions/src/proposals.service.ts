import { Injectable } from '@nestjs/common';
import { actorOf, assertVersion, CoachSettings, type Principal } from '@app/accounts';
import { Availability, claimedTime, CLAIMS_NEVER_OVERLAP, insertProposedTimes } from '@app/availability';
import { Clock, newId, publicId } from '@app/common';
import { Database, together, violates } from '@app/database';
import { insertMessages } from '@app/outbox';
import { LastStarts } from '@app/packages';
import { CoachTime } from './coach-time.service';
import {
  faultOfTimes,
  mayAskForOtherTimes,
  mayPropose,
  MOST_OPEN_REQUESTS,
  MOST_TIMES,
  proposalEnd,
} from './domain/rescheduling';
import { refundCapAfterMove } from './refund-cap';
import type { ProposalRecord } from './proposal-record';
import { ProposalQueries } from './proposal.queries';
import { closeProposal, insertProposal } from './proposal-writes';
import { ProposalAlreadyOpen, TimesRefused, TooManyRequests } from './rescheduling.errors';
import { actionNotAllowed } from './session-actions';
import { neededBy } from './session-moves.service';
import type { SessionRecord } from './session-record';
import { SessionQueries } from './session.queries';
import { SessionWrites } from './session-writes';
import { proposalMade } from './sessions.events';

export interface ProposalRequest {
  /** Offered by a coach, and held; wished for by a client, and not held. */
  times: Date[];
  /** Words for the other side. */
  message?: string;
  /** A coach passes hours, notice, horizon and caps. */
  override?: boolean;
}

/** Makes proposals: a coach offers times, a client asks for some (domain.md 7). */
@Injectable()
export class Proposals {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly sessions: SessionQueries,
    private readonly writes: SessionWrites,
    private readonly queries: ProposalQueries,
    private readonly availability: Availability,
    private readonly coachTime: CoachTime,
    private readonly settings: CoachSettings,
    private readonly lastStarts: LastStarts,
  ) {}

  /**
   * The session keeps its time until the other side agrees. A coach's times answer the client's request, if one is open.
   *
   * @throws ActionNotAllowed from the start on; TimesRefused, ProposalAlreadyOpen, TooManyRequests; SlotTaken,
   *   NotBookable for times that are not free; VersionMismatch of the session
   */
  async propose(
    principal: Principal,
    sessionId: string,
    request: ProposalRequest,
    expectedVersion?: number,
  ): Promise<ProposalRecord> {
    const { coachId } = await this.sessions.find(principal, sessionId);
    return this.database.transaction(async () => {
      await this.availability.lockCoach(coachId);
      const session = await this.writes.lock(coachId, sessionId);
      assertVersion(expectedVersion, session.version);
      const now = await this.clock.now();
      const { kind } = principal;
      if (!mayPropose(session, kind, now) && !mayAskForOtherTimes(session, kind, now))
        throw actionNotAllowed('propose', session, kind, now);
      const madeBy = kind === 'coach' ? 'coach' : 'client';
      refuseTimes(request.times, session, madeBy);
      const answered = await this.whatItAnswers(session, madeBy);
      if (madeBy === 'client') await this.refuseTooMany(session);
      await this.lastStarts.assertInTime(session, request.times);
      const override = madeBy === 'coach' && request.override === true;
      await this.coachTime.assertEachFree(
        request.times.map((startsAt) => ({ ...neededBy(session, startsAt), override })),
      );
      const { proposalHours } = await this.settings.get(coachId);
      const proposal = proposalOf(session, madeBy, request, answered, now, proposalHours);
      await this.write(principal, proposal, session, answered);
      return this.queries.get(coachId, proposal.id);
    });
  }

  /** The client's open request when the coach offers times; @throws ProposalAlreadyOpen for any other that is open */
  private async whatItAnswers(
    session: SessionRecord,
    madeBy: 'coach' | 'client',
  ): Promise<ProposalRecord | undefined> {
    let open = await this.queries.openOf(session.coachId, session.id);
    if (open !== undefined && open.expiresAt <= (await this.clock.now())) {
      await this.coachTime.clearSpent(session.coachId);
      open = await this.queries.openOf(session.coachId, session.id);
    }
    if (open === undefined || (open.madeBy === 'client' && madeBy === 'coach')) return open;
    throw new ProposalAlreadyOpen({ proposalId: publicId('proposal', open.id), madeBy: open.madeBy });
  }

  private async refuseTooMany({ coachId, clientId }: SessionRecord): Promise<void> {
    if ((await this.queries.openRequests(coachId, clientId)) >= MOST_OPEN_REQUESTS)
      throw new TooManyRequests(MOST_OPEN_REQUESTS);
  }

  private async write(
    principal: Principal,
    proposal: ProposalRecord,
    session: SessionRecord,
    answered: ProposalRecord | undefined,
  ): Promise<void> {
    const actor = actorOf(principal);
    const { coachId, sessionId, times, expiresAt, createdAt: now } = proposal;
    // First, and by itself: only one proposal of a session is open at any moment.
    if (answered !== undefined)
      await this.database.execute(
        together(...closeProposal({ proposal: answered, status: 'answered', actor, now, via: 'app' })),
      );
    const spans = times.map((startsAt) => claimedTime(startsAt, neededBy(session, startsAt)));
    try {
      await this.database.execute(
        together(
          ...insertProposal(proposal, actor),
          ...(proposal.madeBy === 'coach' ? [insertProposedTimes(coachId, sessionId, spans, expiresAt)] : []),
          insertMessages([proposalMade(proposal)]),
        ),
      );
    } catch (error) {
      if (violates(error, CLAIMS_NEVER_OVERLAP))
        throw this.availability.slotTaken(neededBy(session, times[0] ?? session.startsAt));
      throw error;
    }
  }
}

function refuseTimes(times: readonly Date[], session: SessionRecord, madeBy: 'coach' | 'client'): void {
  const fault = faultOfTimes(times, session);
  if (fault !== null) throw new TimesRefused(fault);
  if (times.length > MOST_TIMES[madeBy]) throw new TimesRefused(`At most ${MOST_TIMES[madeBy]} times.`);
  if (madeBy === 'coach' && times.length === 0) throw new TimesRefused('Offer at least one time.');
}

function proposalOf(
  session: SessionRecord,
  madeBy: 'coach' | 'client',
  request: ProposalRequest,
  answered: ProposalRecord | undefined,
  now: Date,
  proposalHours: number,
): ProposalRecord {
  return {
    coachId: session.coachId,
    id: newId(),
    sessionId: session.id,
    clientId: session.clientId,
    purpose: 'move',
    madeBy,
    message: request.message ?? null,
    times: request.times.toSorted((a, b) => a.getTime() - b.getTime()),
    durationMinutes: neededBy(session, session.startsAt).durationMinutes,
    sessionStartsAt: session.startsAt,
    // Who asks to move the session gives up what cancelling would no longer have given; the coach's own wish costs nothing.
    refundCapPercent:
      madeBy === 'client' ? refundCapAfterMove(session, now) : (answered?.refundCapPercent ?? null),
    answersId: answered?.id ?? null,
    nextSessionId: null,
    status: 'open',
    chosenStartsAt: null,
    createdAt: now,
    expiresAt: proposalEnd(session.startsAt, proposalHours, now),
    closedAt: null,
    version: 1,
  };
}
