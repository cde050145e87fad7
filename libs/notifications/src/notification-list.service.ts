import { Injectable } from '@nestjs/common';
import { actorOf, assertVersion, Audit, type Principal } from '@app/accounts';
import { Clock } from '@app/common';
import { Database, sql, type RawBuilder } from '@app/database';
import { ACCOUNT_KINDS, notificationColumns, type NotificationRecord } from './notification-record';
import { NotificationNotFound, NotResendable, SentJustNow } from './notifications.errors';
import { NotificationRows } from './notification-rows';

const RESEND_PAUSE_SECONDS = 60;

/** A person's list of messages, and how each was delivered (A168). */
@Injectable()
export class NotificationList {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly audit: Audit,
    private readonly rows: NotificationRows,
  ) {}

  /**
   * The reader's own messages, newest first; one row more than `limit` says that there are more. With a session, a coach
   * or admin sees what both sides were told of it.
   *
   * @param before id of the last row of the page before
   */
  async list(
    principal: Principal,
    filter: { sessionId?: string; unread?: boolean; limit: number; before?: string },
  ): Promise<NotificationRecord[]> {
    const who = filter.sessionId === undefined ? addressedTo(principal) : visibleTo(principal);
    const conditions: RawBuilder<unknown>[] = [who];
    if (filter.sessionId !== undefined) conditions.push(sql`n.session_id = ${filter.sessionId}::uuid`);
    if (filter.unread === true) conditions.push(sql`n.read_at is null`);
    if (filter.before !== undefined) conditions.push(sql`n.id < ${filter.before}::uuid`);
    return this.database.many(sql<NotificationRecord>`
      select ${notificationColumns} from notifications n
      where ${sql.join(conditions, sql` and `)} order by n.id desc limit ${filter.limit + 1}`);
  }

  /** Marks one of the reader's own messages as read, or as unread again. @throws NotificationNotFound, VersionMismatch */
  async markRead(
    principal: Principal,
    id: string,
    read: boolean,
    expectedVersion?: number,
  ): Promise<NotificationRecord> {
    return this.database.transaction(async () => {
      const before = await this.database.maybe(sql<{ version: number }>`
        select n.version from notifications n where n.id = ${id} and ${addressedTo(principal)} for update`);
      if (before === undefined) throw new NotificationNotFound();
      assertVersion(expectedVersion, before.version);
      return this.database.one(sql<NotificationRecord>`
        update notifications n set read_at = case when ${read} then coalesce(read_at, app_now()) end,
          version = version + case when (read_at is not null) = ${read} then 0 else 1 end
        where n.id = ${id} and ${addressedTo(principal)}
        returning ${notificationColumns}`);
    });
  }

  /**
   * Sends a message once more, as a new mail about the state of now.
   *
   * @throws NotificationNotFound, NotResendable while it waits or when it is outdated, SentJustNow
   */
  async resend(principal: Principal, id: string): Promise<NotificationRecord> {
    return this.database.transaction(async () => {
      const row = await this.database.maybe(sql<NotificationRecord>`
        select ${notificationColumns} from notifications n where n.id = ${id} and ${visibleTo(principal)} for update`);
      if (row === undefined) throw new NotificationNotFound();
      if (row.state === 'queued' || row.state === 'suppressed') throw new NotResendable(row.state);
      const waitSeconds =
        row.sentAt === null ? 0 : RESEND_PAUSE_SECONDS - secondsBetween(row.sentAt, await this.clock.now());
      if (waitSeconds > 0) throw new SentJustNow(waitSeconds);
      await this.rows.requeue(row);
      await this.audit.record({
        coachId: row.coachId,
        actor: actorOf(principal),
        action: 'notification.resend',
        objectType: 'notification',
        objectId: row.id,
        objectVersion: row.version + 1,
      });
      return this.rows.get(row.coachId, row.id);
    });
  }
}

function secondsBetween(from: Date, to: Date): number {
  return Math.floor((to.getTime() - from.getTime()) / 1_000);
}

/** Messages to this person, from `notifications n`; never those with a secret inside. */
function addressedTo(principal: Principal): RawBuilder<boolean> {
  const own =
    principal.kind === 'client'
      ? sql`n.recipient_kind = 'client' and (n.coach_id, n.recipient_id) in
          (select m.coach_id, m.id from clients m where m.account_id = ${principal.accountId}::uuid and m.removed_at is null)`
      : sql`n.recipient_kind = ${principal.kind} and n.recipient_id = ${principal.accountId}::uuid`;
  return sql<boolean>`${own} and not (n.kind = any (${[...ACCOUNT_KINDS]}::text[]))`;
}

/** A coach also those to their clients, an admin all. */
function visibleTo(principal: Principal): RawBuilder<boolean> {
  if (principal.kind === 'client') return addressedTo(principal);
  const scope = principal.kind === 'coach' ? sql`n.coach_id = ${principal.accountId}::uuid` : sql`true`;
  return sql<boolean>`${scope} and not (n.kind = any (${[...ACCOUNT_KINDS]}::text[]))`;
}
