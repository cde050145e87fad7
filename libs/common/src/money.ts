import { CURRENCIES, type Currency } from './currencies';

/** An upper-case ISO 4217 code; `isCurrency` says whether it can be charged in. */
export type CurrencyCode = string;

/** An amount of money: a safe integer of the currency's minor unit (docs: minor units as Stripe counts them). */
export interface Money {
  readonly amount: number;
  readonly currency: CurrencyCode;
}

const MAX_PERCENT = 100;
const MAX_BASIS_POINTS = 10_000;

/** Whether the text is the upper-case code of a currency that can be charged in. */
export function isCurrency(code: string): code is CurrencyCode {
  return CURRENCIES.has(code);
}

/** Digits of the minor unit: 0, 2 or 3. @throws RangeError for an unknown currency */
export function exponentOf(currency: CurrencyCode): number {
  return currencyOf(currency).exponent;
}

/** Charges and refunds are multiples of this many minor units. @throws RangeError for an unknown currency */
export function chargeStepOf(currency: CurrencyCode): number {
  return currencyOf(currency).chargeStepMinor;
}

/** The smallest amount that can be charged, minor units. @throws RangeError for an unknown currency */
export function minimumChargeOf(currency: CurrencyCode): number {
  return currencyOf(currency).minimumChargeMinor;
}

/** @throws RangeError unless the value is a whole, safe, non-negative number of minor units */
export function assertMinor(value: number, name = 'amount'): void {
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new RangeError(`${name} must be a whole, non-negative number of minor units, got ${value}`);
  }
}

/**
 * Exact division, rounded half up (towards positive infinity on a tie: 2.5 → 3, -2.5 → -2).
 * @throws RangeError unless the denominator is positive
 */
export function roundHalfUpDivide(numerator: bigint, denominator: bigint): bigint {
  if (denominator <= 0n) throw new RangeError(`denominator must be positive, got ${denominator}`);
  const doubled = 2n * numerator + denominator;
  const divisor = 2n * denominator;
  const truncated = doubled / divisor;
  return doubled < 0n && doubled % divisor !== 0n ? truncated - 1n : truncated;
}

/**
 * A percentage of an amount, minor units, rounded half up; never more than the amount.
 * @throws RangeError unless percent is a whole number in 0..100
 */
export function percentOf(amountMinor: number, percent: number): number {
  return shareOf(amountMinor, percent, MAX_PERCENT, 'percent');
}

/**
 * Basis points (hundredths of a percent) of an amount, minor units, rounded half up: the platform's fee.
 * @throws RangeError unless bps is a whole number in 0..10000
 */
export function basisPointsOf(amountMinor: number, bps: number): number {
  return shareOf(amountMinor, bps, MAX_BASIS_POINTS, 'basis points');
}

/**
 * The nearest amount that can be charged in the currency, half up: 1005 fils → 1010, 149 ISK-hundredths → 100.
 * A share of an amount that is on the step stays within that amount.
 */
export function roundToStep(amountMinor: number, currency: CurrencyCode): number {
  assertMinor(amountMinor);
  const step = BigInt(chargeStepOf(currency));
  return toSafeNumber(roundHalfUpDivide(BigInt(amountMinor), step) * step);
}

/**
 * Splits an amount by weights with the largest remainder method; what is left goes to the largest remainders, on a
 * tie to the first. The parts sum to the whole exactly; a weight of 0 gets nothing.
 * @returns minor units, one per weight, in order
 * @throws RangeError unless the weights are whole, non-negative and not all 0
 */
export function allocate(totalMinor: number, weights: readonly number[]): number[] {
  assertMinor(totalMinor, 'total');
  for (const weight of weights) assertMinor(weight, 'weight');
  const total = BigInt(totalMinor);
  const weightSum = weights.reduce((sum, weight) => sum + BigInt(weight), 0n);
  if (weightSum === 0n) throw new RangeError('the weights must not all be 0');

  const shares = weights.map((weight, index) => {
    const exact = total * BigInt(weight);
    return { index, part: exact / weightSum, remainder: exact % weightSum };
  });
  const left = total - shares.reduce((sum, share) => sum + share.part, 0n);
  const largestFirst = shares.toSorted(
    (a, b) => Number(b.remainder > a.remainder) - Number(b.remainder < a.remainder) || a.index - b.index,
  );
  for (const share of largestFirst.slice(0, Number(left))) share.part += 1n;
  return shares.map((share) => Number(share.part));
}

/**
 * Splits an amount into n parts that differ by at most one minor unit, larger ones first; they sum to the whole.
 * @throws RangeError unless n is a positive whole number
 */
export function allocateEqually(totalMinor: number, n: number): number[] {
  if (!Number.isSafeInteger(n) || n < 1) throw new RangeError(`n must be a positive whole number, got ${n}`);
  assertMinor(totalMinor, 'total');
  const left = totalMinor % n;
  const part = (totalMinor - left) / n;
  return Array.from({ length: n }, (_, index) => (index < left ? part + 1 : part));
}

