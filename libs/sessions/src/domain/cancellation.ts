import { minimumChargeOf, percentOf, roundToStep } from '@app/common';

export type RefundChoice = 'policy' | 'full' | 'partial' | 'none';

export interface CancellationMoney {
  by: 'coach' | 'client' | 'admin';
  choice: RefundChoice;
  /** For `partial`: exactly one of the two. */
  amountMinor?: number;
  percent?: number;
  priceMinor: number;
  capturedMinor: number;
  /** Refunds that did not fail, asked for so far. */
  refundedMinor: number;
  currency: string;
  /** What the booking's own policy gives back at this notice, in percent. */
  policyPercent: number;
  /** The lowest percent kept when the client moved the session; null when never moved. */
  refundCapPercent: number | null;
}

export class RefundOutOfRange extends RangeError {
  constructor(readonly refundableMinor: number) {
    super(`A partial refund is between 1 and ${refundableMinor} minor units.`);
  }
}

/** Who asks decides the choice that applies when none is named: the policy for a client, all of it for a coach. */
export function defaultChoice(by: 'coach' | 'client' | 'admin'): RefundChoice {
  return by === 'client' ? 'policy' : 'full';
}

/**
 * Amount that a cancellation gives back, in minor units between 0 and what is left of the payment, rounded half
 * up to the currency's charge step; all that is left can always be given back. Rule: domain.md 3 and 8.
 *
 * @throws RefundOutOfRange when a partial refund names nothing, or more than is left
 */
export function refundDue(money: CancellationMoney): number {
  const leftMinor = money.capturedMinor - money.refundedMinor;
  switch (money.choice) {
    case 'none':
      return 0;
    case 'full':
      return leftMinor;
    case 'policy': {
      // What the client owes stays with the coach; what was captured beyond it goes back.
      const owedMinor = owedOnCancelling(money, effectivePercent(money));
      return Math.max(0, Math.min(leftMinor, money.capturedMinor - owedMinor - money.refundedMinor));
    }
    case 'partial':
      return partialAmount(money, leftMinor);
  }
}

/**
 * What a client who cancels owes of the price, minor units between 0 and the price, on the currency's charge step.
 * Rule: domain.md 8.
 */
export function owedOnCancelling(
  { priceMinor, currency }: Pick<CancellationMoney, 'priceMinor' | 'currency'>,
  refundPercent: number,
): number {
  return priceMinor - share(priceMinor, refundPercent, currency);
}

/** What of it a card can be charged with, minor units: an amount below the currency's minimum is let off (docs/adr/0016). */
export function chargeable(owedMinor: number, currency: string): number | null {
  return owedMinor < minimumChargeOf(currency) ? null : owedMinor;
}

/** The policy's percent, never above the cap kept from a move by the client; the cap binds only the client. */
export function effectivePercent(
  money: Pick<CancellationMoney, 'by' | 'policyPercent' | 'refundCapPercent'>,
): number {
  if (money.by !== 'client' || money.refundCapPercent === null) return money.policyPercent;
  return Math.min(money.policyPercent, money.refundCapPercent);
}

function partialAmount(money: CancellationMoney, leftMinor: number): number {
  const asked = money.amountMinor ?? share(money.capturedMinor, money.percent ?? 0, money.currency);
  if (asked === leftMinor && asked > 0) return asked;
  const rounded = roundToStep(asked, money.currency);
  if (rounded < 1 || rounded > leftMinor) throw new RefundOutOfRange(leftMinor);
  return rounded;
}

function share(amountMinor: number, percent: number, currency: string): number {
  return percent === 100
    ? amountMinor
    : Math.min(amountMinor, roundToStep(percentOf(amountMinor, percent), currency));
}
