import type { BookedClient, CoachSettingsRecord } from '@app/accounts';
import { resolved, type SessionMinutes } from './domain/offering-rules';
import type { PolicyRules } from './domain/policy-rules';
import type { OfferingRecord } from './offering-record';
import { OfferingArchived, OfferingNotFound, PriceOutdated } from './offerings.errors';

/** An offering that is sold now, and what a session of it takes of the coach's time. */
export interface Sold {
  offering: OfferingRecord;
  minutes: SessionMinutes;
}

/** An offering as it is booked now. */
export interface Bookable extends Sold {
  settings: CoachSettingsRecord;
  /** The offering's own policy, else the coach's default; null where the coach has none yet. */
  terms: { id: string; rules: PolicyRules } | null;
  /** For whom: the client who asks, or the one named; null where that is no client of the coach. */
  client: BookedClient | null;
}

/**
 * What was found, if it is sold now.
 *
 * @throws OfferingNotFound when nothing was, OfferingArchived, PriceOutdated
 */
export function soldNow(found: (OfferingRecord & Pick<Bookable, 'settings'>) | undefined): Sold {
  if (found === undefined) throw new OfferingNotFound();
  const { settings, ...offering } = found;
  if (offering.archivedAt !== null) throw new OfferingArchived();
  if (offering.priceMinor > 0 && offering.currency !== settings.currency)
    throw new PriceOutdated(offering.currency, settings.currency);
  return { offering, minutes: resolved(offering, settings) };
}
