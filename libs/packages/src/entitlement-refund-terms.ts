import { feeShareOfRefund, publicId, RuleViolation, type CurrencyCode } from '@app/common';
import {
  entitlementRefund,
  EntitlementRefundRefused,
  type EntitlementRefundChoice,
} from './domain/entitlement-refund';
import type { EntitlementRecord } from './entitlement-record';
import { EntitlementNotOpen } from './packages.errors';

export interface RefundWish {
  /** By default what the remaining credits are worth. */
  refund?: EntitlementRefundChoice;
  /** With `partial`: minor units. */
  amountMinor?: number;
}

/** What refunding would do. Amounts are minor units; the fee is an estimate, Stripe's own number is booked. */
export interface EntitlementRefundTerms {
  choice: EntitlementRefundChoice;
  /** Credits that are lost by it. */
  credits: number;
  refundMinor: number;
  /** What can go back at all, by the asking. */
  leftMinor: number;
  estimatedFeeReturnedMinor: number;
  /** The payment is disputed: the refund waits for the bank's decision, and there is none once the dispute is lost. */
  refundWaitsForDispute: boolean;
  currency: CurrencyCode;
}

export interface EntitlementRefundQuote extends EntitlementRefundTerms {
  id: string;
  entitlementId: string;
  expiresAt: Date;
}

/** An entitlement under lock, with the money that was paid for it. */
export interface LockedEntitlement extends EntitlementRecord {
  paymentId: string;
  capturedMinor: number;
  refundedMinor: number;
  applicationFeeMinor: number;
  isDisputed: boolean;
  isDisputeLost: boolean;
  /** The shares of the price that its remaining credits have together, minor units. */
  worthMinor: number;
}

const LOST =
  'The bank has decided a dispute of this payment for the client, so nothing of it can be refunded.';

/** @throws EntitlementNotOpen, RuleViolation `refunds.out_of_range` */
export function termsOf(entitlement: LockedEntitlement, wish: RefundWish): EntitlementRefundTerms {
  assertOpen(entitlement);
  const { capturedMinor, refundedMinor, applicationFeeMinor, currency } = entitlement;
  const choice = wish.refund ?? 'remaining';
  const refundMinor = dueOf(entitlement, choice, wish.amountMinor);
  return {
    choice,
    credits: entitlement.remaining,
    refundMinor,
    leftMinor: leftOf(entitlement),
    estimatedFeeReturnedMinor: feeShareOfRefund(
      applicationFeeMinor,
      capturedMinor,
      refundedMinor,
      refundMinor,
    ),
    refundWaitsForDispute: refundMinor > 0 && entitlement.isDisputed,
    currency,
  };
}

function dueOf(
  entitlement: LockedEntitlement,
  choice: EntitlementRefundChoice,
  amountMinor: number | undefined,
): number {
  const leftMinor = leftOf(entitlement);
  try {
    return entitlementRefund({ ...entitlement, leftMinor }, choice, amountMinor);
  } catch (error) {
    if (!(error instanceof EntitlementRefundRefused)) throw error;
    const detail = entitlement.isDisputeLost ? LOST : error.message;
    throw new RuleViolation('refunds.out_of_range', detail, {
      extensions: { refundableMinor: error.refundableMinor },
    });
  }
}

export function assertOpen({ status }: EntitlementRecord): void {
  if (status !== 'active' && status !== 'expired') throw new EntitlementNotOpen(status);
}

/** What can still go back; minor units. */
export function leftOf({ capturedMinor, refundedMinor, isDisputeLost: isLost }: LockedEntitlement): number {
  return isLost ? 0 : capturedMinor - refundedMinor;
}

/** A quote as it is shown outside, also in the refusal of one that no longer fits: with public ids. */
export function publicRefundQuote(quote: EntitlementRefundQuote) {
  const { id, entitlementId, refundMinor, estimatedFeeReturnedMinor, currency, expiresAt, ...shown } = quote;
  const { leftMinor: _left, ...terms } = shown;
  return {
    ...terms,
    id: publicId('quote', id),
    entitlementId: publicId('entitlement', entitlementId),
    refund: { amount: refundMinor, currency },
    estimatedFeeReturned: { amount: estimatedFeeReturnedMinor, currency },
    expiresAt: expiresAt.toISOString(),
  };
}
