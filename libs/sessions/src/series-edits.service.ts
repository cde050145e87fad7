import { Injectable } from '@nestjs/common';
import type { Principal } from '@app/accounts';
import { Offerings, Policies } from '@app/offerings';
import type { SeriesChangeRequest } from './domain/series-change-request';
import { propertiesOf, type EditedTerms } from './domain/series-terms';
import type { SeriesRecord } from './series-record';
import { SeriesFundingUnavailable, SeriesRequestRefused } from './series.errors';

/** Reads what an edit of a series asks for, and looks up what it brings with it (domain.md 10). */
@Injectable()
export class SeriesEdits {
  constructor(
    private readonly offerings: Offerings,
    private readonly policies: Policies,
  ) {}

  /**
   * What the sessions are to be from some point on. An offering brings all its terms, as a booking today would have
   * them; what is named beside it wins.
   *
   * @throws SeriesRequestRefused, SeriesFundingUnavailable, OfferingNotFound, OfferingArchived
   */
  async termsOf(
    principal: Principal,
    series: SeriesRecord,
    request: SeriesChangeRequest,
  ): Promise<EditedTerms> {
    const { scope, offeringId, durationMinutes, platform } = request;
    if (scope === 'this' && offeringId !== undefined)
      throw new SeriesRequestRefused('offeringId', 'One session alone stays of its offering.');
    const priceMinor = priceOf(series, request);
    const wanted: EditedTerms = {
      ...(offeringId === undefined ? {} : await this.termsOfOffering(principal, series, offeringId)),
      ...(durationMinutes === undefined ? {} : { durationMinutes }),
      ...(platform === undefined ? {} : { platform }),
      ...(priceMinor === undefined ? {} : { priceMinor }),
    };
    const names = propertiesOf(wanted);
    if (names.length === 0)
      throw new SeriesRequestRefused(
        'durationMinutes',
        'Say what is to change: the offering, the duration, the price or the platform.',
      );
    const follows = scope === 'this' || request.includeExceptions === true;
    if (!follows && names.every((name) => wanted[name] === series[name]))
      throw new SeriesRequestRefused('change', 'The series is so already.');
    return wanted;
  }

  private async termsOfOffering(
    principal: Principal,
    { coachId, clientId }: SeriesRecord,
    id: string,
  ): Promise<EditedTerms> {
    const { offering, minutes, terms } = await this.offerings.bookable(principal, id, clientId);
    if (!offering.fundingOptions.includes('free')) throw new SeriesFundingUnavailable();
    return {
      ...minutes,
      offeringId: offering.id,
      offeringName: offering.name,
      policyId: terms?.id ?? (await this.policies.ensureDefault(coachId)),
      priceMinor: offering.priceMinor,
      platform: offering.platform,
    };
  }
}

/** Each session is free until there is a way to pay for it: no price without one, and no way to pay for nothing. */
function priceOf({ currency }: SeriesRecord, { price, funding }: SeriesChangeRequest): number | undefined {
  if (funding !== undefined && funding !== 'free') throw new SeriesFundingUnavailable(funding);
  if (price === undefined) return undefined;
  if (price.currency !== currency)
    throw new SeriesRequestRefused('price', `The currency of this series is ${currency}.`);
  if (price.amountMinor > 0) throw new SeriesFundingUnavailable();
  return price.amountMinor;
}
