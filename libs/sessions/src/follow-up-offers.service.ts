import { Injectable } from '@nestjs/common';
import { Accounts, actorOf, CoachSettings, type Actor, type Principal } from '@app/accounts';
import {
  Availability,
  claimedTime,
  CLAIMS_NEVER_OVERLAP,
  insertProposedTimes,
  releaseProposedTimes,
  type BookingFacts,
} from '@app/availability';
import { newId } from '@app/common';
import { Database, together, violates } from '@app/database';
import { Bookings } from './booking.service';
import { CoachTime } from './coach-time.service';
import { faultOfTimes, MOST_TIMES, offerEnd } from './domain/rescheduling';
import { NextBookings } from './next-booking.service';
import type { ProposalRecord } from './proposal-record';
import { closeProposal, insertProposal } from './proposal-writes';
import { TimesRefused } from './rescheduling.errors';
import type { SessionRecord } from './session-record';

export interface FollowUpOffer {
  /** 1 to 5, each held until one is taken or the offer ends. */
  times: Date[];
  /** A coach passes hours, notice, horizon and caps. */
  override?: boolean;
}

/** A client's choice among the times of a follow-up. */
export interface OfferTaken {
  proposal: ProposalRecord;
  /** The one that was missed, under its lock; the coach is locked too. */
  session: SessionRecord;
  startsAt: Date;
  actor: Actor;
  now: Date;
  via: 'app' | 'link';
}

/**
 * New times for a client who missed a session (A104): an offer like that of other times, but who takes one has another
 * session, booked after the one that was missed. It is the coach's booking: of the same offering, paid in the same way, its
 * terms accepted where it is confirmed or paid.
 */
@Injectable()
export class FollowUpOffers {
  constructor(
    private readonly database: Database,
    private readonly accounts: Accounts,
    private readonly settings: CoachSettings,
    private readonly availability: Availability,
    private readonly coachTime: CoachTime,
    private readonly bookings: Bookings,
    private readonly next: NextBookings,
  ) {}

  /**
   * Holds the times for the client; coach and session are locked.
   *
   * @returns the id of the proposal
   * @throws TimesRefused; SlotTaken, NotBookable for times that are not free; and as `Bookings.needed` when the offering
   *   cannot be booked like the missed session any more
   */
  async make(
    principal: Principal,
    session: SessionRecord,
    { times, override }: FollowUpOffer,
    now: Date,
  ): Promise<string> {
    refuseTimes(times, session);
    const { coachId, id: sessionId, offeringId, clientId, funding } = session;
    const minutes = await this.bookings.needed(principal, { offeringId, clientId, funding });
    const wanted = times.map((startsAt): BookingFacts => ({
      coachId,
      offeringId,
      startsAt,
      override: override === true,
      ...minutes,
    }));
    await this.coachTime.assertEachFree(wanted);
    const { proposalHours } = await this.settings.get(coachId);
    const proposal = proposalOf(
      session,
      times,
      minutes.durationMinutes,
      offerEnd(times, proposalHours, now),
      now,
    );
    const spans = wanted.map((each) => claimedTime(each.startsAt, each));
    try {
      await this.database.execute(
        together(
          ...insertProposal(proposal, actorOf(principal)),
          insertProposedTimes(coachId, sessionId, spans, proposal.expiresAt),
        ),
      );
    } catch (error) {
      const [first] = wanted;
      if (first !== undefined && violates(error, CLAIMS_NEVER_OVERLAP))
        throw this.availability.slotTaken(first);
      throw error;
    }
    return proposal.id;
  }

  /**
   * Books the session at the time that was held, and frees the others with it.
   *
   * @throws SlotTaken when the offering takes more time by now than was held; and as `Bookings.book`
   */
  async take({ proposal, session, startsAt, actor, now, via }: OfferTaken): Promise<void> {
    const { coachId, id: sessionId, offeringId, clientId, funding } = session;
    const coach = await this.accounts.principalOf(coachId);
    await this.database.execute(releaseProposedTimes(coachId, sessionId));
    const booked = await this.next.bookAfter(
      session,
      coach,
      // The coach looked at the hours when the time was offered.
      { offeringId, clientId, funding, startsAt, override: true },
      { actor, proposalId: proposal.id, via },
    );
    const nextSessionId = booked.sessionId;
    await this.database.execute(
      together(
        ...closeProposal({
          proposal,
          status: 'accepted',
          actor,
          now,
          chosenStartsAt: startsAt,
          nextSessionId,
          via,
        }),
      ),
    );
  }
}

function refuseTimes(times: readonly Date[], session: SessionRecord): void {
  const fault = faultOfTimes(times, session);
  if (fault !== null) throw new TimesRefused(fault);
  if (times.length === 0 || times.length > MOST_TIMES.coach)
    throw new TimesRefused(`Offer 1 to ${MOST_TIMES.coach} times.`);
}

function proposalOf(
  { coachId, id: sessionId, clientId, startsAt }: SessionRecord,
  times: readonly Date[],
  durationMinutes: number,
  expiresAt: Date,
  now: Date,
): ProposalRecord {
  return {
    coachId,
    id: newId(),
    sessionId,
    clientId,
    purpose: 'book_next',
    madeBy: 'coach',
    // The words are the follow-up's.
    message: null,
    times: times.toSorted((a, b) => a.getTime() - b.getTime()),
    durationMinutes,
    sessionStartsAt: startsAt,
    refundCapPercent: null,
    answersId: null,
    nextSessionId: null,
    status: 'open',
    chosenStartsAt: null,
    createdAt: now,
    expiresAt,
    closedAt: null,
    version: 1,
  };
}
