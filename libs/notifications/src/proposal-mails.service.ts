import { Injectable } from '@nestjs/common';
import { Clock } from '@app/common';
import { Database, sql } from '@app/database';
import {
  ProposalLinks,
  ProposalQueries,
  SessionQueries,
  type ProposalRecord,
  type SessionRecord,
} from '@app/sessions';
import { proposalNewsOf, type ProposalNewsKind } from './domain/proposal-news';
import { NotificationRows } from './notification-rows';
import type { NotificationRecord } from './notification-record';
import { Recipients, type Addressee } from './recipients.service';
import { SessionContext } from './session-context.service';
import { offerDeclined, offerExpired, offerWithdrawn } from './templates/follow-up-mails';
import type { MailText } from './templates/mail';
import {
  proposalDeclined,
  proposalExpired,
  proposalWithdrawn,
  timesAsked,
  timesProposed,
} from './templates/rescheduling-mails';
import type { Side } from './templates/session-facts';

type Text = { text: MailText } | { suppressed: string };

/** Mails about proposals of other times: who is told of one, and what is said when it is sent (domain.md 7). */
@Injectable()
export class ProposalMails {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly rows: NotificationRows,
    private readonly recipients: Recipients,
    private readonly sessions: SessionQueries,
    private readonly proposals: ProposalQueries,
    private readonly links: ProposalLinks,
    private readonly context: SessionContext,
  ) {}

  /** After any change of a proposal: tells where it stands now, once per state and side. */
  async tell(coachId: string, proposalId: string): Promise<void> {
    const proposal = await this.proposals.get(coachId, proposalId);
    const news = proposalNewsOf(proposal, await this.clock.now());
    if (news === null) return;
    const session = await this.sessions.get(coachId, proposal.sessionId);
    const people = await this.recipients.sides(news.to, session);
    await this.rows.queue(
      people.map((to) => ({
        coachId,
        effect: `${news.kind}:${proposalId}`,
        kind: news.kind,
        to,
        session: { id: session.id, version: session.version },
        payload: { proposalId },
      })),
    );
  }

  async text(row: NotificationRecord, kind: ProposalNewsKind, to: Addressee): Promise<Text> {
    const { proposalId } = row.payload;
    if (proposalId === undefined) throw new Error('A message about a proposal names none.');
    const proposal = await this.proposals.get(row.coachId, proposalId);
    if (proposalNewsOf(proposal, await this.clock.now())?.kind !== kind)
      return {
        suppressed: `the proposal is ${proposal.status === 'open' ? 'over' : proposal.status} by now`,
      };
    const session = await this.sessions.get(row.coachId, proposal.sessionId);
    const replaced = await this.replacedBy(kind, proposal, session, to);
    return replaced === null
      ? { text: await this.render(kind, proposal, session, to) }
      : { suppressed: replaced };
  }

  /** What of the session, or of another proposal of it, makes this message untrue; null when nothing does. */
  private async replacedBy(
    kind: ProposalNewsKind,
    proposal: ProposalRecord,
    session: SessionRecord,
    to: Addressee,
  ): Promise<string | null> {
    const stands = proposal.purpose === 'book_next' ? 'no_show' : 'scheduled';
    if (session.status !== stands) return `the session is ${session.status} by now`;
    // All these mails say that the session keeps its time, or that it was missed then.
    if (session.startsAt.getTime() !== proposal.sessionStartsAt.getTime())
      return 'the session has another time by now';
    const wasAsked = to.kind !== proposal.madeBy;
    const isAnEnd = kind === 'proposal_withdrawn' || kind === 'proposal_expired';
    if (wasAsked && isAnEnd && !(await this.wasTold(proposal, to)))
      return 'the recipient never heard of the proposal';
    return null;
  }

  /** Whether the mail that made the proposal known has left; one that has not is not sent any more. */
  private async wasTold({ coachId, id }: ProposalRecord, to: Addressee): Promise<boolean> {
    const told = await this.database.maybe(sql<{ id: string }>`
      select id from notifications
      where coach_id = ${coachId} and recipient_id = ${to.id} and kind in ('times_proposed', 'times_asked', 'follow_up')
        and payload ->> 'proposalId' = ${id}::text and state = 'sent' limit 1`);
    return told !== undefined;
  }

  private async render(
    kind: ProposalNewsKind,
    proposal: ProposalRecord,
    session: SessionRecord,
    to: Addressee,
  ): Promise<MailText> {
    const facts = await this.context.facts(session);
    const side: Side = to.kind === 'client' ? 'client' : 'coach';
    const isFollowUp = proposal.purpose === 'book_next';
    switch (kind) {
      case 'times_proposed':
        return timesProposed(to, facts, proposal, await this.links.linkOf(proposal.coachId, proposal.id));
      case 'times_asked':
        return timesAsked(to, facts, proposal);
      case 'proposal_declined':
        return isFollowUp ? offerDeclined(to, facts) : proposalDeclined(to, side, facts);
      case 'proposal_withdrawn':
        return isFollowUp ? offerWithdrawn(to, facts) : proposalWithdrawn(to, side, facts);
      case 'proposal_expired':
        return isFollowUp ? offerExpired(to, side, facts) : proposalExpired(to, side, facts, proposal.madeBy);
    }
  }
}
