import { Injectable } from '@nestjs/common';
import { Database, sql } from '@app/database';

export interface GoalOfClient {
  id: string;
  title: string;
  description: string;
  /** Local date. */
  targetOn: string | null;
  progressPercent: number;
  ofThisSession: boolean;
}

/** What a coach looks at before a session (A52). */
@Injectable()
export class SessionBriefQueries {
  constructor(private readonly database: Database) {}

  /** Active goals of the session's client, those of this session first. */
  async goals(coachId: string, sessionId: string): Promise<GoalOfClient[]> {
    return this.database.many(sql<GoalOfClient>`
      select g.id, g.title, g.description, g.target_on as "targetOn", g.progress_percent as "progressPercent",
        l.goal_id is not null as "ofThisSession"
      from sessions s join goals g on g.coach_id = s.coach_id and g.client_id = s.client_id and g.status = 'active'
      left join session_goals l on l.coach_id = g.coach_id and l.goal_id = g.id and l.session_id = s.id
      where s.coach_id = ${coachId} and s.id = ${sessionId}
      order by l.goal_id is null, g.id`);
  }

  /** Notes of the client's sessions up to this one: the latest session's first, within a session the newest first. */
  async noteIds(coachId: string, sessionId: string, most: number): Promise<string[]> {
    const rows = await this.database.many(sql<{ id: string }>`
      select n.id from sessions s
      join sessions o on o.coach_id = s.coach_id and o.client_id = s.client_id and o.starts_at <= s.starts_at
      join notes n on n.coach_id = o.coach_id and n.session_id = o.id and n.deleted_at is null
      where s.coach_id = ${coachId} and s.id = ${sessionId}
      order by o.starts_at desc, n.id desc limit ${most}`);
    return rows.map(({ id }) => id);
  }
}
