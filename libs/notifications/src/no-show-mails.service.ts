import { Injectable } from '@nestjs/common';
import { Clock } from '@app/common';
import {
  isReportOpen,
  NoShowQueries,
  ProposalLinks,
  ProposalQueries,
  type SessionRecord,
} from '@app/sessions';
import { MailSettings } from './mail-settings';
import type { NotificationRecord } from './notification-record';
import type { Addressee } from './recipients.service';
import { SessionContext } from './session-context.service';
import { followUp, type OfferOfTimes } from './templates/follow-up-mails';
import type { MailText } from './templates/mail';
import { noShowMarked, noShowReported, noShowUndone } from './templates/no-show-mails';

type Text = { text: MailText } | { suppressed: string };
type NoShowKind = 'no_show_marked' | 'no_show_undone' | 'no_show_reported' | 'follow_up';

/** Mails of missed sessions, written from the present state. */
@Injectable()
export class NoShowMails {
  constructor(
    private readonly clock: Clock,
    private readonly noShows: NoShowQueries,
    private readonly proposals: ProposalQueries,
    private readonly links: ProposalLinks,
    private readonly context: SessionContext,
    private readonly settings: MailSettings,
  ) {}

  async text(row: NotificationRecord, kind: NoShowKind, to: Addressee): Promise<Text> {
    if (row.sessionId === null) throw new Error(`A message of kind ${row.kind} names no session.`);
    const session = await this.context.session(row.coachId, row.sessionId);
    switch (kind) {
      case 'no_show_marked':
        return this.marked(session, noShowOf(row), to);
      case 'no_show_undone':
        return this.undone(session, to);
      case 'no_show_reported':
        return this.reported(session, to);
      case 'follow_up':
        return this.followUp(session, to);
    }
  }

  private async marked(session: SessionRecord, noShowId: string, to: Addressee): Promise<Text> {
    const marking = await this.noShows.marking(session.coachId, noShowId);
    if (marking.endedHow !== null) return { suppressed: `the marking was ${marking.endedHow} by now` };
    const { by, clause, currency, keptMinor, refundMinor, laterChargeMinor, chargeWaivedAt } = marking;
    const wasPaid = keptMinor + refundMinor > 0;
    const isCharged = laterChargeMinor > 0 && chargeWaivedAt === null && !wasPaid;
    const facts = {
      by,
      clause,
      kept: wasPaid ? { amount: keptMinor, currency } : null,
      refund: wasPaid ? { amount: refundMinor, currency } : null,
      credit:
        session.funding === 'package' && !wasPaid
          ? await this.context.creditNews(session, by === 'coach' ? 'returned' : 'used')
          : null,
      laterCharge: isCharged ? { amount: laterChargeMinor, currency } : null,
      arrivalDays: this.settings.arrivalDays,
    };
    return { text: noShowMarked(to, await this.context.facts(session), facts) };
  }

  private async undone(session: SessionRecord, to: Addressee): Promise<Text> {
    if (session.status === 'no_show') return { suppressed: 'the session is marked as missed again' };
    return { text: noShowUndone(to, await this.context.facts(session)) };
  }

  private async reported(session: SessionRecord, to: Addressee): Promise<Text> {
    const report = await this.noShows.report(session.coachId, session.id);
    if (report === undefined || !isReportOpen(session)) return { suppressed: 'the report was answered' };
    const facts = await this.context.facts(session);
    return { text: noShowReported(to, 'coach', facts, report.reportedAt, report.message) };
  }

  private async followUp(session: SessionRecord, to: Addressee): Promise<Text> {
    const sent = await this.noShows.followUp(session.coachId, session.id);
    if (sent === undefined || session.status !== 'no_show')
      return { suppressed: `the session is ${session.status} by now` };
    const offer = sent.proposalId === null ? null : await this.offer(session.coachId, sent.proposalId);
    return { text: followUp(to, await this.context.facts(session), sent.message, offer) };
  }

  /** Null once it takes no answer any more: then the words stand alone. */
  private async offer(coachId: string, proposalId: string): Promise<OfferOfTimes | null> {
    const { status, times, expiresAt } = await this.proposals.get(coachId, proposalId);
    if (status !== 'open' || expiresAt <= (await this.clock.now())) return null;
    return { times, expiresAt, url: await this.links.linkOf(coachId, proposalId) };
  }
}

function noShowOf({ payload }: NotificationRecord): string {
  if (payload.noShowId === undefined) throw new Error('A message about a marking names none.');
  return payload.noShowId;
}
