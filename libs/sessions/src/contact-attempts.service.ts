import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, newId, SecretBox, type SharedConfig } from '@app/common';
import { Database, sql } from '@app/database';

export const CONTACT_CHANNELS = ['phone', 'email', 'message', 'video', 'other'] as const;

/** A try to reach a client who is not there (A102): the coach's own, and sealed. */
export interface ContactAttempt {
  at: Date;
  channel: (typeof CONTACT_CHANNELS)[number];
  note: string | null;
}

interface NewContactAttempt extends ContactAttempt {
  coachId: string;
  sessionId: string;
  noShowId: string;
  recordedBy: string;
  now: Date;
}

interface Row {
  coachId: string;
  id: string;
  at: Date;
  channel: ContactAttempt['channel'];
  ciphertext: Buffer | null;
  keyId: string | null;
}

@Injectable()
export class ContactAttempts {
  private readonly box: SecretBox;

  constructor(
    private readonly database: Database,
    @Inject(CONFIG) config: SharedConfig,
  ) {
    this.box = new SecretBox(config.ENCRYPTION_KEYS);
  }

  async record(attempt: NewContactAttempt): Promise<void> {
    const id = newId();
    const { coachId, note } = attempt;
    const sealed = note === null ? null : this.box.seal(note, contextOf(coachId, id));
    await this.database.execute(sql`
      insert into contact_attempts (coach_id, id, session_id, no_show_id, at, channel, note_ciphertext, key_id, recorded_by, recorded_at)
      values (${coachId}::uuid, ${id}::uuid, ${attempt.sessionId}::uuid, ${attempt.noShowId}::uuid, ${attempt.at}::timestamptz,
        ${attempt.channel}, ${sealed?.ciphertext ?? null}::bytea, ${sealed?.keyId ?? null}::text, ${attempt.recordedBy}::uuid,
        ${attempt.now}::timestamptz)`);
  }

  /** Oldest first; for the coach alone. */
  async ofSession(coachId: string, sessionId: string): Promise<ContactAttempt[]> {
    const rows = await this.database.many(sql<Row>`
      select coach_id as "coachId", id, at, channel, note_ciphertext as ciphertext, key_id as "keyId" from contact_attempts
      where coach_id = ${coachId} and session_id = ${sessionId} order by id`);
    return rows.map(({ at, channel, ...row }) => ({ at, channel, note: this.noteOf(row) }));
  }

  private noteOf({ coachId, id, ciphertext, keyId }: Omit<Row, 'at' | 'channel'>): string | null {
    if (ciphertext === null || keyId === null) return null;
    return this.box.open({ ciphertext, keyId }, contextOf(coachId, id));
  }
}

function contextOf(coachId: string, id: string): string {
  return `contact_attempts:${coachId}:${id}`;
}
