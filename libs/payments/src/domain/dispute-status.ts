/** Stripe's own words for where a dispute stands. While `warning_…` a bank only asks, and no money has moved. */
export const DISPUTE_STATUSES = [
  'warning_needs_response',
  'warning_under_review',
  'warning_closed',
  'needs_response',
  'under_review',
  'appeal_needs_response',
  'appeal_under_review',
  'lost',
  'won',
  'prevented',
] as const;
export type DisputeStatus = (typeof DISPUTE_STATUSES)[number];

const AFTER_CHARGEBACK = [
  'under_review',
  'appeal_needs_response',
  'appeal_under_review',
  'lost',
  'won',
  'prevented',
] as const satisfies DisputeStatus[];

/** Lawful moves, so that an older reading that is written later changes nothing. A lost dispute can be appealed. */
const DISPUTE_MOVES: Readonly<Record<DisputeStatus, readonly DisputeStatus[]>> = {
  warning_needs_response: ['warning_under_review', 'warning_closed', 'needs_response', ...AFTER_CHARGEBACK],
  warning_under_review: ['warning_closed', 'needs_response', ...AFTER_CHARGEBACK],
  warning_closed: ['needs_response', ...AFTER_CHARGEBACK],
  needs_response: AFTER_CHARGEBACK,
  under_review: ['appeal_needs_response', 'appeal_under_review', 'lost', 'won', 'prevented'],
  lost: ['appeal_needs_response', 'appeal_under_review', 'won'],
  appeal_needs_response: ['appeal_under_review', 'lost', 'won'],
  appeal_under_review: ['lost', 'won'],
  won: [],
  prevented: [],
};

export function mayMoveDispute(from: DisputeStatus, to: DisputeStatus): boolean {
  return DISPUTE_MOVES[from].includes(to);
}

/** @throws Error for a status that is not in Stripe's contract */
export function disputeStatusOf(status: string): DisputeStatus {
  const known = DISPUTE_STATUSES.find((each) => each === status);
  if (known === undefined) throw new Error(`Stripe reports a dispute as "${status}".`);
  return known;
}

/** Decided, as far as Stripe knows. */
export function isClosedDispute(status: DisputeStatus): boolean {
  return status === 'warning_closed' || status === 'lost' || status === 'won' || status === 'prevented';
}

/** The bank has the money, so that nothing of the payment can be refunded: while it is decided, and when it was lost. */
export function holdsPayment(status: DisputeStatus): boolean {
  return !status.startsWith('warning_') && status !== 'won' && status !== 'prevented';
}

/** What of the coach's transfer is to be moved next. */
export type TransferState = 'none' | 'reversing' | 'reversed' | 'returning' | 'returned';

export interface TransferFacts {
  status: DisputeStatus;
  withdrawnMinor: number;
  transferState: TransferState;
  transferReversedMinor: number;
}

/**
 * What is to be done next with the coach's transfer. A call whose end is not known is finished first, whatever became
 * of the dispute; what was never taken need not be given back.
 */
export function nextTransferAct(
  dispute: TransferFacts,
): 'ask_reversal' | 'reverse' | 'ask_return' | 'return' | undefined {
  switch (dispute.transferState) {
    case 'reversing':
      return 'reverse';
    case 'returning':
      return 'return';
    case 'none':
      return holdsPayment(dispute.status) && dispute.withdrawnMinor > 0 ? 'ask_reversal' : undefined;
    case 'reversed':
      return dispute.status === 'won' && dispute.transferReversedMinor > 0 ? 'ask_return' : undefined;
    case 'returned':
      return undefined;
  }
}
