import { Injectable } from '@nestjs/common';
import { newId } from '@app/common';
import { Database, sql } from '@app/database';
import { Outbox } from '@app/outbox';
import { MailSettings } from './mail-settings';
import {
  notificationColumns,
  type NotificationKind,
  type NotificationPayload,
  type NotificationRecord,
} from './notification-record';
import { NotificationNotFound } from './notifications.errors';
import { notificationQueued } from './notifications.events';
import type { Addressee } from './recipients.service';

export interface NewNotification {
  coachId: string;
  /** Names the effect: written again under the same key, nothing happens. The recipient is added to it. */
  effect: string;
  kind: NotificationKind;
  to: Addressee;
  session?: { id: string; version: number };
  payload?: NotificationPayload;
}

/** Writes of `notifications`. Each row is written once; its fate is recorded as it is known. */
@Injectable()
export class NotificationRows {
  constructor(
    private readonly database: Database,
    private readonly outbox: Outbox,
    private readonly settings: MailSettings,
  ) {}

  /** Writes what is new among the messages, with the event that gets each sent, in one transaction. */
  async queue(notifications: readonly NewNotification[]): Promise<void> {
    if (notifications.length === 0) return;
    const rows = notifications.map((notification) => {
      const id = newId();
      const { coachId, effect, kind, to, session, payload } = notification;
      return sql`(${coachId}::uuid, ${id}::uuid, ${`${effect}:${to.kind}:${to.id}`}, ${kind}, ${to.kind}, ${to.id}::uuid, ${to.email},
        ${session?.id ?? null}::uuid, ${session?.version ?? null}::int, ${JSON.stringify(payload ?? {})}::jsonb,
        ${this.settings.messageId(id)}, 'queued', app_now())`;
    });
    await this.database.transaction(async () => {
      const written = await this.database.many(sql<{ coachId: string; id: string }>`
        insert into notifications (coach_id, id, effect_key, kind, recipient_kind, recipient_id, recipient_email, session_id,
          session_version, payload, message_id, state, created_at)
        values ${sql.join(rows)}
        on conflict (coach_id, effect_key) do nothing
        returning coach_id as "coachId", id`);
      await this.outbox.add(...written.map(notificationQueued));
    });
  }

  /** @throws NotificationNotFound */
  async get(coachId: string, id: string): Promise<NotificationRecord> {
    const row = await this.database.maybe(sql<NotificationRecord>`
      select ${notificationColumns} from notifications n where n.coach_id = ${coachId} and n.id = ${id}`);
    if (row === undefined) throw new NotificationNotFound();
    return row;
  }

  async markSent(row: NotificationRecord, subject: string, email: string): Promise<void> {
    await this.database.execute(sql`
      update notifications set state = 'sent', sent_at = app_now(), subject = ${subject}, recipient_email = ${email}, last_error = null,
        attempts = attempts + 1, version = version + 1
      where coach_id = ${row.coachId} and id = ${row.id} and state = 'queued'`);
  }

  async markSuppressed(row: NotificationRecord, reason: string): Promise<void> {
    await this.database.execute(sql`
      update notifications set state = 'suppressed', suppressed_reason = ${reason}, version = version + 1
      where coach_id = ${row.coachId} and id = ${row.id} and state = 'queued'`);
  }

  /** A failed try; `state` says whether there will be another. */
  async markFailed(
    row: NotificationRecord,
    error: string,
    state: 'queued' | 'bounced' | 'dead',
  ): Promise<void> {
    await this.database.execute(sql`
      update notifications set state = ${state}, last_error = ${error.slice(0, 500)}, attempts = attempts + 1, version = version + 1
      where coach_id = ${row.coachId} and id = ${row.id} and state = 'queued'`);
  }

  /** Queues a sent, bounced or dead message once more, under a name of its own: equal ones are dropped by mailboxes. */
  async requeue(row: NotificationRecord): Promise<void> {
    await this.database.execute(sql`
      update notifications set state = 'queued', attempts = 0, last_error = null, version = version + 1,
        message_id = ${this.settings.messageId(row.id, row.version)}
      where coach_id = ${row.coachId} and id = ${row.id}`);
    await this.outbox.add(notificationQueued(row));
  }
}
