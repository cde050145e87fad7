import { insertAudit, type Actor } from '@app/accounts';
import { releaseProposedTimes } from '@app/availability';
import { sql, type RawBuilder } from '@app/database';
import type { ProposalStatus } from './domain/rescheduling';
import type { ProposalRecord } from './proposal-record';
import { insertTimelineEntry } from './session-writes';

/** An end of one proposal, and who brought it about. */
export interface ProposalEnd {
  proposal: ProposalRecord;
  status: Exclude<ProposalStatus, 'open' | 'expired' | 'superseded'>;
  actor: Actor;
  now: Date;
  /** The time that was taken; only of `accepted`. */
  chosenStartsAt?: Date;
  /** What was booked by taking it; only of an offer in a follow-up. */
  nextSessionId?: string;
  via: 'app' | 'link';
}

/** Statements that make a proposal. The session's row is locked, and no other proposal of it is open. */
export function insertProposal(proposal: ProposalRecord, actor: Actor): RawBuilder<unknown>[] {
  const { coachId, id, sessionId, madeBy, times, createdAt } = proposal;
  return [
    sql`insert into reschedule_proposals
      (coach_id, id, session_id, purpose, made_by, message, times, session_starts_at, refund_cap_percent, answers_id, created_at, expires_at)
      values (${coachId}::uuid, ${id}::uuid, ${sessionId}::uuid, ${proposal.purpose}, ${madeBy}, ${proposal.message}::text,
        ${times.map((time) => time.toISOString())}::timestamptz[], ${proposal.sessionStartsAt}::timestamptz,
        ${proposal.refundCapPercent}::int, ${proposal.answersId}::uuid, ${createdAt}::timestamptz, ${proposal.expiresAt}::timestamptz)`,
    insertTimelineEntry({
      coachId,
      sessionId,
      at: createdAt,
      kind: madeBy === 'coach' ? 'times_proposed' : 'other_times_asked',
      actor,
      fromStatus: null,
      toStatus: null,
      details: { proposalId: id, times: times.map((time) => time.toISOString()) },
    }),
    insertAudit({
      coachId,
      actor,
      action: madeBy === 'coach' ? 'proposal.offer' : 'proposal.ask',
      objectType: 'proposal',
      objectId: id,
      objectVersion: 1,
      after: { sessionId, times: times.map((time) => time.toISOString()) },
    }),
  ];
}

/** Statements that end an open proposal and free what it held. The session's row is locked. */
export function closeProposal(end: ProposalEnd): RawBuilder<unknown>[] {
  const { proposal, status, actor, now, chosenStartsAt, nextSessionId, via } = end;
  const { coachId, id, sessionId, version } = proposal;
  const facts = {
    ...(chosenStartsAt === undefined ? {} : { chosenStartsAt: chosenStartsAt.toISOString() }),
    ...(nextSessionId === undefined ? {} : { nextSessionId }),
  };
  return [
    sql`update reschedule_proposals set status = ${status}, chosen_starts_at = ${chosenStartsAt ?? null}::timestamptz,
        next_session_id = ${nextSessionId ?? null}::uuid, closed_at = ${now}::timestamptz, version = version + 1
      where coach_id = ${coachId} and id = ${id} and status = 'open'`,
    releaseProposedTimes(coachId, sessionId),
    insertTimelineEntry({
      coachId,
      sessionId,
      at: now,
      kind: `proposal_${status}`,
      actor,
      fromStatus: null,
      toStatus: null,
      details: { proposalId: id, via, ...facts },
    }),
    insertAudit({
      coachId,
      actor,
      action: `proposal.${ACTS[status]}`,
      objectType: 'proposal',
      objectId: id,
      objectVersion: version + 1,
      after: { status, via, ...facts },
    }),
  ];
}

const ACTS: Record<ProposalEnd['status'], string> = {
  accepted: 'accept',
  answered: 'answer',
  declined: 'decline',
  withdrawn: 'withdraw',
};
