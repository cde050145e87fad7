import { Injectable } from '@nestjs/common';
import { Database, sql } from '@app/database';
import { NoShowQueries, SessionQueries, type SessionRecord } from '@app/sessions';
import { NotificationRows, type NewNotification } from './notification-rows';
import type { NotificationKind, NotificationPayload } from './notification-record';
import { Recipients, type Addressee } from './recipients.service';

/** Jobs that tell of missed sessions: each writes its messages once, whatever the number of runs (domain.md 9). */
@Injectable()
export class NoShowNews {
  constructor(
    private readonly database: Database,
    private readonly rows: NotificationRows,
    private readonly recipients: Recipients,
    private readonly sessions: SessionQueries,
    private readonly noShows: NoShowQueries,
  ) {}

  /** The client, once per marking. */
  async tellMarked(coachId: string, sessionId: string, noShowId: string): Promise<void> {
    await this.tellClient(coachId, sessionId, 'no_show_marked', noShowId, { noShowId });
  }

  /** The client, who was told of the marking; who never heard of it hears nothing of its end. */
  async tellUndone(coachId: string, sessionId: string, noShowId: string): Promise<void> {
    const told = await this.database.maybe(sql<{ id: string }>`
      select id from notifications where coach_id = ${coachId} and session_id = ${sessionId} and kind = 'no_show_marked'
        and payload ->> 'noShowId' = ${noShowId}::text and state in ('queued', 'sent') limit 1`);
    if (told === undefined) return;
    await this.tellClient(coachId, sessionId, 'no_show_undone', noShowId, { noShowId });
  }

  /** The coach and every admin, once. */
  async tellReported(coachId: string, sessionId: string): Promise<void> {
    const session = await this.sessions.get(coachId, sessionId);
    const people = [
      ...(await this.recipients.sides(['coach'], session)),
      ...(await this.recipients.admins()),
    ];
    await this.rows.queue(people.map((to) => message(session, to, 'no_show_reported', sessionId)));
  }

  /** The client, once per session, with the new times if there are any. */
  async tellFollowUp(coachId: string, sessionId: string): Promise<void> {
    const sent = await this.noShows.followUp(coachId, sessionId);
    const proposalId = sent?.proposalId ?? null;
    const payload = proposalId === null ? {} : { proposalId };
    await this.tellClient(coachId, sessionId, 'follow_up', sessionId, payload);
  }

  private async tellClient(
    coachId: string,
    sessionId: string,
    kind: NotificationKind,
    subject: string,
    payload: NotificationPayload = {},
  ): Promise<void> {
    const session = await this.sessions.get(coachId, sessionId);
    const to = await this.recipients.client(coachId, session.clientId);
    await this.rows.queue([message(session, to, kind, subject, payload)]);
  }
}

function message(
  session: SessionRecord,
  to: Addressee,
  kind: NotificationKind,
  subject: string,
  payload: NotificationPayload = {},
): NewNotification {
  return {
    coachId: session.coachId,
    effect: `${kind}:${subject}`,
    kind,
    to,
    session: { id: session.id, version: session.version },
    payload,
  };
}
