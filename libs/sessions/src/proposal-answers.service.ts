import { Injectable } from '@nestjs/common';
import { Accounts, actorOf, assertVersion, Clients, type Actor, type Principal } from '@app/accounts';
import { Availability } from '@app/availability';
import { Clock } from '@app/common';
import { Database, together } from '@app/database';
import { insertMessages } from '@app/outbox';
import { CoachTime } from './coach-time.service';
import { FollowUpOffers, type OfferTaken } from './follow-up-offers.service';
import { ProposalLinks } from './proposal-links.service';
import type { ProposalRecord } from './proposal-record';
import { ProposalQueries } from './proposal.queries';
import { closeProposal } from './proposal-writes';
import { NotYoursToAnswer, ProposalClosed, TimeNotOffered, TimePassed } from './rescheduling.errors';
import { neededBy, SessionMoves } from './session-moves.service';
import type { SessionRecord } from './session-record';
import { SessionQueries } from './session.queries';
import { SessionWrites } from './session-writes';
import { proposalDeclined, proposalWithdrawn } from './sessions.events';

/** What somebody who holds the mailed link is shown. */
export interface LinkedProposal {
  proposal: ProposalRecord;
  session: SessionRecord;
  coachName: string;
  /** IANA zone of the client. */
  timezone: string;
}

/** Who answers, how, and the version that they have seen. */
interface Answerer {
  side: 'coach' | 'client';
  actor: Actor;
  via: 'app' | 'link';
  expectedVersion?: number;
}

