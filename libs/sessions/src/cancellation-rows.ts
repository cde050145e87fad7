import { sql } from '@app/database';
import type { SessionPayment } from '@app/payments';
import type { CancellationTerms } from './cancellation-terms';
import { isOver } from './domain/allowed-actions';
import type { SessionRecord } from './session-record';

/** A quote as it was stored. */
export interface QuoteRow {
  id: string;
  sessionVersion: number;
  madeFor: string;
  content: CancellationTerms;
  expiresAt: Date;
  usedAt: Date | null;
}

/** What a session that is paid later owes for being cancelled. */
export interface OwedCharge {
  owedMinor: number;
  /** Null where nothing is charged. */
  paymentId: string | null;
}

/** What was paid or given back meanwhile makes it another cancellation; a charge under way does not: it is awaited. */
export function stillFits(
  quote: QuoteRow,
  session: SessionRecord,
  { capturedMinor, refundedMinor }: Pick<SessionPayment, 'capturedMinor' | 'refundedMinor'> = {
    capturedMinor: 0,
    refundedMinor: 0,
  },
): boolean {
  if (quote.content.refundMinor > capturedMinor - refundedMinor) return false;
  if (quote.content.capturedMinor === 0 && capturedMinor > 0) return false;
  if (quote.content.outcome === 'abandoned') return session.status === 'held';
  return quote.content.outcome === 'retroactive' ? isOver(session) : session.status === 'scheduled';
}

export function insertOwed(
  { coachId, id, currency }: SessionRecord,
  { owedMinor, paymentId }: OwedCharge,
  { choice, clause }: CancellationTerms,
  now: Date,
): ReturnType<typeof sql> {
  return sql`insert into cancellation_charges (coach_id, session_id, owed_minor, currency, choice, clause, payment_id, decided_at)
    values (${coachId}::uuid, ${id}::uuid, ${owedMinor}::bigint, ${currency}, ${choice}, ${clause}, ${paymentId}::uuid, ${now}::timestamptz)`;
}
