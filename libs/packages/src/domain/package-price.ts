import { assertMinor, minimumChargeOf, roundToStep } from '@app/common';

/** Why a price cannot be used, and where it stands in the request. */
export interface PackagePriceFault {
  readonly code: 'currency_differs' | 'price_below_minimum';
  readonly pointer: string;
  readonly detail: string;
}

/**
 * The price of a package as it is stored: rounded half up to what can be charged in the currency. Rules: domain.md 3; a
 * package is bought, so its price is never 0.
 *
 * @param priceMinor minor units of `currency`
 * @returns minor units
 * @throws RangeError for an amount that is not whole and non-negative
 */
export function checkedPackagePrice(
  priceMinor: number,
  currency: string,
  coachCurrency: string,
): number | PackagePriceFault {
  assertMinor(priceMinor);
  if (currency !== coachCurrency) {
    return {
      code: 'currency_differs',
      pointer: '/price/currency',
      detail: `The currency of this practice is ${coachCurrency}.`,
    };
  }
  const rounded = roundToStep(priceMinor, currency);
  const minimumMinor = minimumChargeOf(currency);
  if (rounded >= minimumMinor && rounded > 0) return rounded;
  return {
    code: 'price_below_minimum',
    pointer: '/price/amount',
    detail: `The least that can be charged is ${minimumMinor} minor units of ${currency}.`,
  };
}
