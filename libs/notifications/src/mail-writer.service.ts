import { Injectable } from '@nestjs/common';
import { Accounts } from '@app/accounts';
import { publicId, type Money } from '@app/common';
import { Connections } from '@app/connections';
import { NoteQueries } from '@app/notes';
import { PaymentQueries } from '@app/payments';
import type { SessionRecord } from '@app/sessions';
import { MeetingQueries } from '@app/video';
import { replacedBy, wasInCalendars, type SessionNewsKind } from './domain/session-news';
import { ChargeMails } from './charge-mails.service';
import { DisputeMails } from './dispute-mails.service';
import { MailSettings } from './mail-settings';
import type { OutgoingMail } from './mail-transport';
import type { NotificationRecord } from './notification-record';
import { NoShowMails } from './no-show-mails.service';
import { PackageMails } from './package-mails.service';
import { SeriesCreditMails } from './series-credit-mails.service';
import { PackageRefundMails } from './package-refund-mails.service';
import { ProposalMails } from './proposal-mails.service';
import { ReminderMails } from './reminder-mails.service';
import { SeriesCalendar } from './series-calendar.service';
import { SeriesMails } from './series-mails.service';
import { Recipients, type Addressee } from './recipients.service';
import { SessionContext } from './session-context.service';
import { SessionMoneyFacts } from './session-money-facts.service';
import {
  clientInvitation,
  emailVerification,
  passwordReset,
  signUpRepeated,
} from './templates/account-mails';
import { renderMail, type MailText } from './templates/mail';
import { latePaymentRefunded, refundFailed, refundStarted, refundSucceeded } from './templates/money-mails';
import { linkChanged, meetingFailed, platformNeedsAttention, sharedNote } from './templates/practice-mails';
import { PLATFORM_NAMES, type JoinFacts, type SessionFacts, type Side } from './templates/session-facts';
import {
  awaitingPayment,
  bookingCancelled,
  bookingConfirmed,
  holdExpired,
  sessionMoved,
} from './templates/session-mails';

/** What is to be sent, or why nothing is: the state that the message told of has been replaced. */
export type Written = { mail: OutgoingMail } | { suppressed: string };

type Text =
  | ({ text: MailText } & Pick<OutgoingMail, 'invitation' | 'alsoInCalendar'>)
  | { suppressed: string };

/** Writes the mail of a notification from the present state, at the moment of sending. */
@Injectable()
export class MailWriter {
  constructor(
    private readonly accounts: Accounts,
    private readonly recipients: Recipients,
    private readonly context: SessionContext,
    private readonly payments: PaymentQueries,
    private readonly money: SessionMoneyFacts,
    private readonly notes: NoteQueries,
    private readonly meetings: MeetingQueries,
    private readonly connections: Connections,
    private readonly settings: MailSettings,
    private readonly noShowMails: NoShowMails,
    private readonly proposalMails: ProposalMails,
    private readonly reminderMails: ReminderMails,
    private readonly chargeMails: ChargeMails,
    private readonly disputeMails: DisputeMails,
    private readonly packageMails: PackageMails,
    private readonly seriesCreditMails: SeriesCreditMails,
    private readonly packageRefundMails: PackageRefundMails,
    private readonly seriesMails: SeriesMails,
    private readonly seriesCalendar: SeriesCalendar,
  ) {}

  async write(row: NotificationRecord): Promise<Written> {
    const to = await this.recipients.of(row);
    if (to === undefined) return { suppressed: 'the recipient has no account any more' };
    const written = await this.text(row, to);
    if ('suppressed' in written) return written;
    const { invitation, alsoInCalendar } = written;
    return {
      mail: {
        ...renderMail(to, written.text),
        messageId: row.messageId,
        to: { name: to.name, address: to.email },
        ...(invitation === undefined ? {} : { invitation }),
        ...(alsoInCalendar === undefined ? {} : { alsoInCalendar }),
      },
    };
  }

