/** Every way in which Stripe and we may differ (docs/adr/0018-reconciliation.md). */
export const DIFFERENCE_KINDS = [
  'payment_paid_unknown',
  'payment_canceled_unknown',
  'payment_amount',
  'payment_not_paid_there',
  'payment_open_there',
  'payment_missing_there',
  'payment_unknown_here',
  'payment_charged_twice',
  'refund_unknown_here',
  'refund_missing_there',
  'refund_state',
  'refund_failed_unknown',
  'refund_amount',
  'refund_not_sent',
  'fee_returned',
  'transfer_reversed',
  'processing_fee_unknown_here',
  'processing_fee',
  'dispute_unknown_here',
  'dispute_missing_there',
  'dispute_state',
] as const;
export type DifferenceKind = (typeof DIFFERENCE_KINDS)[number];

/** What reading Stripe again brings in line; anything else is for a person to decide. */
const SAFE_KINDS: ReadonlySet<DifferenceKind> = new Set<DifferenceKind>([
  'payment_paid_unknown',
  'payment_canceled_unknown',
  'refund_unknown_here',
  'refund_state',
  'refund_failed_unknown',
  'refund_not_sent',
  'processing_fee_unknown_here',
  'dispute_unknown_here',
  'dispute_state',
]);

/** Whether it is mended alone, by the very path that a notice of Stripe takes. */
export function isSafeToMend(kind: DifferenceKind): boolean {
  return SAFE_KINDS.has(kind);
}

export const DIFFERENCE_STATES = ['found', 'raised', 'mended', 'resolved', 'accepted'] as const;
export type DifferenceState = (typeof DIFFERENCE_STATES)[number];
