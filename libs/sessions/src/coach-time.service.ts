import { Injectable } from '@nestjs/common';
import {
  Availability,
  isClaim,
  NotBookable,
  SlotTaken,
  type BookingFacts,
  type TimeAnswer,
} from '@app/availability';
import { ProposalSweeps } from './proposal-sweeps.service';
import { SessionSweeps } from './session-sweeps.service';

const SWEPT_AT_ONCE = 100;

/** A coach's time for those who hold the coach's lock: what has run out stands in nobody's way (reliability.md R2). */
@Injectable()
export class CoachTime {
  constructor(
    private readonly availability: Availability,
    private readonly holds: SessionSweeps,
    private readonly proposals: ProposalSweeps,
  ) {}

  /**
   * Checks a start under the coach's lock; where it is refused, what has run out is cleared away first.
   *
   * @returns business time of the check
   * @throws SlotTaken, NotBookable
   */
  async assertFree(wanted: BookingFacts): Promise<Date> {
    try {
      return await this.availability.assertFree(wanted);
    } catch (error) {
      const mayBeSpent = error instanceof SlotTaken || error instanceof NotBookable;
      if (!mayBeSpent || (await this.clearSpent(wanted.coachId)) === 0) throw error;
      return this.availability.assertFree(wanted);
    }
  }

  /**
   * Checks times of which one will be taken, under the coach's lock; where one is refused, what has run out is cleared
   * away first.
   *
   * @param times of one session or offering, by whose hours they are judged; `override` holds for all
   * @throws SlotTaken, NotBookable for the first that is refused
   */
  async assertEachFree(times: readonly BookingFacts[]): Promise<void> {
    const [first] = times;
    if (first === undefined || (await this.firstRefused(first, times)) === undefined) return;
    await this.clearSpent(first.coachId);
    const refused = await this.firstRefused(first, times);
    if (refused === undefined) return;
    if (refused.reasons.some(isClaim))
      throw this.availability.slotTaken({ ...first, startsAt: refused.startsAt });
    throw new NotBookable(refused.reasons);
  }

  private async firstRefused(
    { coachId, offeringId, override, exceptSessionId }: BookingFacts,
    wanted: readonly BookingFacts[],
  ): Promise<TimeAnswer | undefined> {
    const answers = await this.availability.check({
      coachId,
      wanted,
      oneOf: true,
      exceptSessionIds: exceptSessionId === undefined ? [] : [exceptSessionId],
      ...(offeringId === undefined ? {} : { offeringId }),
      ...(override === undefined ? {} : { override }),
    });
    return answers.find(({ free }) => !free);
  }

  /** @returns how many holds and proposals had run out */
  async clearSpent(coachId: string): Promise<number> {
    const holds = await this.holds.expireHolds(SWEPT_AT_ONCE, coachId);
    return holds + (await this.proposals.expireDue(SWEPT_AT_ONCE, coachId));
  }
}
