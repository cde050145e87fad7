import { assertMinor } from '@app/common';

/**
 * `stripe_clearing`: money that Stripe holds for us (debit). `coach`: what is owed to the coach (credit).
 * `platform_fee`: what the platform earns (credit). `processing_fee`: what Stripe charges the platform (debit).
 */
export type LedgerAccount = 'stripe_clearing' | 'coach' | 'platform_fee' | 'processing_fee';

/** Debits are positive, credits negative; minor units. */
export interface LedgerPosting {
  account: LedgerAccount;
  amountMinor: number;
}

/** A captured payment, less the platform's fee, is owed to the coach. */
export function capturePostings(capturedMinor: number, applicationFeeMinor: number): LedgerPosting[] {
  assertMinor(capturedMinor, 'captured');
  assertMinor(applicationFeeMinor, 'fee');
  return withoutZeros([
    { account: 'stripe_clearing', amountMinor: capturedMinor },
    { account: 'coach', amountMinor: applicationFeeMinor - capturedMinor },
    { account: 'platform_fee', amountMinor: -applicationFeeMinor },
  ]);
}

/** Stripe's own fee is the platform's cost; it is kept when the payment is refunded. */
export function processingFeePostings(feeMinor: number): LedgerPosting[] {
  assertMinor(feeMinor, 'processing fee');
  return withoutZeros([
    { account: 'processing_fee', amountMinor: feeMinor },
    { account: 'stripe_clearing', amountMinor: -feeMinor },
  ]);
}

/**
 * A refund: the coach bears what was taken back from the transfer, less the fee given back; the platform bears the
 * rest, which is nothing where the transfer was reversed by the amount of the refund.
 */
export function refundPostings(
  refundMinor: number,
  transferReversedMinor: number,
  feeReturnedMinor: number,
): LedgerPosting[] {
  assertMinor(refundMinor, 'refund');
  assertMinor(transferReversedMinor, 'reversed transfer');
  assertMinor(feeReturnedMinor, 'returned fee');
  return withoutZeros([
    { account: 'stripe_clearing', amountMinor: -refundMinor },
    { account: 'coach', amountMinor: transferReversedMinor - feeReturnedMinor },
    { account: 'platform_fee', amountMinor: refundMinor - transferReversedMinor + feeReturnedMinor },
  ]);
}

/** The opposite of what was booked: a refund that had succeeded has failed after all. */
export function reversed(postings: readonly LedgerPosting[]): LedgerPosting[] {
  return postings.map(({ account, amountMinor }) => ({ account, amountMinor: -amountMinor }));
}

function withoutZeros(postings: LedgerPosting[]): LedgerPosting[] {
  return postings.filter(({ amountMinor }) => amountMinor !== 0);
}
