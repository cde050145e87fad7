import { feeShareOfRefund, RuleViolation } from '@app/common';
import { clauseAt, refundPercentAt } from '@app/offerings';
import type { CreditOnReturn } from '@app/packages';
import type { SessionPayment } from '@app/payments';
import { isOver, type ActionRole } from './domain/allowed-actions';
import {
  chargeable,
  defaultChoice,
  effectivePercent,
  owedOnCancelling,
  refundDue,
  RefundOutOfRange,
  type RefundChoice,
} from './domain/cancellation';
import { creditOfCancellation, type CreditTold } from './domain/session-credit';
import { isFreelyCancellable } from './free-cancellation';
import type { CancelOutcome, SessionRecord } from './session-record';

export interface CancellationChoice {
  refund?: RefundChoice;
  amountMinor?: number;
  percent?: number;
  /** Of a session that a credit pays, another word for `full` (true) and `none` (false). */
  returnCredit?: boolean;
}

/** What cancelling would do. Amounts are minor units; the fee is an estimate, Stripe's own number is booked. */
export interface CancellationTerms {
  choice: RefundChoice;
  /** Of what was paid for the session itself. */
  refundMinor: number;
  /** Of its package, which was refunded before: what goes back in place of the credit; null where the credit itself does. */
  shareMinor: number | null;
  estimatedFeeReturnedMinor: number;
  /** The payment is disputed: the refund waits for the bank's decision, and there is none once the dispute is lost. */
  refundWaitsForDispute: boolean;
  /** What the saved card is charged with for cancelling, minor units; null where nothing is. */
  laterChargeMinor: number | null;
  /** What was paid by the asking, minor units. */
  capturedMinor: number;
  /** What of it could go back at all, by the asking, minor units. */
  leftMinor: number;
  currency: string;
  refundPercent: number;
  /** What becomes of the credit that pays it; null where none does. */
  credit: CreditTold | null;
  clause: string;
  outcome: CancelOutcome;
  /** From the asking to the start, in whole seconds; negative once it has begun. */
  noticeSeconds: number;
  willBeTold: ('coach' | 'client')[];
}

export interface CancellationQuote extends CancellationTerms {
  id: string;
  sessionId: string;
  expiresAt: Date;
}

/** Who cancels what, and when. */
export interface Cancelling {
  by: ActionRole;
  session: SessionRecord;
  payment: SessionPayment | undefined;
  choice: CancellationChoice;
  /** What giving its credit back would do; undefined where it holds none. */
  credit?: CreditOnReturn | undefined;
  now: Date;
}

/** What was paid for a session by now, and what giving its credit back would do. */
export interface MoneyNow {
  payment: Pick<SessionPayment, 'status' | 'capturedMinor' | 'refundedMinor' | 'isDisputeLost'> | undefined;
  credit: CreditOnReturn | undefined;
}

/** All that goes back, minor units. */
export function backMinor({
  refundMinor,
  shareMinor,
}: Pick<CancellationTerms, 'refundMinor' | 'shareMinor'>): number {
  return refundMinor + (shareMinor ?? 0);
}

/** What can still go back of a session's payment, minor units. */
export function leftOf(payment: MoneyNow['payment']): number {
  if (payment === undefined || payment.isDisputeLost) return 0;
  return payment.capturedMinor - payment.refundedMinor;
}

/** A part of it waits until a bank has decided. */
export function waitsForDispute(
  { refundMinor, shareMinor }: Pick<CancellationTerms, 'refundMinor' | 'shareMinor'>,
  { payment, credit }: MoneyNow,
): boolean {
  const ofSession = refundMinor > 0 && payment?.status === 'disputed';
  return ofSession || ((shareMinor ?? 0) > 0 && credit?.share?.isDisputed === true);
}

const FREE_CLAUSE =
  'Your coach moved this session or made it dearer, so cancelling it is free of charge: everything is refunded.';

export const LOST_CLAUSE =
  'The bank has decided a dispute of this payment for the client, so nothing of it can be refunded.';

/**
 * What cancelling would do at this moment; the session may be cancelled (domain.md 8).
 *
 * @throws RuleViolation `refunds.choice_not_yours | refunds.out_of_range`
 */
export function cancellationTerms(cancelling: Cancelling): CancellationTerms {
  const { by, session, payment, choice, now } = cancelling;
  const refund = choiceOf(by, session, choice);
  const noticeMs = session.startsAt.getTime() - now.getTime();
  const isFree = by === 'client' && isFreelyCancellable(session, now);
  const policyPercent = isFree ? 100 : refundPercentAt(session.policyRules, noticeMs);
  const refundCapPercent = isFree ? null : session.refundCapPercent;
  const refundPercent = effectivePercent({ by, policyPercent, refundCapPercent });
  const credit = creditOf(cancelling, refund, refundPercent);
  const share = credit === 'paid_back' ? cancelling.credit?.share : undefined;
  const refundMinor = dueOf(cancelling, refund, policyPercent, refundCapPercent);
  const shareMinor = share?.refundMinor ?? null;
  return {
    choice: refund,
    refundMinor,
    shareMinor,
    estimatedFeeReturnedMinor: feeReturned(payment, refundMinor) + (share?.estimatedFeeReturnedMinor ?? 0),
    refundWaitsForDispute: waitsForDispute(
      { refundMinor, shareMinor },
      { payment, credit: cancelling.credit },
    ),
    laterChargeMinor: laterChargeOf(session, payment, refund, refundPercent),
    capturedMinor: payment?.capturedMinor ?? 0,
    leftMinor: leftOf(payment),
    currency: session.currency,
    refundPercent,
    credit,
    clause:
      payment?.isDisputeLost === true || share?.isDisputeLost === true
        ? LOST_CLAUSE
        : isFree
          ? FREE_CLAUSE
          : clauseAt(session.policyRules, noticeMs),
    outcome: outcomeOf(by, session, policyPercent),
    noticeSeconds: Math.floor(noticeMs / 1000),
    willBeTold: toldOf(by, session),
  };
}

