import { assertMinor, minimumChargeOf, roundToStep } from '@app/common';

export const FUNDING_OPTIONS = ['card', 'package', 'pay_later', 'free'] as const;
export type FundingOption = (typeof FUNDING_OPTIONS)[number];

/** What an offering costs and how it can be paid; minor units of the currency. */
export interface OfferingPrice {
  readonly priceMinor: number;
  readonly currency: string;
  readonly fundingOptions: readonly FundingOption[];
}

/** Why a price cannot be used, and where it stands in the request. */
export interface PriceFault {
  readonly code: 'currency_differs' | 'price_below_minimum' | 'free_and_priced' | 'price_without_funding';
  readonly pointer: string;
  readonly detail: string;
}

/**
 * The price as it is stored: rounded half up to what can be charged in the currency, each way to pay once. Rules:
 * domain.md 3 — the coach's currency, nothing between 0 and the minimum charge; free is the price 0 and nothing else.
 *
 * @throws RangeError for an amount that is not whole and non-negative
 */
export function checkedPrice(wanted: OfferingPrice, coachCurrency: string): OfferingPrice | PriceFault {
  assertMinor(wanted.priceMinor);
  if (wanted.currency !== coachCurrency) {
    return {
      code: 'currency_differs',
      pointer: '/price/currency',
      detail: `The currency of this practice is ${coachCurrency}.`,
    };
  }
  const priceMinor = roundToStep(wanted.priceMinor, coachCurrency);
  const minimumMinor = minimumChargeOf(coachCurrency);
  if (wanted.priceMinor > 0 && priceMinor < minimumMinor) {
    return {
      code: 'price_below_minimum',
      pointer: '/price/amount',
      detail: `The least that can be charged is ${minimumMinor} minor units of ${coachCurrency}; 0 makes it free.`,
    };
  }
  return (
    fundingFault(priceMinor, wanted.fundingOptions) ?? {
      ...wanted,
      priceMinor,
      fundingOptions: once(wanted.fundingOptions),
    }
  );
}

export function isPriceFault(result: OfferingPrice | PriceFault): result is PriceFault {
  return 'code' in result;
}

function fundingFault(priceMinor: number, options: readonly FundingOption[]): PriceFault | undefined {
  const pointer = '/fundingOptions';
  if (priceMinor > 0 && options.includes('free')) {
    return {
      code: 'free_and_priced',
      pointer,
      detail: 'What has a price is not free: take "free" out, or set the price to 0.',
    };
  }
  if (priceMinor === 0 && options.some((option) => option !== 'free')) {
    return {
      code: 'free_and_priced',
      pointer,
      detail: 'What costs nothing is "free" and is paid in no other way.',
    };
  }
  if (options.length === 0) {
    return { code: 'price_without_funding', pointer, detail: 'Name at least one way to pay.' };
  }
  return undefined;
}

function once(options: readonly FundingOption[]): FundingOption[] {
  return FUNDING_OPTIONS.filter((option) => options.includes(option));
}

/** Minutes of an offering that override the coach's, where they are not null. */
export interface OwnBuffers {
  readonly durationMinutes: number;
  readonly bufferBeforeMinutes: number | null;
  readonly bufferAfterMinutes: number | null;
  readonly prepMinutes: number | null;
}

/** The coach's own, from the settings. */
export interface CoachBuffers {
  readonly bufferBeforeMinutes: number;
  readonly bufferAfterMinutes: number;
  readonly prepMinutes: number;
}

/** What a session of this offering takes of the coach's time, minutes. */
export interface SessionMinutes {
  readonly durationMinutes: number;
  /** The buffer before and the preparation, one after the other: both are kept free. */
  readonly beforeMinutes: number;
  readonly afterMinutes: number;
}

export function resolved(offering: OwnBuffers, coach: CoachBuffers): SessionMinutes {
  return {
    durationMinutes: offering.durationMinutes,
    beforeMinutes:
      (offering.bufferBeforeMinutes ?? coach.bufferBeforeMinutes) +
      (offering.prepMinutes ?? coach.prepMinutes),
    afterMinutes: offering.bufferAfterMinutes ?? coach.bufferAfterMinutes,
  };
}
