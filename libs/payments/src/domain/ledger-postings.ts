import { assertMinor } from '@app/common';

/**
 * `stripe_clearing`: money that Stripe holds for us (debit). `client`: what a client owes (debit).
 * `coach`: what is owed to the coach (credit). `deferred_packages`: the coach's part of sold packages that is not yet
 * earned (credit). `platform_fee`: what the platform earns (credit). `processing_fee`, `dispute_fee`: what Stripe charges
 * the platform (debit).
 */
export type LedgerAccount =
  | 'stripe_clearing'
  | 'client'
  | 'coach'
  | 'deferred_packages'
  | 'platform_fee'
  | 'processing_fee'
  | 'dispute_fee';

/** Debits are positive, credits negative; minor units. */
export interface LedgerPosting {
  account: LedgerAccount;
  amountMinor: number;
}

/** Where the coach's part of a payment stands. */
export type PayeeAccount = 'coach' | 'deferred_packages';

/** A session's money is owed to the coach at once, a package's is earned as it is delivered (docs/adr/0013). */
export function payeeOf({ entitlementId }: { entitlementId: string | null }): PayeeAccount {
  return entitlementId === null ? 'coach' : 'deferred_packages';
}

/** A captured payment, less the platform's fee, is owed to the coach, or kept for what is still to be delivered. */
export function capturePostings(
  capturedMinor: number,
  applicationFeeMinor: number,
  payee: PayeeAccount = 'coach',
): LedgerPosting[] {
  assertMinor(capturedMinor, 'captured');
  assertMinor(applicationFeeMinor, 'fee');
  return withoutZeros([
    { account: 'stripe_clearing', amountMinor: capturedMinor },
    { account: payee, amountMinor: applicationFeeMinor - capturedMinor },
    { account: 'platform_fee', amountMinor: -applicationFeeMinor },
  ]);
}

/** What a client owes has fallen due: it is owed to the coach already, less the platform's fee. */
export function chargePostings(amountMinor: number, applicationFeeMinor: number): LedgerPosting[] {
  assertMinor(amountMinor, 'charge');
  assertMinor(applicationFeeMinor, 'fee');
  return withoutZeros([
    { account: 'client', amountMinor },
    { account: 'coach', amountMinor: applicationFeeMinor - amountMinor },
    { account: 'platform_fee', amountMinor: -applicationFeeMinor },
  ]);
}

/** The client has paid what had fallen due. */
export function chargePaidPostings(capturedMinor: number): LedgerPosting[] {
  assertMinor(capturedMinor, 'captured');
  return [
    { account: 'stripe_clearing', amountMinor: capturedMinor },
    { account: 'client', amountMinor: -capturedMinor },
  ];
}

/** The coach has earned a part of a package's money. */
export function earningPostings(amountMinor: number): LedgerPosting[] {
  assertMinor(amountMinor, 'earning');
  return withoutZeros([
    { account: 'deferred_packages', amountMinor },
    { account: 'coach', amountMinor: -amountMinor },
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
 *
 * @param payee `deferred_packages` for a package's money: what was earned of it already is then taken back, see ADR 0013
 */
export function refundPostings(
  refundMinor: number,
  transferReversedMinor: number,
  feeReturnedMinor: number,
  payee: PayeeAccount = 'coach',
): LedgerPosting[] {
  assertMinor(refundMinor, 'refund');
  assertMinor(transferReversedMinor, 'reversed transfer');
  assertMinor(feeReturnedMinor, 'returned fee');
  return withoutZeros([
    { account: 'stripe_clearing', amountMinor: -refundMinor },
    { account: payee, amountMinor: transferReversedMinor - feeReturnedMinor },
    { account: 'platform_fee', amountMinor: refundMinor - transferReversedMinor + feeReturnedMinor },
  ]);
}

/** Stripe has taken a disputed amount: the platform bears it until the coach's transfer is reversed. */
export function disputePostings(withdrawnMinor: number): LedgerPosting[] {
  assertMinor(withdrawnMinor, 'withdrawn');
  return withoutZeros([
    { account: 'stripe_clearing', amountMinor: -withdrawnMinor },
    { account: 'platform_fee', amountMinor: withdrawnMinor },
  ]);
}

/** What of a dispute was taken from the coach; reversed, what was given back. */
export function disputeTransferPostings(
  reversedMinor: number,
  payee: PayeeAccount = 'coach',
): LedgerPosting[] {
  assertMinor(reversedMinor, 'reversed transfer');
  return withoutZeros([
    { account: payee, amountMinor: reversedMinor },
    { account: 'platform_fee', amountMinor: -reversedMinor },
  ]);
}

/** Stripe's fee for a dispute is the platform's cost. */
export function disputeFeePostings(feeMinor: number): LedgerPosting[] {
  assertMinor(feeMinor, 'dispute fee');
  return withoutZeros([
    { account: 'dispute_fee', amountMinor: feeMinor },
    { account: 'stripe_clearing', amountMinor: -feeMinor },
  ]);
}

/** The opposite of what was booked: a refund that had succeeded has failed after all. */
export function reversed(postings: readonly LedgerPosting[]): LedgerPosting[] {
  return postings.map(({ account, amountMinor }) => ({ account, amountMinor: -amountMinor }));
}

function withoutZeros(postings: LedgerPosting[]): LedgerPosting[] {
  return postings.filter(({ amountMinor }) => amountMinor !== 0);
}
