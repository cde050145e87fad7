import { sql } from '@app/database';
import type { SessionPayment } from '@app/payments';
import {
  backMinor,
  leftOf,
  waitsForDispute,
  type CancellationTerms,
  type MoneyNow,
} from './cancellation-terms';
import { isOver } from './domain/allowed-actions';
import type { RefundDecision } from './refund-decisions';
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

/**
 * What was paid or given back meanwhile makes it another cancellation, and so does another way to pay; a charge under way does
 * not: it is awaited.
 */
export function stillFits(quote: QuoteRow, session: SessionRecord, money: MoneyNow): boolean {
  const { content } = quote;
  if (content.capturedMinor === 0 && (money.payment?.capturedMinor ?? 0) > 0) return false;
  if (content.leftMinor !== leftOf(money.payment)) return false;
  if (!fitsCredit(content, money)) return false;
  if (content.refundWaitsForDispute !== waitsForDispute(content, money)) return false;
  if (content.laterChargeMinor !== null && session.funding !== 'pay_later') return false;
  if (content.outcome === 'abandoned') return session.status === 'held';
  return content.outcome === 'retroactive' ? isOver(session) : session.status === 'scheduled';
}

function fitsCredit({ credit, shareMinor }: CancellationTerms, { credit: held }: MoneyNow): boolean {
  if (credit === null || held === undefined) return credit === null && held === undefined;
  if (credit === 'used') return true;
  return credit === held.as && shareMinor === (held.share?.refundMinor ?? null);
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

/** What a session's cancelling says of the money that was paid for it. */
export function decisionOf(
  { coachId, id: sessionId }: SessionRecord,
  { paymentId, currency }: Pick<SessionPayment, 'paymentId' | 'currency'>,
  { refundMinor: dueMinor, choice, clause }: CancellationTerms,
  now: Date,
): RefundDecision {
  return { coachId, sessionId, paymentId, dueMinor, currency, choice, clause, now };
}

/** For the reader of the timeline. */
export function detailsOf(terms: CancellationTerms): Record<string, unknown> {
  return {
    refundChoice: terms.choice,
    refundMinor: backMinor(terms),
    ...(terms.refundWaitsForDispute ? { refundWaitsForDispute: true } : {}),
    ...(terms.laterChargeMinor === null ? {} : { laterChargeMinor: terms.laterChargeMinor }),
    currency: terms.currency,
    clause: terms.clause,
    ...(terms.credit === null ? {} : { credit: terms.credit }),
  };
}
