import { Injectable } from '@nestjs/common';
import { Clock } from '@app/common';
import { Reminders, SessionQueries } from '@app/sessions';
import { NotificationRows } from './notification-rows';
import type { NotificationRecord } from './notification-record';
import { Recipients, type Addressee } from './recipients.service';
import { SessionContext } from './session-context.service';
import type { MailText } from './templates/mail';
import { sessionReminder } from './templates/reminder-mails';

/** Reminders of sessions: one mail for each side, each reminder and each time of the session. */
@Injectable()
export class ReminderMails {
  constructor(
    private readonly clock: Clock,
    private readonly rows: NotificationRows,
    private readonly recipients: Recipients,
    private readonly reminders: Reminders,
    private readonly sessions: SessionQueries,
    private readonly context: SessionContext,
  ) {}

  /** The job: tells both sides of what is due now, which is nothing if the session changed or began meanwhile. */
  async tell(coachId: string, sessionId: string): Promise<void> {
    const due = await this.reminders.present(coachId, sessionId);
    if (due === undefined) return;
    const session = await this.sessions.get(coachId, sessionId);
    const startsAt = due.startsAt.toISOString();
    const messages = (await this.recipients.sides(['coach', 'client'], session)).map((to) => ({
      coachId,
      effect: `reminder:${sessionId}:${startsAt}:${due.minutes}`,
      kind: 'reminder' as const,
      to,
      session: { id: sessionId, version: session.version },
      payload: { startsAt, minutes: due.minutes },
    }));
    await this.rows.queue(messages);
  }

  /** Written at the moment of sending: nothing for another time or state, after the start, or once a nearer one came (C18). */
  async text(row: NotificationRecord, to: Addressee): Promise<{ text: MailText } | { suppressed: string }> {
    if (row.sessionId === null) throw new Error('A reminder names no session.');
    const due = await this.reminders.present(row.coachId, row.sessionId);
    if (due === undefined || due.startsAt.toISOString() !== row.payload.startsAt)
      return { suppressed: 'the session has changed or begun since' };
    if (due.minutes !== row.payload.minutes) return { suppressed: 'a later reminder took its place' };
    const session = await this.context.session(row.coachId, row.sessionId);
    const facts = await this.context.facts(session);
    const join = await this.context.join(session);
    const side = to.kind === 'client' ? 'client' : 'coach';
    return { text: sessionReminder(to, side, facts, join, await this.clock.now()) };
  }
}
