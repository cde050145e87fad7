/** Where a refund stands (domain.md 8). `submitted`: Stripe has it and is not done with it. */
export type RefundStatus = 'pending' | 'submitted' | 'succeeded' | 'failed' | 'needs_attention';

/**
 * Lawful moves. A success can still fail later; trying again leads back to `pending` under a new key. What needed
 * attention because nobody knew what a call had done is moved on when Stripe says it.
 */
export const REFUND_MOVES: Readonly<Record<RefundStatus, readonly RefundStatus[]>> = {
  pending: ['submitted', 'succeeded', 'failed', 'needs_attention'],
  submitted: ['succeeded', 'failed', 'needs_attention'],
  succeeded: ['failed'],
  failed: ['pending'],
  needs_attention: ['pending', 'submitted', 'succeeded', 'failed'],
};

export function mayMoveRefund(from: RefundStatus, to: RefundStatus): boolean {
  return REFUND_MOVES[from].includes(to);
}

/** The statuses in which a person may ask for another try. */
export const RETRYABLE_STATUSES: readonly RefundStatus[] = ['failed', 'needs_attention'];

/**
 * What the state of a Stripe refund means for us.
 *
 * @param status null for methods of payment that report none; cards always do
 * @throws Error for a status that is not in Stripe's contract
 */
export function statusOfStripeRefund(status: string | null): RefundStatus {
  switch (status) {
    case 'succeeded':
      return 'succeeded';
    case 'failed':
    case 'canceled':
      return 'failed';
    case 'pending':
    case 'requires_action':
    case null:
      return 'submitted';
    default:
      throw new Error(`Stripe reports a refund as "${status}".`);
  }
}
