import { Injectable } from '@nestjs/common';
import { Database, sql } from '@app/database';
import { NoteQueries } from '@app/notes';
import { PLATFORM } from '@app/outbox';
import { PaymentQueries, type RefundRecord } from '@app/payments';
import { SessionQueries, type SessionRecord } from '@app/sessions';
import { MeetingQueries } from '@app/video';
import { newsOf } from './domain/session-news';
import { NotificationRows, type NewNotification } from './notification-rows';
import type { NotificationKind, NotificationPayload } from './notification-record';
import { PackageRefundMails } from './package-refund-mails.service';
import { Recipients, type Addressee } from './recipients.service';

interface ToldBefore {
  sequence: number;
  startsAt: string;
}

/**
 * Jobs that decide who is told what. Each looks at the present state, writes its messages once whatever the number of
 * runs, and leaves the sending to a job of its own.
 */
@Injectable()
export class Notifications {
  constructor(
    private readonly database: Database,
    private readonly rows: NotificationRows,
    private readonly recipients: Recipients,
    private readonly sessions: SessionQueries,
    private readonly payments: PaymentQueries,
    private readonly notes: NoteQueries,
    private readonly meetings: MeetingQueries,
    private readonly packageRefunds: PackageRefundMails,
  ) {}

  /** After any change of a session's status or time: tells what is true now to whom it concerns. */
  async tellSession(coachId: string, sessionId: string): Promise<void> {
    const session = await this.sessions.get(coachId, sessionId);
    const news = newsOf(session);
    if (news === null) return;
    const messages: NewNotification[] = [];
    for (const to of await this.recipients.sides(news.to, session)) {
      const before = news.kind === 'booking_confirmed' ? await this.toldBefore(session, to) : undefined;
      const moved = before !== undefined && before.startsAt !== session.startsAt.toISOString();
      messages.push({
        ...about(session, to, moved ? 'session_moved' : news.kind),
        // One message per state of the calendar, whether it reads as confirmed or as moved.
        effect: `${news.kind}:${session.id}:${session.calendarSequence}`,
        payload: {
          sequence: session.calendarSequence,
          startsAt: session.startsAt.toISOString(),
          ...(moved ? { previousStartsAt: before.startsAt } : {}),
        },
      });
    }
    await this.rows.queue(messages);
  }

  /**
   * The client, once per refund; for a payment that came too late both, in words of its own. One that waits for the end of
   * a dispute is told of when it goes on.
   */
  async tellRefundStarted(coachId: string, refundId: string): Promise<void> {
    const refund = await this.payments.refund(coachId, refundId);
    const { status } = await this.payments.payment(coachId, refund.paymentId);
    if (status === 'disputed' && refund.status === 'pending') return;
    if (refund.reason === 'late_payment')
      await this.tellRefund(refund, 'late_payment_refunded', ['coach', 'client'], refundId);
    else await this.tellRefund(refund, 'refund_started', ['client'], refundId);
  }

  async tellRefundSucceeded(coachId: string, refundId: string): Promise<void> {
    await this.tellRefund(
      await this.payments.refund(coachId, refundId),
      'refund_succeeded',
      ['client'],
      refundId,
    );
  }

  /**
   * The coach, who can try again, once per try; the client when the money did not arrive, also after it had been
   * reported as paid back.
   */
  async tellRefundFailed(coachId: string, refundId: string): Promise<void> {
    const refund = await this.payments.refund(coachId, refundId);
    if (refund.status !== 'failed' && refund.status !== 'needs_attention') return;
    const sides = refund.status === 'failed' ? (['coach', 'client'] as const) : (['coach'] as const);
    await this.tellRefund(
      refund,
      'refund_failed',
      sides,
      `${refundId}:${refund.status}:${refund.stripeKeyNumber}`,
    );
  }

  private async tellRefund(
    refund: RefundRecord,
    kind: NotificationKind,
    sides: readonly ('coach' | 'client')[],
    subject: string,
  ): Promise<void> {
    if (refund.sessionId === null) return this.packageRefunds.tell(refund, kind, sides, subject);
    const session = await this.sessions.get(refund.coachId, refund.sessionId);
    const messages = (await this.recipients.sides(sides, session)).map((to) => ({
      ...about(session, to, kind, { refundId: refund.id }),
      effect: `${kind}:${subject}`,
    }));
    await this.rows.queue(messages);
  }