/**
 * Spreads an amount over parts in their order: each is filled before the next gets anything.
 * @param partsMinor what each part can take, minor units
 * @returns minor units, one per part, in order; they sum to the amount
 * @throws RangeError when the amount is more than all parts together
 */
export function fillInOrder(amountMinor: number, partsMinor: readonly number[]): number[] {
  assertMinor(amountMinor);
  let left = amountMinor;
  const filled = partsMinor.map((part) => {
    assertMinor(part, 'part');
    const taken = Math.min(part, left);
    left -= taken;
    return taken;
  });
  if (left > 0) throw new RangeError(`${amountMinor} is ${left} more than all parts together`);
  return filled;
}

/**
 * The part of a fee that has gone back once refunds sum to an amount: round_half_up(fee × refunded / captured).
 * All arguments and the result are minor units of one currency.
 * @throws RangeError when more is refunded than captured
 */
export function cumulativeFeeShare(
  feeMinor: number,
  refundedSoFarMinor: number,
  capturedMinor: number,
): number {
  assertMinor(feeMinor, 'fee');
  assertMinor(refundedSoFarMinor, 'refunded');
  assertMinor(capturedMinor, 'captured');
  if (refundedSoFarMinor > capturedMinor) {
    throw new RangeError(`refunded ${refundedSoFarMinor} is more than captured ${capturedMinor}`);
  }
  if (refundedSoFarMinor === 0) return 0;
  return toSafeNumber(
    roundHalfUpDivide(BigInt(feeMinor) * BigInt(refundedSoFarMinor), BigInt(capturedMinor)),
  );
}

/**
 * The part of the fee that one more refund gives back: the difference of the cumulative shares, so that any series of
 * refunds up to the whole gives back the whole fee, without drift. Minor units.
 * @throws RangeError when the refunds would exceed what was captured
 */
export function feeShareOfRefund(
  feeMinor: number,
  capturedMinor: number,
  refundedBeforeMinor: number,
  refundNowMinor: number,
): number {
  assertMinor(refundNowMinor, 'refund');
  return (
    cumulativeFeeShare(feeMinor, refundedBeforeMinor + refundNowMinor, capturedMinor) -
    cumulativeFeeShare(feeMinor, refundedBeforeMinor, capturedMinor)
  );
}

/**
 * The amount in major units as exact decimal text without grouping, for exports: 1250 USD → "12.50", 500 JPY → "500".
 * Negative amounts (a net below zero) are allowed.
 */
export function decimalOf(money: Money): string {
  if (!Number.isSafeInteger(money.amount)) {
    throw new RangeError(`amount must be a whole number of minor units, got ${money.amount}`);
  }
  const exponent = exponentOf(money.currency);
  const sign = money.amount < 0 ? '-' : '';
  const digits = String(Math.abs(money.amount)).padStart(exponent + 1, '0');
  if (exponent === 0) return sign + digits;
  return `${sign}${digits.slice(0, -exponent)}.${digits.slice(-exponent)}`;
}

/**
 * The amount as people of a locale write it: "€1,234.50", "1.234,50 €". Exact at any size, negative amounts included.
 * @param locale a BCP 47 tag; a malformed one is a RangeError
 */
export function formatMoney(money: Money, locale: string): string {
  const { exponent, chargeStepMinor } = currencyOf(money.currency);
  const unit = 10 ** exponent;
  const fractionDigits = chargeStepMinor === unit && money.amount % unit === 0 ? 0 : exponent;
  const format = new Intl.NumberFormat(locale, {
    style: 'currency',
    currency: money.currency,
    minimumFractionDigits: fractionDigits,
    maximumFractionDigits: fractionDigits,
  });
  // Text, because major units with cents as a floating point number lose cents of large amounts.
  const decimal = decimalOf(money);
  if (!isNumericText(decimal)) throw new Error(`"${decimal}" is not a decimal number`);
  return format.format(decimal);
}

function currencyOf(code: CurrencyCode): Currency {
  const currency = CURRENCIES.get(code);
  if (!currency) throw new RangeError(`unknown currency "${code}"`);
  return currency;
}

function isNumericText(text: string): text is Intl.StringNumericLiteral {
  return /^-?\d+(?:\.\d+)?$/.test(text);
}

function shareOf(amountMinor: number, parts: number, whole: number, name: string): number {
  assertMinor(amountMinor);
  if (!Number.isInteger(parts) || parts < 0 || parts > whole) {
    throw new RangeError(`${name} must be a whole number in 0..${whole}, got ${parts}`);
  }
  return Number(roundHalfUpDivide(BigInt(amountMinor) * BigInt(parts), BigInt(whole)));
}

function toSafeNumber(value: bigint): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number)) throw new RangeError(`${value} is beyond the safe integers`);
  return number;
}
