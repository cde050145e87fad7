import { Injectable } from '@nestjs/common';
import { newId } from '@app/common';
import { Database, isInTransaction, sql, type RawBuilder } from '@app/database';

/** Coach of a message that belongs to no coach (accounts, platform acts). */
export const PLATFORM = '00000000-0000-0000-0000-000000000000';

/** A domain event: something that has happened, in past tense, such as `sessions.session_cancelled`. */
export interface DomainEvent {
  type: string;
  coachId: string;
  /** Ids, and facts that may change later. No personal data: the queue sees it. */
  payload: Record<string, string | number | boolean | null>;
}

/** The statement that writes the messages; for use alone or inside `together`. */
export function insertMessages(events: readonly DomainEvent[]): RawBuilder<unknown> {
  const rows = events.map(
    (event) =>
      sql`(${event.coachId}::uuid, ${newId()}::uuid, ${event.type}::text, ${JSON.stringify(event.payload)}::jsonb)`,
  );
  return sql`insert into outbox_messages (coach_id, id, type, payload) values ${sql.join(rows)}`;
}

@Injectable()
export class Outbox {
  constructor(private readonly database: Database) {}

  /** Announces events in the transaction of the change they report. */
  async add(...events: DomainEvent[]): Promise<void> {
    if (!isInTransaction()) throw new Error('An event is announced in the transaction of its change.');
    if (events.length > 0) await this.database.execute(insertMessages(events));
  }
}
