import { percentOf, roundToStep } from '@app/common';
import type { SessionStatus } from '../session-record';
import { CORRECTION_MS } from './session-status';

export type NoShowBy = 'client' | 'coach';

const MINUTE_MS = 60_000;

/** What decides who may say that somebody did not come. */
export interface NoShowFacts {
  status: SessionStatus;
  startsAt: Date;
  endsAt: Date;
  /** The coach's setting: how long to wait from the start. */
  waitingMinutes: number;
  noShowBy: NoShowBy | null;
  noShowReportedAt: Date | null;
  followedUpAt: Date | null;
}

/** From here on nobody need wait any longer for who is not there (domain.md 5). */
export function waitingEndsAt({ startsAt, waitingMinutes }: NoShowFacts): Date {
  return new Date(startsAt.getTime() + waitingMinutes * MINUTE_MS);
}

/** A client who says that the coach did not come: from the end of the waiting time until 7 days after the session, once. */
export function mayReportNoShow(facts: NoShowFacts, now: Date): boolean {
  if (facts.noShowReportedAt !== null || facts.noShowBy === 'coach') return false;
  if (facts.status === 'held' || facts.status === 'cancelled') return false;
  return now >= waitingEndsAt(facts) && now.getTime() <= facts.endsAt.getTime() + CORRECTION_MS;
}

/** A report waits for an answer until the coach's no-show is marked or the session is voided. */
export function isReportOpen(facts: Pick<NoShowFacts, 'status' | 'noShowBy' | 'noShowReportedAt'>): boolean {
  return facts.noShowReportedAt !== null && facts.noShowBy !== 'coach' && facts.status !== 'cancelled';
}

/** One message to a client who missed the session. */
export function mayFollowUp({ status, noShowBy, followedUpAt }: NoShowFacts): boolean {
  return status === 'no_show' && noShowBy === 'client' && followedUpAt === null;
}

/** The money of a session that somebody missed; amounts are minor units of one currency. */
export interface NoShowMoney {
  by: NoShowBy;
  priceMinor: number;
  /** What the booking's own terms charge for a missed session, in percent of the price. */
  chargePercent: number;
  capturedMinor: number;
  /** Refunds that did not fail, asked for so far. */
  refundedMinor: number;
  currency: string;
}

/**
 * What goes back when a session is marked as missed, in minor units. The coach's own no-show gives back all that is
 * left. A client's gives back what was prepaid beyond the charge, which is rounded half up to the currency's charge
 * step; what was given back before counts towards it. Rule: domain.md 3 and 9.
 */
export function noShowRefund(money: NoShowMoney): number {
  const leftMinor = money.capturedMinor - money.refundedMinor;
  if (money.by === 'coach') return leftMinor;
  return Math.max(0, leftMinor - noShowCharge(money));
}

/** What a client who does not come owes of the price, minor units on the currency's charge step. Rule: domain.md 9. */
export function noShowCharge({
  priceMinor,
  chargePercent,
  currency,
}: Pick<NoShowMoney, 'priceMinor' | 'chargePercent' | 'currency'>): number {
  if (chargePercent === 100) return priceMinor;
  return Math.min(priceMinor, roundToStep(percentOf(priceMinor, chargePercent), currency));
}
