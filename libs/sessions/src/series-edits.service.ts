import { isDeepStrictEqual } from 'node:util';
import { Injectable } from '@nestjs/common';
import type { Principal } from '@app/accounts';
import { checkedPrice, isPriceFault, Offerings, Policies } from '@app/offerings';
import { SpendableCredits } from '@app/packages';
import { PayoutAccounts } from '@app/payments';
import type { SeriesChangeRequest } from './domain/series-change-request';
import { FREE, payingOf, type SeriesPaying, type WantedPaying } from './domain/series-payments';
import { propertiesOf, type EditedTerms } from './domain/series-terms';
import type { SeriesRecord } from './series-record';
import { SeriesFundingUnavailable, SeriesRequestRefused } from './series.errors';
import type { Funding } from './session-record';

/** What an edit makes of a series from some point on. */
export interface SeriesEdit {
  terms: EditedTerms;
  /** How its sessions are paid from then on; undefined where nothing is said of it. */
  paying: SeriesPaying | undefined;
}

interface Paid {
  coachId: string;
  clientId: string;
  offeringId: string;
}

/** Reads what an edit of a series asks for, and looks up what it brings with it (domain.md 10). */
@Injectable()
export class SeriesEdits {
  constructor(
    private readonly offerings: Offerings,
    private readonly policies: Policies,
    private readonly spendable: SpendableCredits,
    private readonly payoutAccounts: PayoutAccounts,
  ) {}

  /**
   * What the sessions are to be from some point on. An offering brings all its terms, as a booking today would have
   * them; what is named beside it wins.
   *
   * @throws SeriesRequestRefused, SeriesFundingUnavailable, OfferingNotFound, OfferingArchived; `payouts-not-ready`,
   *   EntitlementNotFound
   */
  async of(principal: Principal, series: SeriesRecord, request: SeriesChangeRequest): Promise<SeriesEdit> {
    const { scope, offeringId, durationMinutes, platform } = request;
    if (scope === 'this' && offeringId !== undefined)
      throw new SeriesRequestRefused('offeringId', 'One session alone stays of its offering.');
    const offered =
      offeringId === undefined ? undefined : await this.termsOfOffering(principal, series, offeringId);
    const paying = await this.payingOf(series, request, offered?.sold);
    const priceMinor = priceOf(series, request, (paying ?? series).funding);
    const terms: EditedTerms = {
      ...offered?.terms,
      ...(durationMinutes === undefined ? {} : { durationMinutes }),
      ...(platform === undefined ? {} : { platform }),
      ...(priceMinor === undefined ? {} : { priceMinor }),
    };
    refuseNothing(series, request, { terms, paying });
    return { terms, paying };
  }

  /**
   * Whether sessions can be paid so at all.
   *
   * @throws EntitlementNotFound, SeriesRequestRefused for a package that pays for other sessions; `payouts-not-ready`
   */
  async checkPaying({ funding, entitlementId, fallback }: SeriesPaying, session: Paid): Promise<void> {
    if (entitlementId !== null && !(await this.spendable.pays({ ...session, entitlementId })))
      throw new SeriesRequestRefused(
        'entitlementId',
        'This package does not pay for sessions of this offering.',
      );
    if (funding === 'pay_later' || fallback === 'saved_card')
      await this.payoutAccounts.assertReady(session.coachId);
  }

  private async payingOf(
    series: SeriesRecord,
    { scope, offeringId = series.offeringId, ...request }: SeriesChangeRequest,
    offered: readonly Funding[] | undefined,
  ): Promise<SeriesPaying | undefined> {
    const { funding, entitlementId, fallback, chargeHoursBefore } = request;
    const given: WantedPaying = Object.fromEntries(
      Object.entries({ funding, entitlementId, fallback, chargeHoursBefore }).filter(
        ([, value]) => value !== undefined,
      ),
    );
    const isAsked = Object.keys(given).length > 0;
    if (!isAsked && offered === undefined) return undefined;
    if (isAsked && scope === 'this')
      throw new SeriesRequestRefused('funding', 'One session alone is paid as its series is.');
    const sold = offered ?? (await this.offerings.byId(series.coachId, offeringId)).fundingOptions;
    const present: SeriesPaying =
      funding === undefined || funding === series.funding ? payingOfSeries(series) : FREE;
    const paying = payingOf({ ...present, ...given }, sold);
    await this.checkPaying(paying, { ...series, offeringId });
    return isAsked ? paying : undefined;
  }

  private async termsOfOffering(
    principal: Principal,
    { coachId, clientId }: SeriesRecord,
    id: string,
  ): Promise<{ terms: EditedTerms; sold: readonly Funding[] }> {
    const { offering, minutes, terms } = await this.offerings.bookable(principal, id, clientId);
    return {
      sold: offering.fundingOptions,
      terms: {
        ...minutes,
        offeringId: offering.id,
        offeringName: offering.name,
        policyId: terms?.id ?? (await this.policies.ensureDefault(coachId)),
        priceMinor: offering.priceMinor,
        platform: offering.platform,
      },
    };
  }
}

function payingOfSeries({ funding, entitlementId, fallback, chargeHoursBefore }: SeriesPaying): SeriesPaying {
  return { funding, entitlementId, fallback, chargeHoursBefore };
}

function refuseNothing(
  series: SeriesRecord,
  { scope, includeExceptions }: SeriesChangeRequest,
  { terms, paying }: SeriesEdit,
): void {
  const names = propertiesOf(terms);
  if (names.length === 0 && paying === undefined)
    throw new SeriesRequestRefused(
      'durationMinutes',
      'Say what is to change: the offering, the duration, the price, the platform or how it is paid.',
    );
  // Asking for credits again draws those that were bought since, for sessions that are unpaid.
  const paysAsBefore =
    paying === undefined || (paying.funding === 'free' && isDeepStrictEqual(paying, payingOfSeries(series)));
  const follows = scope === 'this' || includeExceptions === true;
  if (!follows && paysAsBefore && names.every((name) => terms[name] === series[name]))
    throw new SeriesRequestRefused('change', 'The series is so already.');
}

/** What is free costs nothing, and what is paid costs something that can be charged. */
function priceOf(
  { currency }: SeriesRecord,
  { price }: SeriesChangeRequest,
  funding: SeriesPaying['funding'],
): number | undefined {
  if (price === undefined) return undefined;
  if (price.currency !== currency)
    throw new SeriesRequestRefused('price', `The currency of this series is ${currency}.`);
  if (funding === 'free' && price.amountMinor > 0)
    throw new SeriesFundingUnavailable('free', ['package', 'pay_later']);
  if (funding !== 'free' && price.amountMinor === 0)
    throw new SeriesRequestRefused('price', 'What costs nothing is free: name an offering that is.');
  const checked = checkedPrice(
    { priceMinor: price.amountMinor, currency, fundingOptions: [funding] },
    currency,
  );
  if (isPriceFault(checked)) throw new SeriesRequestRefused('price', checked.detail);
  return checked.priceMinor;
}
