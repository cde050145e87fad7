import type { Funding, SessionPaymentStatus } from '../session-record';

/** What payments knows of a session's money. Amounts are minor units of one currency. */
export interface PaymentFacts {
  status:
    | 'requires_payment'
    | 'processing'
    | 'paid'
    | 'failed'
    | 'canceled'
    | 'partially_refunded'
    | 'refunded'
    | 'disputed';
  capturedMinor: number;
  refundedMinor: number;
  applicationFeeMinor: number;
  feeReturnedMinor: number;
  openRefunds: number;
  failedRefunds: number;
  disputeTakenMinor: number;
}

/** The one payment status that a session shows (domain.md 12). The worst news wins. */
export function sessionPaymentStatus(
  funding: Funding,
  payment: PaymentFacts | undefined,
): SessionPaymentStatus {
  if (funding === 'free') return 'free';
  if (funding === 'package') return 'covered_by_package';
  if (payment === undefined) return 'unpaid';
  if (payment.status === 'disputed') return 'disputed';
  // All of it has arrived, if not by the refund that failed.
  if (payment.status === 'refunded') return 'refunded';
  if (payment.failedRefunds > 0) return 'refund_failed';
  if (payment.openRefunds > 0) return 'refund_pending';
  switch (payment.status) {
    case 'requires_payment':
    case 'canceled':
      return 'unpaid';
    case 'processing':
    case 'failed':
    case 'paid':
    case 'partially_refunded':
      return payment.status;
  }
}

/** What the coach keeps: captured − refunded − disputed − fee + fee given back, in minor units. Nothing goes back twice. */
export function netMinor(payment: PaymentFacts | undefined): number {
  if (payment === undefined || payment.capturedMinor === 0) return 0;
  const { capturedMinor, refundedMinor, disputeTakenMinor } = payment;
  const goneMinor = Math.min(capturedMinor, refundedMinor + disputeTakenMinor);
  return capturedMinor - goneMinor - payment.applicationFeeMinor + payment.feeReturnedMinor;
}
