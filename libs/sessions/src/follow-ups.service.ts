import { Injectable } from '@nestjs/common';
import { actorOf, assertVersion, Audit, type Principal } from '@app/accounts';
import { Availability } from '@app/availability';
import { Clock } from '@app/common';
import { Database, sql, together } from '@app/database';
import { insertMessages } from '@app/outbox';
import { mayFollowUp } from './domain/no-show';
import { FollowUpOffers, type FollowUpOffer } from './follow-up-offers.service';
import { actionNotAllowed } from './session-actions';
import { SessionQueries } from './session.queries';
import { insertTimelineEntry, SessionWrites } from './session-writes';
import { followUpSent } from './sessions.events';

/** What a follow-up says when the coach writes nothing of their own. */
export const FOLLOW_UP_TEMPLATES = {
  missed_you: 'I missed you in our session and hope that all is well. Write to me whenever you like.',
  new_time: 'I missed you in our session and hope that all is well. Shall we find another time?',
} as const;

export type FollowUpTemplate = keyof typeof FOLLOW_UP_TEMPLATES;

export interface FollowUpRequest {
  template: FollowUpTemplate;
  /** Words of the coach's own in place of the template's. */
  message?: string;
  /** New times that the client can take. */
  offer?: FollowUpOffer;
}

/** The one message to a client after a session that they missed (domain.md 9). */
@Injectable()
export class FollowUps {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly queries: SessionQueries,
    private readonly writes: SessionWrites,
    private readonly audit: Audit,
    private readonly availability: Availability,
    private readonly offers: FollowUpOffers,
  ) {}

  /**
   * @throws ActionNotAllowed unless the client missed the session, and a second time; VersionMismatch; with times as
   *   `FollowUpOffers.make`
   */
  async send(
    principal: Principal,
    sessionId: string,
    { template, message, offer }: FollowUpRequest,
    expectedVersion?: number,
  ): Promise<void> {
    const { coachId } = await this.queries.find(principal, sessionId);
    await this.database.transaction(async () => {
      if (offer !== undefined) await this.availability.lockCoach(coachId);
      const session = await this.writes.lock(coachId, sessionId);
      assertVersion(expectedVersion, session.version);
      const now = await this.clock.now();
      if (!mayFollowUp(session)) throw actionNotAllowed('follow_up', session, principal.kind, now);
      const actor = actorOf(principal);
      const proposalId = offer === undefined ? null : await this.offers.make(principal, session, offer, now);
      await this.database.execute(
        together(
          sql`update sessions set followed_up_at = ${now}::timestamptz, version = version + 1, updated_at = ${now}::timestamptz
            where coach_id = ${coachId} and id = ${sessionId}`,
          sql`insert into follow_ups (coach_id, session_id, template, message, proposal_id, sent_by, sent_at)
            values (${coachId}::uuid, ${sessionId}::uuid, ${template}, ${message ?? FOLLOW_UP_TEMPLATES[template]},
              ${proposalId}::uuid, ${principal.accountId}::uuid, ${now}::timestamptz)`,
          insertTimelineEntry({
            coachId,
            sessionId,
            at: now,
            kind: 'follow_up_sent',
            actor,
            fromStatus: null,
            toStatus: null,
            reason: 'A message was sent to the client who missed the session.',
            details: { template, ...(proposalId === null ? {} : { proposalId }) },
          }),
          insertMessages([followUpSent(session, session.version + 1)]),
        ),
      );
      await this.audit.record({
        coachId,
        actor,
        action: 'session.follow_up',
        objectType: 'session',
        objectId: sessionId,
        objectVersion: session.version + 1,
        after: { template, ...(proposalId === null ? {} : { proposalId }) },
      });
    });
  }
}
