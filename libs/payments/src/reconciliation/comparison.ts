import type { DisputeStatus } from '../domain/dispute-status';
import { isUnpaid, type PaymentStatus } from '../domain/payment-status';
import type { RefundStatus } from '../domain/refund-status';
import type { OwnReference } from '../stripe-reading';
import type { DifferenceKind } from './difference-kinds';

/** Minor units of the currency that Stripe settles in. */
export interface ProcessingFee {
  amountMinor: number;
  currency: string;
}

/** A payment with all of its refunds and disputes as we have them. Amounts are minor units. */
export interface OurSide {
  coachId: string;
  id: string;
  intentId: string | null;
  status: PaymentStatus;
  amountMinor: number;
  capturedMinor: number;
  currency: string;
  /** By all of its refunds, also those that failed: Stripe moves nothing back then. */
  feeReturnedMinor: number;
  /** By all of its refunds and disputes. */
  transferReversedMinor: number;
  /** What Stripe has kept for taking it, as our ledger has it; null where nothing is booked. */
  processingFee: ProcessingFee | null;
  refunds: OurRefund[];
  disputes: OurDispute[];
  /** When anything of it has changed the last time; business time. */
  changedAt: Date;
}

export interface OurRefund {
  id: string;
  stripeRefundId: string | null;
  attempt: number;
  status: RefundStatus;
  amountMinor: number;
  currency: string;
  requestedAt: Date;
}

export interface OurDispute {
  stripeDisputeId: string;
  status: DisputeStatus;
  /** The bank has the money, or a transfer of it is being moved: refunds wait. */
  isUnderWay: boolean;
}

/** The same as Stripe has it. */
export interface TheirSide {
  intentId: string;
  /** Undefined: Stripe knows no such PaymentIntent. */
  payment: TheirPayment | undefined;
  refunds: TheirRefund[];
  disputes: { id: string; status: DisputeStatus }[];
  /** When anything of it was made the last time, as far as Stripe says. */
  madeAt: Date;
}

export interface TheirPayment {
  own: OwnReference | undefined;
  status: PaymentStatus;
  receivedMinor: number;
  currency: string;
  refundedMinor: number;
  feeReturnedMinor: number;
  transferReversedMinor: number;
  /** Null while Stripe does not say. */
  processingFee: ProcessingFee | null;
}

export interface TheirRefund {
  id: string;
  own: OwnReference | undefined;
  attempt: number;
  status: RefundStatus;
  amountMinor: number;
  currency: string;
}

export interface Difference {
  kind: DifferenceKind;
  objectType: 'payment' | 'refund' | 'dispute';
  /** Stripe's id, or ours of what Stripe does not have. */
  objectId: string;
  ours: Record<string, unknown>;
  theirs: Record<string, unknown>;
}

/** A refund that Stripe has not got after so long is not on its way any more. */
const SENT_WITHIN_MS = 24 * 3_600_000;

/**
 * What differs between both sides of one payment. A payment that nobody here knows is ours when its metadata says so;
 * once all of its money went back, it is no difference any more.
 *
 * @param ours undefined where no row has the intent, nor its metadata names one
 */
export function differencesOf(ours: OurSide | undefined, theirs: TheirSide, now: Date): Difference[] {
  const { payment } = theirs;
  if (ours === undefined)
    return payment === undefined ? [] : unknownPayment('payment_unknown_here', theirs, payment);
  if (payment === undefined) return [ofPayment('payment_missing_there', ours, theirs)];
  if (ours.intentId !== null && ours.intentId !== theirs.intentId)
    return unknownPayment('payment_charged_twice', theirs, payment, ours);
  const found = [
    ...paymentDifferences(ours, theirs, payment),
    ...refundsThere(ours, theirs),
    ...refundsHere(ours, theirs, now),
    ...disputeDifferences(ours, theirs),
  ];
  // The sums follow from the rest: they tell something of their own only where all else agrees.
  return found.length > 0 ? found : sumDifferences(ours, theirs, payment);
}

function unknownPayment(
  kind: 'payment_unknown_here' | 'payment_charged_twice',
  theirs: TheirSide,
  payment: TheirPayment,
  ours?: OurSide,
): Difference[] {
  const keepsMoney = payment.status === 'paid' && payment.refundedMinor < payment.receivedMinor;
  if (!keepsMoney || payment.own === undefined) return [];
  return [
    {
      kind,
      objectType: 'payment',
      objectId: theirs.intentId,
      ours:
        ours === undefined
          ? {}
          : { paymentId: ours.id, intentId: ours.intentId, capturedMinor: ours.capturedMinor },
      theirs: { ...shown(payment), paymentId: payment.own.id },
    },
  ];
}

function paymentDifferences(ours: OurSide, theirs: TheirSide, payment: TheirPayment): Difference[] {
  const kind = paymentKind(ours, payment);
  return kind === undefined ? [] : [ofPayment(kind, ours, theirs)];
}

function paymentKind(ours: OurSide, payment: TheirPayment): DifferenceKind | undefined {
  if (payment.status !== 'paid') {
    if (ours.capturedMinor > 0) return 'payment_not_paid_there';
    if (payment.status === 'canceled') return isUnpaid(ours.status) ? 'payment_canceled_unknown' : undefined;
    return ours.status === 'canceled' ? 'payment_open_there' : undefined;
  }
  const expected = ours.capturedMinor > 0 ? ours.capturedMinor : ours.amountMinor;
  if (payment.receivedMinor !== expected || payment.currency !== ours.currency) return 'payment_amount';
  return ours.capturedMinor === 0 ? 'payment_paid_unknown' : undefined;
}

