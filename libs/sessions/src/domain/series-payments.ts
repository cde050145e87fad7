import { localDateOf, type LocalDate } from '@app/common';
import type { Funding } from '../session-record';
import { SeriesFundingUnavailable, SeriesRequestRefused } from './series-refusals';
import type { CreditOutcome } from './session-credit';

/** `package`: by credits. `pay_later`: each on the saved card, some time before its start. */
export const SERIES_FUNDINGS = ['free', 'package', 'pay_later'] as const;
export type SeriesFunding = (typeof SERIES_FUNDINGS)[number];

/** What pays once the credits have ended: nothing, so that sessions are unpaid, or the saved card. */
export const CREDIT_FALLBACKS = ['none', 'saved_card'] as const;
export type CreditFallback = (typeof CREDIT_FALLBACKS)[number];

/** How the sessions of a series are paid. */
export interface SeriesPaying {
  funding: SeriesFunding;
  /** Of `package`: this one alone; null: the one that expires first. */
  entitlementId: string | null;
  fallback: CreditFallback;
  /** Hours before the start at which the card is charged; null: when cancelling stops being free. */
  chargeHoursBefore: number | null;
}

export const FREE: SeriesPaying = {
  funding: 'free',
  entitlementId: null,
  fallback: 'none',
  chargeHoursBefore: null,
};

/** What somebody asks for of it. */
export type WantedPaying = Partial<Omit<SeriesPaying, 'funding'>> & { funding?: Funding };

/**
 * How a series is paid that is asked for: free where its offering is, unless it says so.
 *
 * @param sold the ways to pay of its offering
 * @throws SeriesFundingUnavailable, SeriesRequestRefused for what does not belong to the way to pay
 */
export function payingOf(
  { funding = 'free', entitlementId = null, fallback = 'none', chargeHoursBefore = null }: WantedPaying,
  sold: readonly Funding[],
): SeriesPaying {
  const available = SERIES_FUNDINGS.filter((each) => sold.includes(each));
  const found = available.find((each) => each === funding);
  if (found === undefined) throw new SeriesFundingUnavailable(funding, available);
  if (fallback === 'saved_card' && !sold.includes('pay_later'))
    throw new SeriesRequestRefused('fallback', 'This offering is not sold on the saved card (pay_later).');
  const mayCharge = found === 'pay_later' || fallback === 'saved_card';
  const rest = { entitlementId, fallback, chargeHoursBefore };
  const strays = [
    ...(found !== 'package' && entitlementId !== null ? ['entitlementId'] : []),
    ...(found !== 'package' && fallback !== 'none' ? ['fallback'] : []),
    ...(!mayCharge && chargeHoursBefore !== null ? ['chargeHoursBefore'] : []),
  ];
  const [stray] = strays;
  if (stray !== undefined)
    throw new SeriesRequestRefused(stray, `"${stray}" says nothing where sessions are paid so.`);
  return { funding: found, ...rest };
}

/** How one session is paid; what is free has none. Instants are ISO text. */
export type OccurrencePayment =
  /** `left`: credits of the package after it; null for one that was drawn before. */
  | { by: 'credit'; entitlementId: string; packageName: string; left: number | null }
  /** `dueAt`: when the card is charged, or was. `paymentId`: the charge that there is already. */
  | { by: 'saved_card'; dueAt: string; paymentId: string | null }
  | { by: 'unpaid' };

/** What a session held that is called off, or paid otherwise from now on. */
export interface GivenBack {
  credit: {
    entitlementId: string;
    packageName: string;
    outcome: CreditOutcome;
    /** Of a package that was refunded before: what goes back in place of the credit, minor units; null where the credit does. */
    shareMinor: number | null;
  } | null;
  /** What was charged, or was going to be: refunded where something was captured, else released. */
  paymentId: string | null;
  /** A bank has money that goes back: it waits for the bank's decision. */
  waitsForDispute: boolean;
}

/** What the credits of a client do for an act; counts of sessions. */
export interface CreditsOfPlan {
  drawn: number;
  returned: number;
  /** Of packages that were refunded before: their shares of the price go back instead. */
  paidBack: number;
  used: number;
  /** The first occurrence that no credit is left for, counted from 1 among those that are to be paid; null: enough are left. */
  endAt: number | null;
  /** Sessions that nothing pays. */
  unpaid: number;
  /** Sessions that the saved card pays instead. */
  onSavedCard: number;
  /** More credits are there, and pay for nothing while their package is disputed. */
  isDisputed: boolean;
  /** The same in words. */
  text: string;
}

/** Credits that can be drawn, in the order in which they are. */
export interface CreditSupply {
  entitlementId: string;
  packageName: string;
  remaining: number;
  expiresOn: LocalDate;
  expiryMeaning: 'bookBy' | 'useBy';
}

/** Whether a credit of this package pays a session of this start (domain.md 11). @param timezone the coach's */
export function reaches(
  { expiryMeaning, expiresOn }: Pick<CreditSupply, 'expiryMeaning' | 'expiresOn'>,
  startsAt: Date,
  timezone: string,
): boolean {
  return expiryMeaning === 'bookBy' || localDateOf(startsAt, timezone) <= expiresOn;
}

/**
 * Which credit pays each of these sessions: the next session first, each by the package that expires first and reaches it.
 *
 * @param starts of the sessions, in any order
 * @param timezone the coach's
 * @returns by the order of `starts`; null where no credit is left
 */
export function allocateCredits(
  starts: readonly Date[],
  supply: readonly CreditSupply[],
  timezone: string,
): (Extract<OccurrencePayment, { by: 'credit' }> | null)[] {
  const left = supply.map(({ remaining }) => remaining);
  const payments: ReturnType<typeof allocateCredits> = starts.map(() => null);
  const byStart = starts
    .map((startsAt, index) => ({ startsAt, index }))
    .sort((a, b) => a.startsAt.getTime() - b.startsAt.getTime());
  for (const { startsAt, index } of byStart) {
    const at = supply.findIndex((each, place) => (left[place] ?? 0) > 0 && reaches(each, startsAt, timezone));
    const found = supply[at];
    if (found === undefined) continue;
    const rest = (left[at] ?? 0) - 1;
    left[at] = rest;
    const { entitlementId, packageName } = found;
    payments[index] = { by: 'credit', entitlementId, packageName, left: rest };
  }
  return payments;
}

/** What a plan says of credits, in words. */
export function creditsInWords({
  drawn,
  endAt,
  unpaid,
  onSavedCard,
  isDisputed,
  returned,
  paidBack,
  used,
}: Omit<CreditsOfPlan, 'text'>): string {
  const parts = [
    ...(drawn > 0 ? [`${sessions(drawn)} paid by credits`] : []),
    ...(endAt === null ? [] : [`credits end at occurrence ${endAt}`]),
    ...(isDisputed ? ['the other credits wait for a bank: their package is disputed'] : []),
    ...(unpaid > 0 ? [`${sessions(unpaid)} unpaid`] : []),
    ...(onSavedCard > 0 ? [`${sessions(onSavedCard)} on the saved card`] : []),
    ...(returned > 0 ? [`${credits(returned)} returned`] : []),
    ...(paidBack > 0 ? [`${credits(paidBack)} paid back in money`] : []),
    ...(used > 0 ? [`${credits(used)} used up`] : []),
  ];
  return parts.join('; ');
}

function sessions(count: number): string {
  return count === 1 ? '1 session' : `${count} sessions`;
}

function credits(count: number): string {
  return count === 1 ? '1 credit' : `${count} credits`;
}