/** What ends a proposal by somebody's will: the other side takes a time or declines, the maker withdraws. */
@Injectable()
export class ProposalAnswers {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly queries: ProposalQueries,
    private readonly links: ProposalLinks,
    private readonly accounts: Accounts,
    private readonly sessions: SessionQueries,
    private readonly writes: SessionWrites,
    private readonly moves: SessionMoves,
    private readonly availability: Availability,
    private readonly coachTime: CoachTime,
    private readonly offers: FollowUpOffers,
    private readonly clients: Clients,
  ) {}

  /**
   * The other side takes one of the times: the session moves there, or where it was missed another one is booked; the
   * other held times are free (A76, A104). The same time again is harmless.
   *
   * @throws ProposalNotFound, NotYoursToAnswer, ProposalClosed, TimeNotOffered, TimePassed; SlotTaken when a wished time,
   *   which nobody held, is no longer free, as `FollowUpOffers.take`; VersionMismatch
   */
  async accept(
    principal: Principal,
    proposalId: string,
    startsAt: Date,
    expectedVersion?: number,
  ): Promise<ProposalRecord> {
    const { coachId } = await this.queries.find(principal, proposalId);
    return this.take(coachId, proposalId, startsAt, answererOf(principal, expectedVersion));
  }

  /** The other side wants none of the times: the session's own stands. @throws as for `accept` */
  async decline(principal: Principal, proposalId: string, expectedVersion?: number): Promise<ProposalRecord> {
    const { coachId } = await this.queries.find(principal, proposalId);
    return this.refuse(coachId, proposalId, answererOf(principal, expectedVersion));
  }

  /** What the mailed link shows; it changes nothing. @throws ProposalLinkNotFound */
  async show(token: string): Promise<LinkedProposal> {
    const proposal = await this.links.proposal(token);
    const [session, coach, client] = await Promise.all([
      this.sessions.get(proposal.coachId, proposal.sessionId),
      this.accounts.principalOf(proposal.coachId),
      this.clients.byId(proposal.coachId, proposal.clientId),
    ]);
    return { proposal, session, coachName: coach.displayName, timezone: client.timezone };
  }

  /** The holder of the mailed link takes a time, as the client. @throws ProposalLinkNotFound, and as `accept` */
  async acceptByLink(token: string, startsAt: Date): Promise<ProposalRecord> {
    const linked = await this.links.proposal(token);
    return this.take(linked.coachId, linked.id, startsAt, await this.holderOf(linked));
  }

  /** The holder of the mailed link declines, as the client. @throws ProposalLinkNotFound, and as `decline` */
  async declineByLink(token: string): Promise<ProposalRecord> {
    const linked = await this.links.proposal(token);
    return this.refuse(linked.coachId, linked.id, await this.holderOf(linked));
  }

  /** Its maker takes it back; what was held is free. @throws NotYoursToAnswer, ProposalClosed, VersionMismatch */
  async withdraw(
    principal: Principal,
    proposalId: string,
    expectedVersion?: number,
  ): Promise<ProposalRecord> {
    const { coachId, sessionId } = await this.queries.find(principal, proposalId);
    const { side, actor } = answererOf(principal);
    return this.database.transaction(async () => {
      await this.writes.lock(coachId, sessionId);
      const proposal = await this.queries.get(coachId, proposalId);
      assertVersion(expectedVersion, proposal.version);
      const now = await this.clock.now();
      if (proposal.madeBy !== side) throw new NotYoursToAnswer('withdraw');
      if (proposal.status === 'withdrawn') return proposal;
      refuseClosed(proposal, now);
      await this.database.execute(
        together(
          ...closeProposal({ proposal, status: 'withdrawn', actor, now, via: 'app' }),
          insertMessages([proposalWithdrawn(proposal)]),
        ),
      );
      return this.queries.get(coachId, proposalId);
    });
  }

  private async take(
    coachId: string,
    proposalId: string,
    startsAt: Date,
    { side, actor, via, expectedVersion }: Answerer,
  ): Promise<ProposalRecord> {
    const { sessionId } = await this.queries.get(coachId, proposalId);
    return this.database.transaction(async () => {
      await this.availability.lockCoach(coachId);
      const session = await this.writes.lock(coachId, sessionId);
      const proposal = await this.queries.get(coachId, proposalId);
      assertVersion(expectedVersion, proposal.version);
      const now = await this.clock.now();
      if (proposal.madeBy === side) throw new NotYoursToAnswer('answer');
      if (proposal.status === 'accepted' && proposal.chosenStartsAt?.getTime() === startsAt.getTime())
        return proposal;
      refuseClosed(proposal, now);
      if (!proposal.times.some((time) => time.getTime() === startsAt.getTime()))
        throw new TimeNotOffered(proposal.times);
      if (startsAt <= now) throw new TimePassed();
      if (proposal.purpose === 'book_next')
        await this.offers.take({ proposal, session, startsAt, actor, now, via });
      else await this.moveThere({ proposal, session, startsAt, actor, now, via });
      return this.queries.get(coachId, proposalId);
    });
  }

  private async moveThere({ proposal, session, startsAt, actor, now, via }: OfferTaken): Promise<void> {
    // A wish was held for nobody; its hours were looked at when it was made, so that the coach may grant it.
    if (proposal.madeBy === 'client')
      await this.coachTime.assertFree({ ...neededBy(session, startsAt), override: true });
    await this.database.execute(
      together(...closeProposal({ proposal, status: 'accepted', actor, now, chosenStartsAt: startsAt, via })),
    );
    const { refundCapPercent } = proposal;
    await this.moves.move({
      session,
      startsAt,
      actor,
      now,
      details: { proposalId: proposal.id, via },
      ...(refundCapPercent === null ? {} : { refundCapPercent }),
    });
  }

  private async refuse(
    coachId: string,
    proposalId: string,
    { side, actor, via, expectedVersion }: Answerer,
  ): Promise<ProposalRecord> {
    const { sessionId } = await this.queries.get(coachId, proposalId);
    return this.database.transaction(async () => {
      await this.writes.lock(coachId, sessionId);
      const proposal = await this.queries.get(coachId, proposalId);
      assertVersion(expectedVersion, proposal.version);
      const now = await this.clock.now();
      if (proposal.madeBy === side) throw new NotYoursToAnswer('answer');
      if (proposal.status === 'declined') return proposal;
      refuseClosed(proposal, now);
      await this.database.execute(
        together(
          ...closeProposal({ proposal, status: 'declined', actor, now, via }),
          insertMessages([proposalDeclined(proposal)]),
        ),
      );
      return this.queries.get(coachId, proposalId);
    });
  }

  private async holderOf({ coachId, clientId }: ProposalRecord): Promise<Answerer> {
    const { accountId } = await this.clients.byId(coachId, clientId);
    return { side: 'client', actor: { kind: 'client', accountId }, via: 'link' };
  }
}

function answererOf(principal: Principal, expectedVersion?: number): Answerer {
  return {
    side: principal.kind === 'coach' ? 'coach' : 'client',
    actor: actorOf(principal),
    via: 'app',
    ...(expectedVersion === undefined ? {} : { expectedVersion }),
  };
}

/** One that has run out is closed, though the worker has not come by yet. */
function refuseClosed({ status, expiresAt }: ProposalRecord, now: Date): void {
  if (status !== 'open') throw new ProposalClosed(status);
  if (expiresAt <= now) throw new ProposalClosed('expired');
}