function refundsThere(ours: OurSide, theirs: TheirSide): Difference[] {
  return theirs.refunds.flatMap((refund) => {
    const own = ours.refunds.find((each) => isSame(each, refund));
    const kind = refundKind(own, refund);
    if (kind === undefined) return [];
    const { status, amountMinor, currency } = refund;
    return [
      {
        kind,
        objectType: 'refund' as const,
        objectId: refund.id,
        ours:
          own === undefined
            ? {}
            : { refundId: own.id, status: own.status, amountMinor: own.amountMinor, currency: own.currency },
        theirs: { status, amountMinor, currency },
      },
    ];
  });
}

/** By Stripe's id, or, before we have noted that, by our own ids: the attempt must be the present one. */
function isSame(own: OurRefund, refund: TheirRefund): boolean {
  if (own.stripeRefundId !== null) return own.stripeRefundId === refund.id;
  return own.id === refund.own?.id && own.attempt === refund.attempt;
}

function refundKind(own: OurRefund | undefined, refund: TheirRefund): DifferenceKind | undefined {
  // What has failed and is no row's is an attempt that was given up.
  if (own === undefined) return refund.status === 'failed' ? undefined : 'refund_unknown_here';
  if (own.amountMinor !== refund.amountMinor || own.currency !== refund.currency) return 'refund_amount';
  if (own.status === refund.status) return undefined;
  return refund.status === 'failed' ? 'refund_failed_unknown' : 'refund_state';
}

function refundsHere(ours: OurSide, theirs: TheirSide, now: Date): Difference[] {
  const waits = ours.disputes.some(({ isUnderWay }) => isUnderWay);
  return ours.refunds.flatMap((own) => {
    if (theirs.refunds.some((refund) => isSame(own, refund))) return [];
    const isLate =
      own.status === 'pending' && !waits && now.getTime() - own.requestedAt.getTime() > SENT_WITHIN_MS;
    const kind: DifferenceKind | undefined =
      own.stripeRefundId !== null ? 'refund_missing_there' : isLate ? 'refund_not_sent' : undefined;
    if (kind === undefined) return [];
    const { id: refundId, status, amountMinor, currency } = own;
    return [
      {
        kind,
        objectType: 'refund' as const,
        objectId: own.stripeRefundId ?? own.id,
        ours: { refundId, status, amountMinor, currency },
        theirs: {},
      },
    ];
  });
}

function disputeDifferences(ours: OurSide, theirs: TheirSide): Difference[] {
  const there = theirs.disputes.flatMap((dispute) => {
    const own = ours.disputes.find(({ stripeDisputeId }) => stripeDisputeId === dispute.id);
    if (own?.status === dispute.status) return [];
    return [
      {
        kind: own === undefined ? ('dispute_unknown_here' as const) : ('dispute_state' as const),
        objectType: 'dispute' as const,
        objectId: dispute.id,
        ours: own === undefined ? {} : { status: own.status },
        theirs: { status: dispute.status },
      },
    ];
  });
  const here = ours.disputes
    .filter((own) => !theirs.disputes.some(({ id }) => id === own.stripeDisputeId))
    .map((own) => ({
      kind: 'dispute_missing_there' as const,
      objectType: 'dispute' as const,
      objectId: own.stripeDisputeId,
      ours: { status: own.status },
      theirs: {},
    }));
  return [...there, ...here];
}

/** Only at rest: while something is under way, its part of the sums may be booked on one side alone. */
function sumDifferences(ours: OurSide, theirs: TheirSide, payment: TheirPayment): Difference[] {
  const isAtRest =
    payment.status === 'paid' &&
    ours.refunds.every(({ status }) => status === 'succeeded' || status === 'failed') &&
    !ours.disputes.some(({ isUnderWay }) => isUnderWay);
  if (!isAtRest) return [];
  return [
    ...(ours.feeReturnedMinor === payment.feeReturnedMinor ? [] : [ofPayment('fee_returned', ours, theirs)]),
    ...(ours.transferReversedMinor === payment.transferReversedMinor
      ? []
      : [ofPayment('transfer_reversed', ours, theirs)]),
    ...processingFeeDifferences(ours, theirs, payment),
  ];
}

function processingFeeDifferences(ours: OurSide, theirs: TheirSide, payment: TheirPayment): Difference[] {
  const [own, fee] = [ours.processingFee, payment.processingFee];
  if (fee === null) return [];
  if (own === null)
    return fee.amountMinor === 0 ? [] : [ofPayment('processing_fee_unknown_here', ours, theirs)];
  const isEqual = own.amountMinor === fee.amountMinor && own.currency === fee.currency;
  return isEqual ? [] : [ofPayment('processing_fee', ours, theirs)];
}

function ofPayment(kind: DifferenceKind, ours: OurSide, { intentId, payment }: TheirSide): Difference {
  const { status, amountMinor, capturedMinor, currency, feeReturnedMinor, transferReversedMinor } = ours;
  const { processingFee } = ours;
  return {
    kind,
    objectType: 'payment',
    objectId: intentId,
    ours: {
      status,
      amountMinor,
      capturedMinor,
      currency,
      feeReturnedMinor,
      transferReversedMinor,
      processingFee,
    },
    theirs: payment === undefined ? {} : shown(payment),
  };
}

function shown(payment: TheirPayment): Record<string, unknown> {
  const { own: _own, ...facts } = payment;
  return { ...facts };
}
