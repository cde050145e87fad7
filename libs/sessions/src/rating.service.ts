import { Injectable } from '@nestjs/common';
import { actorOf, assertVersion, Audit, type Principal } from '@app/accounts';
import { Clock } from '@app/common';
import { Database, sql } from '@app/database';
import { mayRate } from './domain/rating';
import { actionNotAllowed } from './session-actions';
import { SessionQueries } from './session.queries';
import { insertTimelineEntry, SessionWrites } from './session-writes';

export interface Rating {
  /** 1 to 5. */
  rating: number;
  comment: string | null;
}

/** The client's rating of a completed session: once, changeable for 14 days (domain.md 14). */
@Injectable()
export class Ratings {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly queries: SessionQueries,
    private readonly writes: SessionWrites,
    private readonly audit: Audit,
  ) {}

  /** @throws ActionNotAllowed unless it is completed, and more than 14 days after the first rating; VersionMismatch */
  async rate(
    principal: Principal,
    sessionId: string,
    given: Rating,
    expectedVersion?: number,
  ): Promise<void> {
    const { coachId } = await this.queries.find(principal, sessionId);
    await this.database.transaction(async () => {
      const session = await this.writes.lock(coachId, sessionId);
      assertVersion(expectedVersion, session.version);
      const now = await this.clock.now();
      if (!mayRate(session, now)) throw actionNotAllowed('rate', session, principal.kind, now);
      const actor = actorOf(principal);
      await this.database.execute(sql`
        update sessions set rating = ${given.rating}::int, rating_comment = ${given.comment}::text,
          rated_at = coalesce(rated_at, ${now}::timestamptz), version = version + 1, updated_at = ${now}::timestamptz
        where coach_id = ${coachId} and id = ${sessionId}`);
      await this.database.execute(
        insertTimelineEntry({
          coachId,
          sessionId,
          at: now,
          kind: session.rating === null ? 'rated' : 'rating_changed',
          actor,
          fromStatus: null,
          toStatus: null,
          details: { rating: given.rating },
        }),
      );
      await this.audit.record({
        coachId,
        actor,
        action: 'session.rate',
        objectType: 'session',
        objectId: sessionId,
        objectVersion: session.version + 1,
        before: { rating: session.rating },
        after: { rating: given.rating },
      });
    });
  }
}
