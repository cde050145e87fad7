import { Injectable } from '@nestjs/common';
import type { Principal } from '@app/accounts';
import { Database, sql } from '@app/database';
import { ContactAttempts, type ContactAttempt } from './contact-attempts.service';
import { isReportOpen, type NoShowBy } from './domain/no-show';
import { SessionQueries } from './session.queries';
import type { FollowUpTemplate } from './follow-ups.service';

/** One marking of a session as missed, also one that was taken back. Amounts are minor units. */
export interface NoShowMarking {
  id: string;
  by: NoShowBy;
  markedAt: Date;
  markedBy: 'coach' | 'admin';
  overridden: boolean;
  reason: string | null;
  clause: string;
  keptMinor: number;
  /** With the share of a refunded package. */
  refundMinor: number;
  /** What the saved card is charged with; 0 where nothing is. */
  laterChargeMinor: number;
  chargeWaivedAt: Date | null;
  currency: string;
  endedAt: Date | null;
  endedHow: 'undone' | 'voided' | null;
}

export interface NoShowReport {
  reportedAt: Date;
  message: string | null;
  isOpen: boolean;
}

export interface FollowUp {
  template: FollowUpTemplate;
  message: string;
  /** The offer of new times that went with it. */
  proposalId: string | null;
  sentAt: Date;
}

/** Everything there is about a missed session. */
export interface NoShowStory {
  markings: NoShowMarking[];
  report: NoShowReport | null;
  followUp: FollowUp | null;
  /** Null for everybody but the coach. */
  contactAttempts: ContactAttempt[] | null;
}

@Injectable()
export class NoShowQueries {
  constructor(
    private readonly database: Database,
    private readonly sessions: SessionQueries,
    private readonly contacts: ContactAttempts,
  ) {}

  /** @throws SessionNotFound also for somebody else's */
  async story(principal: Principal, id: string): Promise<NoShowStory> {
    const session = await this.sessions.find(principal, id);
    const markings = await this.database.many(sql<NoShowMarking>`
      select ${markingColumns} from no_shows n where n.coach_id = ${session.coachId} and n.session_id = ${id} order by n.id`);
    const report = await this.report(session.coachId, id);
    const followUp = await this.followUp(session.coachId, id);
    return {
      markings,
      report: report === undefined ? null : { ...report, isOpen: isReportOpen(session) },
      followUp: followUp ?? null,
      contactAttempts: principal.kind === 'coach' ? await this.contacts.ofSession(session.coachId, id) : null,
    };
  }

  /** For the worker. */
  async marking(coachId: string, noShowId: string): Promise<NoShowMarking> {
    return this.database.one(sql<NoShowMarking>`
      select ${markingColumns} from no_shows n where n.coach_id = ${coachId} and n.id = ${noShowId}`);
  }

  /** For the worker. */
  async report(coachId: string, sessionId: string): Promise<Omit<NoShowReport, 'isOpen'> | undefined> {
    return this.database.maybe(sql<Omit<NoShowReport, 'isOpen'>>`
      select reported_at as "reportedAt", message from no_show_reports where coach_id = ${coachId} and session_id = ${sessionId}`);
  }

  /** For the worker. */
  async followUp(coachId: string, sessionId: string): Promise<FollowUp | undefined> {
    return this.database.maybe(sql<FollowUp>`
      select template, message, proposal_id as "proposalId", sent_at as "sentAt" from follow_ups where coach_id = ${coachId} and session_id = ${sessionId}`);
  }
}

const markingColumns = sql`n.id, n.no_show_by as by, n.marked_at as "markedAt", n.marked_by_kind as "markedBy", n.overridden, n.reason,
  n.clause, n.kept_minor as "keptMinor", n.refund_minor + n.share_minor as "refundMinor",
  n.later_charge_minor as "laterChargeMinor", n.charge_waived_at as "chargeWaivedAt", n.currency, n.ended_at as "endedAt", n.ended_how as "endedHow"`;
