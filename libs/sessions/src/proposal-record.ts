import { sql, type RawBuilder } from '@app/database';
import type { ProposalStatus } from './domain/rescheduling';

/** One row of `reschedule_proposals`, with what its reader needs of the session. */
export interface ProposalRecord {
  coachId: string;
  id: string;
  sessionId: string;
  clientId: string;
  madeBy: 'coach' | 'client';
  message: string | null;
  /** Ascending. */
  times: Date[];
  /** Of the session, whole minutes. */
  durationMinutes: number;
  /** The session's time when this was made. */
  sessionStartsAt: Date;
  refundCapPercent: number | null;
  answersId: string | null;
  status: ProposalStatus;
  chosenStartsAt: Date | null;
  createdAt: Date;
  expiresAt: Date;
  closedAt: Date | null;
  version: number;
}

/** The select list of a `ProposalRecord` from `reschedule_proposals p` and its `sessions s`. */
export const proposalColumns: RawBuilder<unknown> = sql`
  p.coach_id as "coachId", p.id, p.session_id as "sessionId", s.client_id as "clientId", p.made_by as "madeBy", p.message, p.times,
  (extract(epoch from s.ends_at - s.starts_at) / 60)::int as "durationMinutes", p.session_starts_at as "sessionStartsAt",
  p.refund_cap_percent as "refundCapPercent", p.answers_id as "answersId", p.status, p.chosen_starts_at as "chosenStartsAt",
  p.created_at as "createdAt", p.expires_at as "expiresAt", p.closed_at as "closedAt", p.version`;
