import { sql, type RawBuilder } from '@app/database';
import type { RefundChoice } from './domain/cancellation';

/** What of a paid session goes back because it was cancelled, also when that is nothing. */
export interface RefundDecision {
  coachId: string;
  sessionId: string;
  paymentId: string;
  /** Minor units. */
  dueMinor: number;
  currency: string;
  choice: RefundChoice;
  clause: string;
  /** Business time. */
  now: Date;
}

export function insertDecision(decision: RefundDecision): RawBuilder<unknown> {
  const { coachId, sessionId, paymentId, dueMinor, currency, choice, clause, now } = decision;
  return sql`insert into refund_decisions (coach_id, session_id, payment_id, due_minor, currency, choice, clause, decided_at)
    values (${coachId}::uuid, ${sessionId}::uuid, ${paymentId}::uuid, ${dueMinor}::bigint, ${currency}, ${choice}, ${clause},
      ${now}::timestamptz)`;
}
