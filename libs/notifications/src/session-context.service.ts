import { Injectable } from '@nestjs/common';
import { calendarUid, invitation, type InvitationMethod } from '@app/calendars';
import { Entitlements } from '@app/packages';
import { ConfirmationLinks, freelyCancellableUntil, SessionQueries, type SessionRecord } from '@app/sessions';
import { Joins, MeetingQueries, type DialIn } from '@app/video';
import { MailSettings } from './mail-settings';
import type { OutgoingMail } from './mail-transport';
import type { CancellationFacts } from './templates/session-mails';
import {
  otherName,
  PLATFORM_NAMES,
  type CreditNews,
  type JoinFacts,
  type SessionFacts,
  type Side,
} from './templates/session-facts';
import { Recipients, type Addressee } from './recipients.service';

/** Longer lists help nobody; the session's page has them all. */
const MOST_NUMBERS = 10;

/** Nothing was captured in these, so there is nothing to give back. */
const UNPAID: readonly SessionRecord['paymentStatus'][] = [
  'free',
  'unpaid',
  'processing',
  'failed',
  'covered_by_package',
];

/** What mails about a session need to know of it, read when the mail is written. */
@Injectable()
export class SessionContext {
  constructor(
    private readonly sessions: SessionQueries,
    private readonly confirmations: ConfirmationLinks,
    private readonly recipients: Recipients,
    private readonly joins: Joins,
    private readonly meetings: MeetingQueries,
    private readonly entitlements: Entitlements,
    private readonly settings: MailSettings,
  ) {}

  /** @throws SessionNotFound */
  session(coachId: string, sessionId: string): Promise<SessionRecord> {
    return this.sessions.get(coachId, sessionId);
  }

  async facts(session: SessionRecord): Promise<SessionFacts> {
    const { offeringName, startsAt, endsAt, coachId, clientId } = session;
    const [coach] = await this.recipients.sides(['coach'], session);
    const client = await this.recipients.client(coachId, clientId);
    // Refunds go on after a coach has left; the client still reads a name then.
    return {
      offeringName,
      startsAt,
      endsAt,
      coachName: coach?.name ?? 'your coach',
      clientName: client.name,
      freeCancellationUntil: freelyCancellableUntil(session),
    };
  }

  /** Where the client accepts the terms of what was booked for them, and pays; null for others, and once it is done. */
  async confirmUrl(session: SessionRecord, to: Addressee): Promise<string | null> {
    if (to.kind !== 'client' || session.bookedBy === 'client') return null;
    if (session.policyAcceptedAt !== null && session.status !== 'held') return null;
    if (session.seriesId !== null) return this.confirmations.linkOfSeries(session.coachId, session.seriesId);
    return this.confirmations.linkOf(session.coachId, session.id);
  }

  async join(session: SessionRecord): Promise<JoinFacts> {
    const stableUrl = await this.joinUrl(session);
    const { platform, joinUrl, meetingId, dialIn } = await this.meetings.ofSession(
      session.coachId,
      session.id,
    );
    const hasDirect = platform !== null && joinUrl !== null && this.settings.mayLink(joinUrl);
    return {
      stableUrl,
      direct: hasDirect ? { platform: PLATFORM_NAMES[platform], url: joinUrl } : null,
      dialIn: dialIn.slice(0, MOST_NUMBERS).map((number) => dialInLine(number, meetingId)),
    };
  }

  /** A series has one link for all its sessions (domain.md 13). */
  private joinUrl({ coachId, id, seriesId }: SessionRecord): Promise<string> {
    return seriesId === null ? this.joins.linkOf(coachId, id) : this.joins.linkOfSeries(coachId, seriesId);
  }

  invitation(
    method: InvitationMethod,
    session: SessionRecord,
    facts: SessionFacts,
    join: JoinFacts,
    to: Addressee,
  ): NonNullable<OutgoingMail['invitation']> {
    const side: Side = to.kind === 'client' ? 'client' : 'coach';
    const direct = join.direct === null ? [] : [`${join.direct.platform}: ${join.direct.url}`];
    const text = invitation({
      method,
      uid: calendarUid(session.id, this.settings.publicUrl),
      sequence: session.calendarSequence,
      changedAt: session.updatedAt,
      startsAt: session.startsAt,
      endsAt: session.endsAt,
      summary: `${session.offeringName} with ${otherName(facts, side)}`,
      joinUrl: join.stableUrl,
      details: [...direct, ...join.dialIn.map((line) => `Dial in: ${line}`)],
      organizer: { name: facts.coachName, email: this.settings.from.address },
      recipient: { name: to.name, email: to.email },
    });
    return { method, text };
  }

  /** @param outcome what was decided of the credit that paid the session */
  async creditNews({ coachId, entitlementId }: SessionRecord, outcome: string): Promise<CreditNews> {
    if (outcome === 'used') return 'used';
    // Of what is paid back nothing was left.
    if (outcome !== 'returned') return 'lost';
    if (entitlementId === null) return 'returned';
    const { status } = await this.entitlements.get(coachId, entitlementId);
    return status === 'active' ? 'returned' : 'lost';
  }

  /** The outcome of a cancellation for one recipient, as it was decided then. */
  async cancellation(session: SessionRecord, to: Addressee): Promise<CancellationFacts> {
    const timeline = await this.sessions.timeline(session.coachId, session.id);
    const details = timeline.findLast((entry) => entry.toStatus === 'cancelled')?.details ?? {};
    const refundMinor = typeof details['refundMinor'] === 'number' ? details['refundMinor'] : 0;
    const chargeMinor = typeof details['laterChargeMinor'] === 'number' ? details['laterChargeMinor'] : null;
    const { credit } = details;
    const isUnpaid = UNPAID.includes(session.paymentStatus);
    // What the coach chose freely has no clause.
    const isByTerms = details['refundChoice'] === 'policy';
    const by = session.cancelledBy ?? 'system';
    return {
      by,
      refund: isUnpaid && refundMinor === 0 ? null : { amount: refundMinor, currency: session.currency },
      waitsForBank: details['refundWaitsForDispute'] === true,
      credit: refundMinor === 0 && typeof credit === 'string' ? await this.creditNews(session, credit) : null,
      laterCharge: chargeMinor === null ? null : { amount: chargeMinor, currency: session.currency },
      // Terms that promise the credit say nothing of one that is lost with its package.
      clause:
        typeof details['clause'] === 'string' && isByTerms && credit !== 'lost' ? details['clause'] : null,
      // The words of who cancels are for the others.
      message: by === to.kind ? null : session.cancelMessage,
      arrivalDays: this.settings.arrivalDays,
    };
  }
}

function dialInLine({ countryName, city, number, pin }: DialIn, meetingId: string | null): string {
  const where = city === null ? countryName : `${countryName} (${city})`;
  const meeting = meetingId === null ? '' : `, meeting ID ${meetingId}`;
  return `${where} ${number}${meeting}${pin === null ? '' : `, passcode ${pin}`}`;
}