  private async text(row: NotificationRecord, to: Addressee): Promise<Text> {
    switch (row.kind) {
      case 'email_verification':
        return {
          text: emailVerification(
            await this.accounts.issueToken({ purpose: 'verify_email', accountId: to.id }),
          ),
        };
      case 'password_reset':
        return {
          text: passwordReset(
            await this.accounts.issueToken({ purpose: 'reset_password', accountId: to.id }),
          ),
        };
      case 'sign_up_repeated':
        return { text: signUpRepeated() };
      case 'client_invitation':
        return this.invitationText(row, to);
      case 'platform_needs_attention':
        return this.connectionText(row);
      case 'awaiting_payment':
      case 'hold_expired':
      case 'booking_confirmed':
      case 'session_moved':
      case 'booking_cancelled':
        return this.sessionText(row, row.kind, to);
      case 'refund_started':
      case 'refund_succeeded':
      case 'refund_failed':
      case 'late_payment_refunded':
        return this.refundText(row, row.kind, to);
      case 'payment_failed':
      case 'payment_action_required':
        return this.chargeMails.text(row, to);
      case 'charge_waived':
        return this.chargeMails.waivedText(row, to);
      case 'dispute_opened':
      case 'dispute_closed':
        return this.disputeMails.text(row, to);
      case 'no_show_marked':
      case 'no_show_undone':
      case 'no_show_reported':
      case 'follow_up':
        return this.noShowMails.text(row, row.kind, to);
      case 'times_proposed':
      case 'times_asked':
      case 'proposal_declined':
      case 'proposal_withdrawn':
      case 'proposal_expired':
        return this.proposalMails.text(row, row.kind, to);
      case 'reminder':
        return this.reminderMails.text(row, to);
      case 'package_offered':
      case 'package_bought':
      case 'package_expiring':
      case 'package_expired':
      case 'package_extended':
        return this.packageMails.text(row, to);
      case 'series_credits_ended':
        return this.seriesCreditMails.text(row, to);
      case 'series_changed':
      case 'series_unplaced':
        return this.seriesMails.text(row, row.kind, to);
      case 'shared_note':
        return this.noteText(row, to);
      case 'meeting_failed':
      case 'link_changed':
        return this.meetingText(row, row.kind, to);
    }
  }

  private async invitationText(row: NotificationRecord, to: Addressee): Promise<Text> {
    const coach = await this.recipients.account(row.coachId);
    const token = await this.accounts.issueToken({
      purpose: 'accept_invitation',
      coachId: row.coachId,
      clientId: to.id,
    });
    return { text: clientInvitation(coach.name, token) };
  }

  private async connectionText(row: NotificationRecord): Promise<Text> {
    const all = await this.connections.list(row.coachId);
    const connection = all.find(({ id }) => id === row.payload.connectionId);
    if (connection?.status !== 'needs_attention')
      return { suppressed: 'the connection works again or was removed' };
    return { text: platformNeedsAttention(CONNECTION_NAMES[connection.platform]) };
  }

  private async sessionText(row: NotificationRecord, kind: SessionNewsKind, to: Addressee): Promise<Text> {
    const session = await this.sessionOf(row);
    const replaced = replacedBy(kind, row.payload.sequence ?? session.calendarSequence, session);
    if (replaced !== null) return { suppressed: replaced };
    const facts = await this.context.facts(session);
    switch (kind) {
      case 'awaiting_payment':
        if (session.holdExpiresAt === null) throw new Error('A held session has no end of its hold.');
        return {
          text: awaitingPayment(
            to,
            facts,
            { amount: session.priceMinor, currency: session.currency },
            session.holdExpiresAt,
            await this.money.waysToPay(session, to),
          ),
        };
      case 'hold_expired':
        return { text: holdExpired(to, facts) };
      case 'booking_cancelled':
        return this.cancelledText(session, facts, to);
      case 'booking_confirmed':
      case 'session_moved':
        return this.scheduledText(row, session, facts, to);
    }
  }

  private async scheduledText(
    row: NotificationRecord,
    session: SessionRecord,
    facts: SessionFacts,
    to: Addressee,
  ): Promise<Text> {
    const join = await this.context.join(session);
    const { previousStartsAt } = row.payload;
    const confirmUrl = await this.context.confirmUrl(session, to);
    const charge = await this.money.plannedCharge(session);
    const text =
      previousStartsAt === undefined
        ? bookingConfirmed(to, sideOf(to), facts, join, confirmUrl, charge)
        : sessionMoved(to, sideOf(to), facts, join, new Date(previousStartsAt), confirmUrl, charge);
    return { text, invitation: await this.invitation('REQUEST', session, facts, join, to) };
  }

