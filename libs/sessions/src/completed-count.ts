import { sql, type RawBuilder } from '@app/database';

interface CountedSession {
  coachId: string;
  id: string;
  clientId: string;
  startsAt: Date;
}

/** A29, A30: completed sessions of the pair, and the start of the latest of them. */
export function countCompleted({ coachId, clientId, startsAt }: CountedSession): RawBuilder<unknown> {
  return sql`update clients set completed_sessions = completed_sessions + 1,
      last_session_at = greatest(last_session_at, ${startsAt}::timestamptz), version = version + 1
    where coach_id = ${coachId} and id = ${clientId}`;
}

/** Takes back what `countCompleted` counted. The client's row is locked before: what others completed is seen then. */
export function uncountCompleted({ coachId, id, clientId }: CountedSession): RawBuilder<unknown> {
  return sql`update clients set completed_sessions = completed_sessions - 1,
      last_session_at = (select max(o.starts_at) from sessions o
        where o.coach_id = ${coachId} and o.client_id = ${clientId} and o.status = 'completed' and o.id <> ${id}),
      version = version + 1
    where coach_id = ${coachId} and id = ${clientId}`;
}

/** Whoever counts a session of this client waits until the transaction ends. */
export function lockClient({ coachId, clientId }: CountedSession): RawBuilder<unknown> {
  return sql`select 1 from clients where coach_id = ${coachId} and id = ${clientId} for no key update`;
}