/**
 * What was asked for, or the default. A hold that is paid by now, and not yet confirmed, goes back whole: giving up a
 * booking that never was has no price.
 */
function choiceOf(by: ActionRole, session: SessionRecord, choice: CancellationChoice): RefundChoice {
  const refund = choice.refund ?? ofCredit(session, choice) ?? defaultChoice(by);
  if (by === 'client' && refund !== 'policy') {
    throw new RuleViolation(
      'refunds.choice_not_yours',
      'The refund of a client who cancels follows the policy.',
    );
  }
  const named = [choice.amountMinor, choice.percent].filter((value) => value !== undefined).length;
  if (named !== (refund === 'partial' ? 1 : 0)) {
    throw new RuleViolation(
      'refunds.out_of_range',
      'A partial refund names either an amount or a percent, any other refund neither.',
    );
  }
  if (choice.refund !== undefined && choice.returnCredit !== undefined) {
    throw new RuleViolation('refunds.out_of_range', 'Name either `refund` or `returnCredit`.');
  }
  return session.status === 'held' ? 'full' : refund;
}

function ofCredit(
  { funding }: SessionRecord,
  { returnCredit }: CancellationChoice,
): RefundChoice | undefined {
  if (returnCredit === undefined) return undefined;
  if (funding !== 'package')
    throw new RuleViolation('refunds.out_of_range', 'No credit pays this session, so none can be returned.');
  return returnCredit ? 'full' : 'none';
}

function dueOf(
  { by, session, payment, choice }: Cancelling,
  refund: RefundChoice,
  policyPercent: number,
  refundCapPercent: number | null,
): number {
  if (payment === undefined || payment.capturedMinor === 0 || payment.isDisputeLost) return 0;
  try {
    return refundDue({
      by,
      choice: refund,
      ...(choice.amountMinor === undefined ? {} : { amountMinor: choice.amountMinor }),
      ...(choice.percent === undefined ? {} : { percent: choice.percent }),
      priceMinor: session.priceMinor,
      capturedMinor: payment.capturedMinor,
      refundedMinor: payment.refundedMinor,
      currency: session.currency,
      policyPercent,
      refundCapPercent,
    });
  } catch (error) {
    if (!(error instanceof RefundOutOfRange)) throw error;
    throw new RuleViolation('refunds.out_of_range', error.message, {
      extensions: { refundableMinor: error.refundableMinor },
    });
  }
}

/** There is no card refund for a package session: its credit goes back whole or not at all. */
function creditOf(
  { session, credit }: Cancelling,
  refund: RefundChoice,
  refundPercent: number,
): CreditTold | null {
  if (credit === undefined) return null;
  if (refund === 'partial')
    throw new RuleViolation('refunds.out_of_range', 'A credit goes back whole or not at all.');
  const outcome = creditOfCancellation(refund, refundPercent, session.policyRules.returnCreditOnLateCancel);
  return outcome === 'returned' ? credit.as : outcome;
}

/**
 * What is owed of a session that was to be paid later and was not yet (domain.md 8): by the policy alone, so that a coach who
 * cancels with `full` charges nothing; nothing until the client has accepted the terms, and nothing of what is over.
 */
function laterChargeOf(
  session: SessionRecord,
  payment: SessionPayment | undefined,
  refund: RefundChoice,
  refundPercent: number,
): number | null {
  if (session.funding !== 'pay_later' || (payment?.capturedMinor ?? 0) > 0 || isOver(session)) return null;
  if (refund !== 'policy' || session.policyAcceptedAt === null) return null;
  return chargeable(owedOnCancelling(session, refundPercent), session.currency);
}

function feeReturned(payment: SessionPayment | undefined, refundMinor: number): number {
  if (payment === undefined || payment.capturedMinor === 0) return 0;
  return feeShareOfRefund(
    payment.applicationFeeMinor,
    payment.capturedMinor,
    payment.refundedMinor,
    refundMinor,
  );
}

function outcomeOf(by: ActionRole, session: SessionRecord, policyPercent: number): CancelOutcome {
  if (session.status === 'held') return 'abandoned';
  if (isOver(session)) return 'retroactive';
  if (by !== 'client') return 'by_coach';
  return policyPercent === 100 ? 'in_time' : 'late';
}

/** A hold concerns the client alone, and not by mail when it was the client's own act. */
function toldOf(by: ActionRole, session: SessionRecord): ('coach' | 'client')[] {
  if (session.status !== 'held') return ['coach', 'client'];
  return by === 'client' ? [] : ['client'];
}
