import { assertMinor, chargeStepOf, roundToStep, type CurrencyCode } from '@app/common';

export const REFUND_CHOICES = ['remaining', 'full', 'partial', 'none'] as const;
/** What goes back when a package is refunded: the worth of its remaining credits, or what the coach says instead. */
export type EntitlementRefundChoice = (typeof REFUND_CHOICES)[number];

/** What can be refunded of the payment, and what for. Amounts are minor units of `currency`. */
export interface RefundableEntitlement {
  /** The shares of the price that the remaining credits have together. */
  readonly worthMinor: number;
  readonly currency: CurrencyCode;
  /** Captured less refunded. */
  readonly leftMinor: number;
}

/** An amount that cannot be refunded; the most that could be. */
export class EntitlementRefundRefused extends Error {
  constructor(
    message: string,
    readonly refundableMinor: number,
  ) {
    super(message);
  }
}

/**
 * What refunding a package gives back (domain.md 11): on the charge step of the currency, and never more than is left of
 * what was captured.
 *
 * @param amountMinor with `partial`, minor units
 * @returns minor units, from 0
 * @throws EntitlementRefundRefused for an amount without `partial`, `partial` without one, or one that is not left
 */
export function entitlementRefund(
  entitlement: RefundableEntitlement,
  choice: EntitlementRefundChoice,
  amountMinor?: number,
): number {
  const { leftMinor } = entitlement;
  if ((choice === 'partial') !== (amountMinor !== undefined))
    throw new EntitlementRefundRefused('A partial refund names an amount, any other none.', leftMinor);
  switch (choice) {
    case 'none':
      return 0;
    case 'full':
      return leftMinor;
    case 'partial':
      return named(amountMinor ?? 0, entitlement);
    case 'remaining':
      return shareDue(entitlement);
  }
}

/** What shares of the price give back: on the charge step, and never more than is left; minor units. */
export function shareDue({ leftMinor, worthMinor, currency }: RefundableEntitlement): number {
  return worthMinor >= leftMinor ? leftMinor : Math.min(roundToStep(worthMinor, currency), leftMinor);
}

function named(amountMinor: number, { leftMinor, currency }: RefundableEntitlement): number {
  assertMinor(amountMinor);
  const due = amountMinor === leftMinor ? leftMinor : roundToStep(amountMinor, currency);
  if (due < 1 || due > leftMinor) {
    throw new EntitlementRefundRefused(
      `Between ${Math.min(chargeStepOf(currency), leftMinor)} and ${leftMinor} minor units of ${currency} can be refunded.`,
      leftMinor,
    );
  }
  return due;
}
