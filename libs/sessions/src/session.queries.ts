import { Injectable } from '@nestjs/common';
import { reachableBy, type Principal } from '@app/accounts';
import { Database, sql } from '@app/database';
import { sessionColumns, type SessionRecord } from './session-record';
import { SessionNotFound } from './sessions.errors';

export interface TimelineRow {
  seq: number;
  at: Date;
  kind: string;
  actorKind: string;
  actorId: string | null;
  fromStatus: string | null;
  toStatus: string | null;
  outcome: string | null;
  reason: string | null;
  details: Record<string, unknown>;
}

@Injectable()
export class SessionQueries {
  constructor(private readonly database: Database) {}

  /** @throws SessionNotFound */
  async get(coachId: string, id: string): Promise<SessionRecord> {
    const session = await this.database.maybe(
      sql<SessionRecord>`select ${sessionColumns} from sessions s where s.coach_id = ${coachId} and s.id = ${id}`,
    );
    if (session === undefined) throw new SessionNotFound();
    return session;
  }

  /**
   * A session that this person may reach.
   *
   * @throws SessionNotFound also for somebody else's
   */
  async find(principal: Principal, id: string): Promise<SessionRecord> {
    const session = await this.database.maybe(
      sql<SessionRecord>`select ${sessionColumns} from sessions s where s.id = ${id} and ${reachableBy(principal, 's')}`,
    );
    if (session === undefined) throw new SessionNotFound();
    return session;
  }

  async timeline(coachId: string, id: string): Promise<TimelineRow[]> {
    return this.database.many(sql<TimelineRow>`
      select seq, at, kind, actor_kind as "actorKind", actor_id as "actorId", from_status as "fromStatus",
             to_status as "toStatus", outcome, reason, details
      from session_timeline where coach_id = ${coachId} and session_id = ${id} order by seq`);
  }

  /** Whether anything of this client is still to come (a client who is removed must have nothing). */
  async futureSessionIds(coachId: string, clientId: string): Promise<string[]> {
    const rows = await this.database.many(sql<{ id: string }>`
      select id from sessions where coach_id = ${coachId} and client_id = ${clientId}
        and status in ('held', 'scheduled') order by starts_at limit 100`);
    return rows.map((row) => row.id);
  }
}