  private async cancelledText(session: SessionRecord, facts: SessionFacts, to: Addressee): Promise<Text> {
    const text = bookingCancelled(to, sideOf(to), facts, await this.context.cancellation(session, to));
    if (!wasInCalendars(session)) return { text };
    const join = await this.context.join(session);
    return { text, invitation: await this.invitation('CANCEL', session, facts, join, to) };
  }

  /** A session of a series stands in the calendar object of the series, and in none of its own. */
  private async invitation(
    method: 'REQUEST' | 'CANCEL',
    session: SessionRecord,
    facts: SessionFacts,
    join: JoinFacts,
    to: Addressee,
  ): Promise<NonNullable<OutgoingMail['invitation']>> {
    if (session.seriesId !== null)
      return this.seriesCalendar.invitation(session.coachId, session.seriesId, to);
    return this.context.invitation(method, session, facts, join, to);
  }

  private async refundText(
    row: NotificationRecord,
    kind: 'refund_started' | 'refund_succeeded' | 'refund_failed' | 'late_payment_refunded',
    to: Addressee,
  ): Promise<Text> {
    const { refundId } = row.payload;
    if (refundId === undefined) throw new Error('A message about a refund names none.');
    const refund = await this.payments.refund(row.coachId, refundId);
    const failed = refund.status === 'failed' || refund.status === 'needs_attention';
    if (failed !== (kind === 'refund_failed')) return { suppressed: `the refund is ${refund.status} by now` };
    const { entitlementId } = row.payload;
    if (entitlementId !== undefined && kind !== 'late_payment_refunded')
      return { text: await this.packageRefundMails.text(refund, entitlementId, kind, to) };
    const facts = await this.context.facts(await this.sessionOf(row));
    const amount: Money = { amount: refund.amountMinor, currency: refund.currency };
    const { arrivalDays } = this.settings;
    switch (kind) {
      case 'refund_started':
        return { text: refundStarted(to, facts, amount, arrivalDays) };
      case 'refund_succeeded':
        return { text: refundSucceeded(to, facts, amount, arrivalDays) };
      case 'late_payment_refunded':
        return { text: latePaymentRefunded(to, sideOf(to), facts, amount, arrivalDays) };
      case 'refund_failed': {
        const url = `${this.settings.publicUrl}/v1/refunds/${publicId('refund', refundId)}/retry`;
        return { text: refundFailed(to, sideOf(to), facts, amount, { url, reason: refund.failureCode }) };
      }
    }
  }

  private async noteText(row: NotificationRecord, to: Addressee): Promise<Text> {
    const { noteId } = row.payload;
    if (noteId === undefined) throw new Error('A message about a note names none.');
    const note = await this.notes.facts(row.coachId, noteId);
    if (note.deletedAt !== null || note.visibility !== 'shared')
      return { suppressed: 'the note is no longer shared' };
    return { text: sharedNote(to, await this.context.facts(await this.sessionOf(row))) };
  }

  private async meetingText(
    row: NotificationRecord,
    kind: 'meeting_failed' | 'link_changed',
    to: Addressee,
  ): Promise<Text> {
    const session = await this.sessionOf(row);
    if (session.status !== 'scheduled') return { suppressed: `the session is ${session.status} by now` };
    const facts = await this.context.facts(session);
    if (kind === 'link_changed') return { text: linkChanged(to, facts, await this.context.join(session)) };
    const { state, platform } = await this.meetings.ofSession(row.coachId, session.id);
    if (state !== 'failed') return { suppressed: `the meeting is ${state} by now` };
    return { text: meetingFailed(to, facts, platform === null ? 'The platform' : PLATFORM_NAMES[platform]) };
  }

  private sessionOf(row: NotificationRecord): Promise<SessionRecord> {
    if (row.sessionId === null) throw new Error(`A message of kind ${row.kind} names no session.`);
    return this.context.session(row.coachId, row.sessionId);
  }
}

const CONNECTION_NAMES = { zoom: 'Zoom', google: 'Google', microsoft: 'Microsoft' } as const;

function sideOf(to: Addressee): Side {
  return to.kind === 'client' ? 'client' : 'coach';
}
