import { assertMinor, roundToStep } from '@app/common';

/** The amount cannot be given back; `refundableMinor` could. */
export class RefundAmountRefused extends RangeError {
  constructor(readonly refundableMinor: number) {
    super(`A refund of this payment is between 1 and ${refundableMinor} minor units.`);
  }
}

/**
 * What is given back when an amount is asked for: rounded half up to the currency's charge step; all that is left can
 * always be given back, whatever the step. Rule: domain.md 3.
 *
 * @param askedMinor minor units
 * @param leftMinor  captured less the refunds that did not fail, minor units
 * @throws RefundAmountRefused when it is nothing, not a whole number, or more than is left
 */
export function refundAmount(askedMinor: number, leftMinor: number, currency: string): number {
  assertMinor(leftMinor, 'left');
  if (!Number.isSafeInteger(askedMinor) || askedMinor < 1 || askedMinor > leftMinor) {
    throw new RefundAmountRefused(leftMinor);
  }
  if (askedMinor === leftMinor) return leftMinor;
  const rounded = roundToStep(askedMinor, currency);
  if (rounded < 1 || rounded > leftMinor) throw new RefundAmountRefused(leftMinor);
  return rounded;
}
