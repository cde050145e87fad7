import { feeShareOfRefund } from '@app/common';
import { noShowClause } from '@app/offerings';
import type { CreditOnReturn } from '@app/packages';
import type { SessionPayment } from '@app/payments';
import { backMinor, LOST_CLAUSE, waitsForDispute } from './cancellation-terms';
import { chargeable } from './domain/cancellation';
import { noShowCharge, noShowRefund, waitingEndsAt, type NoShowBy } from './domain/no-show';
import type { CreditTold } from './domain/session-credit';
import type { SessionRecord } from './session-record';

/** A message that the marking sends. */
export interface NoShowMessage {
  kind: 'no_show_marked' | 'refund_started';
  to: 'client';
}

/** What marking a session as missed would do. Amounts are minor units; the fee is an estimate, Stripe's own number is booked. */
export interface NoShowTerms {
  by: NoShowBy;
  /** What the coach keeps of what was paid before. */
  keptMinor: number;
  /** Of what was paid for the session itself. */
  refundMinor: number;
  /** Of its package, which was refunded before: what goes back in place of the credit; null where the credit itself does. */
  shareMinor: number | null;
  estimatedFeeReturnedMinor: number;
  /** The payment is disputed: the refund waits for the bank's decision, and there is none once the dispute is lost. */
  refundWaitsForDispute: boolean;
  currency: string;
  /** What becomes of the credit that paid the session; null where none did. */
  credit: CreditTold | null;
  /** What is charged to the saved card, minor units; null where nothing is to be paid later. */
  laterChargeMinor: number | null;
  clause: string;
  messages: NoShowMessage[];
  /** ISO instant; marking before it takes `override` and a reason. */
  waitUntil: string;
}

const COACH_CLAUSE = 'Sessions that the coach misses: full refund.';

/** What marking would do at this moment (domain.md 9). */
export function noShowTerms(
  by: NoShowBy,
  session: SessionRecord,
  payment: SessionPayment | undefined,
  held?: CreditOnReturn,
): NoShowTerms {
  const captured = payment?.capturedMinor ?? 0;
  // What a bank has kept is neither with the coach nor left to go back.
  const isLost = payment?.isDisputeLost === true;
  const refunded = isLost ? captured : (payment?.refundedMinor ?? 0);
  // Only what the coach missed gives a credit back.
  const share = by === 'coach' ? held?.share : undefined;
  const shareMinor = share?.refundMinor ?? null;
  const refundMinor = noShowRefund({
    by,
    priceMinor: session.priceMinor,
    chargePercent: session.policyRules.noShowChargePercent,
    capturedMinor: captured,
    refundedMinor: refunded,
    currency: session.currency,
  });
  return {
    by,
    keptMinor: captured - refunded - refundMinor,
    refundMinor,
    shareMinor,
    estimatedFeeReturnedMinor:
      (refundMinor === 0
        ? 0
        : feeShareOfRefund(payment?.applicationFeeMinor ?? 0, captured, refunded, refundMinor)) +
      (share?.estimatedFeeReturnedMinor ?? 0),
    refundWaitsForDispute: waitsForDispute({ refundMinor, shareMinor }, { payment, credit: held }),
    currency: session.currency,
    credit: held === undefined ? null : by === 'coach' ? held.as : 'used',
    laterChargeMinor: laterChargeOf(by, session, captured),
    clause: isLost || share?.isDisputeLost === true ? LOST_CLAUSE : clauseOf(by, session),
    messages: [
      { kind: 'no_show_marked', to: 'client' },
      ...(backMinor({ refundMinor, shareMinor }) > 0
        ? [{ kind: 'refund_started', to: 'client' } as const]
        : []),
    ],
    waitUntil: waitingEndsAt(session).toISOString(),
  };
}

/** Of what is paid later and was not yet: until the client has accepted the terms, nothing more is charged (domain.md 6). */
function laterChargeOf(
  by: NoShowBy,
  { funding, policyAcceptedAt, policyRules, priceMinor, currency }: SessionRecord,
  capturedMinor: number,
): number | null {
  const isOwed = by === 'client' && funding === 'pay_later' && capturedMinor === 0;
  if (!isOwed || policyAcceptedAt === null) return null;
  const chargePercent = policyRules.noShowChargePercent;
  return chargeable(noShowCharge({ priceMinor, chargePercent, currency }), currency);
}

function clauseOf(by: NoShowBy, { policyRules }: SessionRecord): string {
  return by === 'client' ? noShowClause(policyRules) : COACH_CLAUSE;
}