  /** A55: once, when a note is shared for the first time. */
  async tellNoteShared(coachId: string, noteId: string): Promise<void> {
    const { sessionId } = await this.notes.facts(coachId, noteId);
    const session = await this.sessions.get(coachId, sessionId);
    const to = await this.recipients.client(coachId, session.clientId);
    await this.rows.queue([
      { ...about(session, to, 'shared_note', { noteId }), effect: `shared_note:${noteId}` },
    ]);
  }

  /** The coach, once per reason and time of the session. */
  async tellMeetingFailed(coachId: string, sessionId: string): Promise<void> {
    const session = await this.sessions.get(coachId, sessionId);
    const meeting = await this.meetings.ofSession(coachId, sessionId);
    if (meeting.state !== 'failed' || session.status !== 'scheduled') return;
    const to = await this.recipients.account(coachId);
    const effect = `meeting_failed:${sessionId}:${session.calendarSequence}:${meeting.failureReason ?? ''}`;
    await this.rows.queue([{ ...about(session, to, 'meeting_failed'), effect }]);
  }

  /** @param cause id of the delivery: each time that a platform is lost is told of once */
  async tellConnectionNeedsAttention(coachId: string, connectionId: string, cause: string): Promise<void> {
    const to = await this.recipients.account(coachId);
    const effect = `platform_needs_attention:${connectionId}:${cause}`;
    await this.rows.queue([
      { coachId, effect, kind: 'platform_needs_attention', to, payload: { connectionId } },
    ]);
  }

  /** @param cause id of the delivery: each invitation, the repeated one too, is a mail of its own */
  async tellClientInvited(coachId: string, clientId: string, cause: string): Promise<void> {
    const to = await this.recipients.client(coachId, clientId);
    await this.rows.queue([
      { coachId, effect: `client_invitation:${clientId}:${cause}`, kind: 'client_invitation', to },
    ]);
  }

  /** @param cause id of the delivery: each request is answered by one mail */
  async tellAccount(
    kind: 'email_verification' | 'password_reset' | 'sign_up_repeated',
    accountId: string,
    cause: string,
  ): Promise<void> {
    const to = await this.recipients.account(accountId);
    await this.rows.queue([
      { coachId: PLATFORM, effect: `${kind}:${accountId}:${cause}`, kind, to, payload: { accountId } },
    ]);
  }

  /** What this person was last told of the session's time, sent or about to be: by a mail of its own, or of its series. */
  private async toldBefore(session: SessionRecord, to: Addressee): Promise<ToldBefore | undefined> {
    const told = await this.lastMail(session, to);
    if (told !== undefined || session.seriesId === null) return told;
    return this.database.maybe(sql<ToldBefore>`
      select ${session.calendarSequence - 1}::int as sequence,
        to_char((details ->> 'from')::timestamptz at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as "startsAt"
      from session_timeline
      where coach_id = ${session.coachId} and session_id = ${session.id} and kind = 'moved' and details ? 'from'
      order by seq desc limit 1`);
  }

  private async lastMail(session: SessionRecord, to: Addressee): Promise<ToldBefore | undefined> {
    return this.database.maybe(sql<ToldBefore>`
      select (payload ->> 'sequence')::int as sequence, payload ->> 'startsAt' as "startsAt" from notifications
      where coach_id = ${session.coachId} and session_id = ${session.id} and recipient_id = ${to.id}
        and kind in ('booking_confirmed', 'session_moved') and state <> 'suppressed'
        and (payload ->> 'sequence')::int < ${session.calendarSequence}
      order by id desc limit 1`);
  }
}

function about(
  session: SessionRecord,
  to: Addressee,
  kind: NotificationKind,
  payload: NotificationPayload = {},
): Omit<NewNotification, 'effect'> {
  return {
    coachId: session.coachId,
    kind,
    to,
    session: { id: session.id, version: session.version },
    payload,
  };
}
