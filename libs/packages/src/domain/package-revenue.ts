import { allocateEqually, fillInOrder } from '@app/common';

/**
 * Where a place of a package is. `open`: free, or booked and not yet delivered. `delivered`: its session took place, was
 * missed or cancelled late. `lapsed`: expired or taken away by the coach. `refunded`: closed by a refund of the package.
 */
export type PlaceState = 'open' | 'delivered' | 'lapsed' | 'refunded';

/** Who bears a refund first: what was given back, then what is still to come, then what was earned. */
const BEARS: Record<PlaceState, number> = { refunded: 0, open: 1, delivered: 2, lapsed: 2 };

/** A package's money, minor units of one currency. */
export interface PackageMoney {
  readonly priceMinor: number;
  /** The platform's fee on it. */
  readonly feeMinor: number;
  readonly sessionCount: number;
  /** What the coach bears of refunds, after the fee came back for them. */
  readonly coachBearsMinor: number;
  readonly feeReturnedMinor: number;
}

/** What one place is worth to the coach, minor units: `net = gross − fee − refunded`, none of them below zero. */
export interface PlaceRevenue {
  readonly grossMinor: number;
  /** Without what came back of it. */
  readonly feeMinor: number;
  readonly refundedMinor: number;
  readonly netMinor: number;
}

/**
 * The revenue of each place (domain.md 11, 16): its shares of price and fee by largest remainder, less its part of what
 * went back. All places together are worth what is left of the payment.
 *
 * @param states of the places 1, 2, …, in order
 * @throws RangeError unless there is a state for each place
 */
export function placeRevenues(money: PackageMoney, states: readonly PlaceState[]): PlaceRevenue[] {
  const { priceMinor, feeMinor, sessionCount, coachBearsMinor, feeReturnedMinor } = money;
  if (states.length !== sessionCount)
    throw new RangeError(`${sessionCount} places have ${states.length} states.`);
  const gross = allocateEqually(priceMinor, sessionCount);
  const fees = allocateEqually(feeMinor, sessionCount);
  const nets = gross.map((share, index) => share - at(fees, index));
  const order = states
    .map((state, index) => ({ index, bears: BEARS[state] }))
    .toSorted((a, b) => a.bears - b.bears || b.index - a.index)
    .map(({ index }) => index);
  const spread = (amountMinor: number, parts: readonly number[], wholeMinor: number): Map<number, number> => {
    const filled = fillInOrder(
      Math.min(amountMinor, wholeMinor),
      order.map((index) => at(parts, index)),
    );
    return new Map(order.map((index, turn) => [index, at(filled, turn)]));
  };
  const borne = spread(coachBearsMinor, nets, priceMinor - feeMinor);
  const returned = spread(feeReturnedMinor, fees, feeMinor);
  return gross.map((grossMinor, index) => {
    const [takenMinor, backMinor] = [borne.get(index) ?? 0, returned.get(index) ?? 0];
    return {
      grossMinor,
      feeMinor: at(fees, index) - backMinor,
      refundedMinor: takenMinor + backMinor,
      netMinor: at(nets, index) - takenMinor,
    };
  });
}

function at(parts: readonly number[], index: number): number {
  const part = parts[index];
  if (part === undefined) throw new RangeError(`There is no part ${index}.`);
  return part;
}
