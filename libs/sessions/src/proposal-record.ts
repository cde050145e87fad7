import { sql, type RawBuilder } from '@app/database';
import type { ProposalPurpose, ProposalStatus } from './domain/rescheduling';

/** One row of `reschedule_proposals`, with what its reader needs of the session. */
export interface ProposalRecord {
  coachId: string;
  id: string;
  sessionId: string;
  clientId: string;
  purpose: ProposalPurpose;
  madeBy: 'coach' | 'client';
  message: string | null;
  /** Ascending. */
  times: Date[];
  /** Of the session that takes place at one of the times, whole minutes. */
  durationMinutes: number;
  /** The session's time when this was made. */
  sessionStartsAt: Date;
  refundCapPercent: number | null;
  answersId: string | null;
  /** What was booked by taking a time; only of `book_next`. */
  nextSessionId: string | null;
  status: ProposalStatus;
  chosenStartsAt: Date | null;
  createdAt: Date;
  expiresAt: Date;
  closedAt: Date | null;
  version: number;
}

/** The select list of a `ProposalRecord` from `reschedule_proposals p` and its `sessions s`. */
export const proposalColumns: RawBuilder<unknown> = sql`
  p.coach_id as "coachId", p.id, p.session_id as "sessionId", s.client_id as "clientId", p.purpose,
  p.made_by as "madeBy", p.message, p.times,
  case p.purpose when 'move' then (extract(epoch from s.ends_at - s.starts_at) / 60)::int
    else (select o.duration_minutes from offerings o where o.coach_id = s.coach_id and o.id = s.offering_id) end as "durationMinutes", p.session_starts_at as "sessionStartsAt",
  p.refund_cap_percent as "refundCapPercent", p.answers_id as "answersId", p.next_session_id as "nextSessionId", p.status, p.chosen_starts_at as "chosenStartsAt",
  p.created_at as "createdAt", p.expires_at as "expiresAt", p.closed_at as "closedAt", p.version`;
