import { parsePublicId } from '@app/common';
import { sql } from '@app/database';
import type { TestApp } from './test-app';

export interface Move {
  from: string | null;
  to: string;
  outcome: string | null;
  by: string;
}

/** What the timeline of a session tells of its status, oldest first. */
export async function movesOf(app: TestApp, sessionId: string): Promise<Move[]> {
  return app.database.many(sql<Move>`
    select from_status as "from", to_status as "to", outcome, actor_kind as "by" from session_timeline
    where session_id = ${plain(sessionId)}::uuid and to_status is not null order by seq`);
}

/** What was audited of a session, oldest first. */
export async function auditOf(app: TestApp, sessionId: string): Promise<string[]> {
  const rows = await app.database.many(sql<{ action: string }>`
    select action from audit_entries where object_type = 'session' and object_id = ${plain(sessionId)}::uuid order by at, id`);
  return rows.map(({ action }) => action);
}

/** Types of what was announced of a session by the sessions module, oldest first. */
export async function announcedOf(app: TestApp, sessionId: string): Promise<string[]> {
  const rows = await app.database.many(sql<{ type: string }>`
    select type from outbox_messages
    where type like 'sessions.%' and payload ->> 'sessionId' = ${plain(sessionId)} order by created_at, id`);
  return rows.map(({ type }) => type.replace('sessions.', ''));
}

function plain(sessionId: string): string {
  return parsePublicId('session', sessionId) ?? '';
}
