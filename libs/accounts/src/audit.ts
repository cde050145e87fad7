import { Injectable } from '@nestjs/common';
import { newId } from '@app/common';
import { Database, isInTransaction, sql, type RawBuilder } from '@app/database';
import type { Actor } from './actor';

/** One act on one object. `before` and `after` hold changed fields only, never secrets or private texts. */
export interface AuditEntry {
  coachId: string;
  actor: Actor;
  /** Dotted name of the act, such as `session.cancel`. */
  action: string;
  objectType: string;
  objectId: string;
  objectVersion?: number;
  cause?: string;
  before?: Record<string, unknown>;
  after?: Record<string, unknown>;
}

/** The statement that writes the entry; for use alone or inside `together`. */
export function insertAudit(entry: AuditEntry): RawBuilder<unknown> {
  return sql`insert into audit_entries
    (coach_id, id, at, actor_kind, actor_id, action, object_type, object_id, object_version, cause, request_id, before, after)
    values (${entry.coachId}::uuid, ${newId()}::uuid, app_now(), ${entry.actor.kind}, ${entry.actor.accountId}::uuid, ${entry.action},
      ${entry.objectType}, ${entry.objectId}::uuid, ${entry.objectVersion ?? null}::int, ${entry.cause ?? null}::text,
      ${entry.actor.requestId ?? null}::text, ${json(entry.before)}::jsonb, ${json(entry.after)}::jsonb)`;
}

function json(value: Record<string, unknown> | undefined): string | null {
  return value === undefined ? null : JSON.stringify(value);
}

@Injectable()
export class Audit {
  constructor(private readonly database: Database) {}

  /** Writes the entry in the transaction of its act. */
  async record(entry: AuditEntry): Promise<void> {
    if (!isInTransaction()) throw new Error('An act is audited in its own transaction.');
    await this.database.execute(insertAudit(entry));
  }
}
