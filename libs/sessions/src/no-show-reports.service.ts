import { Injectable } from '@nestjs/common';
import { actorOf, assertVersion, Audit, type Principal } from '@app/accounts';
import { Clock } from '@app/common';
import { Database, sql, together } from '@app/database';
import { insertMessages } from '@app/outbox';
import { mayReportNoShow } from './domain/no-show';
import { actionNotAllowed } from './session-actions';
import { SessionQueries } from './session.queries';
import { insertTimelineEntry, SessionWrites } from './session-writes';
import { noShowReported } from './sessions.events';

/** A client's word that the coach did not come; nothing is decided by it (domain.md 9). */
@Injectable()
export class NoShowReports {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly queries: SessionQueries,
    private readonly writes: SessionWrites,
    private readonly audit: Audit,
  ) {}

  /** @throws ActionNotAllowed before the waiting time is over, more than 7 days after the end, and a second time; VersionMismatch */
  async report(
    principal: Principal,
    sessionId: string,
    message: string | null,
    expectedVersion?: number,
  ): Promise<void> {
    const { coachId } = await this.queries.find(principal, sessionId);
    await this.database.transaction(async () => {
      const session = await this.writes.lock(coachId, sessionId);
      assertVersion(expectedVersion, session.version);
      const now = await this.clock.now();
      if (!mayReportNoShow(session, now))
        throw actionNotAllowed('report_no_show', session, principal.kind, now);
      const actor = actorOf(principal);
      await this.database.execute(
        together(
          sql`update sessions set no_show_reported_at = ${now}::timestamptz, version = version + 1, updated_at = ${now}::timestamptz
            where coach_id = ${coachId} and id = ${sessionId}`,
          sql`insert into no_show_reports (coach_id, session_id, message, reported_by, reported_at)
            values (${coachId}::uuid, ${sessionId}::uuid, ${message}::text, ${principal.accountId}::uuid, ${now}::timestamptz)`,
          insertTimelineEntry({
            coachId,
            sessionId,
            at: now,
            kind: 'no_show_reported',
            actor,
            fromStatus: null,
            toStatus: null,
            reason: 'The client reported that the coach did not come.',
          }),
          insertMessages([noShowReported(session, session.version + 1)]),
        ),
      );
      await this.audit.record({
        coachId,
        actor,
        action: 'session.report_no_show',
        objectType: 'session',
        objectId: sessionId,
        objectVersion: session.version + 1,
      });
    });
  }
}
