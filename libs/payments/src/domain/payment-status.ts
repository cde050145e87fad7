/** Where a payment stands (domain.md 12). */
export type PaymentStatus =
  | 'requires_payment'
  | 'processing'
  | 'paid'
  | 'failed'
  | 'canceled'
  | 'partially_refunded'
  | 'refunded'
  | 'disputed';

/**
 * Lawful moves. Money wins over an old report: whatever was paid never becomes unpaid again, and a payment that was
 * called off is paid all the same when Stripe took the money.
 */
export const PAYMENT_MOVES: Readonly<Record<PaymentStatus, readonly PaymentStatus[]>> = {
  requires_payment: ['processing', 'paid', 'failed', 'canceled'],
  processing: ['paid', 'failed', 'canceled'],
  failed: ['requires_payment', 'processing', 'paid', 'canceled'], // the client tries another card
  canceled: ['paid'],
  paid: ['partially_refunded', 'refunded', 'disputed'],
  partially_refunded: ['paid', 'refunded', 'disputed'], // back to paid: its refund failed after all
  refunded: ['paid', 'partially_refunded', 'disputed'],
  disputed: ['paid', 'partially_refunded', 'refunded'],
};

export function mayMovePayment(from: PaymentStatus, to: PaymentStatus): boolean {
  return PAYMENT_MOVES[from].includes(to);
}

/** Not yet paid and not called off: the client may still pay, Stripe may still be asked to cancel. */
export const UNPAID_STATUSES = [
  'requires_payment',
  'processing',
  'failed',
] as const satisfies PaymentStatus[];

export function isUnpaid(status: PaymentStatus): boolean {
  return (UNPAID_STATUSES as readonly PaymentStatus[]).includes(status);
}

/**
 * What the state of a PaymentIntent means for us.
 *
 * @param hasError the intent carries the refusal of its last attempt
 * @throws Error for a status that is not in Stripe's contract
 */
export function statusOfIntent(status: string, hasError: boolean): PaymentStatus {
  switch (status) {
    case 'succeeded':
      return 'paid';
    case 'processing':
      return 'processing';
    case 'canceled':
      return 'canceled';
    case 'requires_payment_method':
      return hasError ? 'failed' : 'requires_payment';
    case 'requires_confirmation':
    case 'requires_action':
    case 'requires_capture':
      return 'requires_payment';
    default:
      throw new Error(`Stripe reports a payment as "${status}".`);
  }
}

/**
 * The status of a payment that was captured, from what has gone back.
 *
 * @param refundedMinor sum of the refunds that have succeeded, minor units
 */
export function settledStatus(capturedMinor: number, refundedMinor: number): PaymentStatus {
  if (refundedMinor === 0) return 'paid';
  return refundedMinor < capturedMinor ? 'partially_refunded' : 'refunded';
}
