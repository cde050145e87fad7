import { Injectable } from '@nestjs/common';
import { Availability, NotBookable, SlotTaken, type BookingFacts } from '@app/availability';
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

  /** @returns how many holds and proposals had run out */
  async clearSpent(coachId: string): Promise<number> {
    const holds = await this.holds.expireHolds(SWEPT_AT_ONCE, coachId);
    return holds + (await this.proposals.expireDue(SWEPT_AT_ONCE, coachId));
  }
}
