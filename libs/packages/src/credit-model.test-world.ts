import { cumulativeFeeShare } from '@app/common';

/** One entitlement as the rules of domain.md 11 have it, kept in plain numbers. */
export interface Model {
  id: string;
  expiresOn: string;
  state: 'active' | 'expired' | 'refunded';
  remaining: number;
  total: number;
  expired: number;
  refunded: number;
  /** Minor units, by place: what each is worth, and the platform's part of it. */
  shares: number[];
  fees: number[];
  /** Where the places are that no session has. */
  free: number[];
  taken: number[];
  lapsed: number[];
  givenBack: number[];
  /** What went back to the client, minor units. */
  backMinor: number;
}

export interface Drawn {
  sessionId: string;
  of: Model;
  state: 'open' | 'final' | 'over';
  /** None: it is worth nothing. */
  place: number | undefined;
}

/** What went back is borne by the credits given back first, then by those to come, then by those that were earned. */
export function ought(model: Model, drawn: readonly Drawn[]): { earned: number; deferred: number } {
  const fee = model.fees.reduce((sum, part) => sum + part, 0);
  let bears = model.backMinor - cumulativeFeeShare(fee, model.backMinor, price(model));
  const left = (places: number[]): number => {
    let sum = 0;
    for (const place of places) sum += worth(model, [place]) - (model.fees[place - 1] ?? 0);
    const borne = Math.min(bears, sum);
    bears -= borne;
    return sum - borne;
  };
  const mine = drawn.filter(({ of }) => of === model);
  const placesIn = (isOpen: boolean): number[] =>
    mine.flatMap(({ state, place }) => ((state === 'open') === isOpen && place !== undefined ? [place] : []));
  const kept = left(model.givenBack);
  const deferred = left([...model.free, ...placesIn(true)]);
  return { earned: kept + left([...model.lapsed, ...model.taken, ...placesIn(false)]), deferred };
}

export function worth({ shares }: Model, places: number[]): number {
  return places.reduce((sum, place) => sum + (shares[place - 1] ?? Number.NaN), 0);
}

export function price({ shares }: Model): number {
  return shares.reduce((sum, share) => sum + share, 0);
}

export function inOrder(some: number[], others: number[]): number[] {
  return [...some, ...others].toSorted((a, b) => a - b);
}

export function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
