import type { OccurrenceRecord } from '../series-record';
import type { OccurrenceTerms, PlannedOccurrence, SeriesShape } from './series-plan';
import { kept, minutesOf } from './series-world';

/** What an edit makes of a series from some point on: its terms, and its minutes. */
export type EditedTerms = Partial<OccurrenceTerms & Pick<SeriesShape, 'durationMinutes'>>;

/** How long the client may cancel freely what the coach moved or made dearer (domain.md 10). */
export const FREE_CANCELLATION_MS = 7 * 86_400_000;

/** What the next session of a series is sold as. */
export function termsOfSeries(series: OccurrenceTerms): OccurrenceTerms {
  const { offeringId, offeringName, policyId, priceMinor, platform, beforeMinutes, afterMinutes } = series;
  return { offeringId, offeringName, policyId, priceMinor, platform, beforeMinutes, afterMinutes };
}

/**
 * An occurrence as an edit leaves it; its start stays. What was changed by hand, so that it is not as the series is,
 * keeps that change unless told otherwise: each property by itself.
 *
 * @param everything also what was changed by hand
 */
export function editedOccurrence(
  series: OccurrenceTerms & Pick<SeriesShape, 'durationMinutes'>,
  row: OccurrenceRecord,
  edited: EditedTerms,
  everything: boolean,
): PlannedOccurrence {
  const same = kept(row);
  const { terms, after } = same;
  if (terms === null || after === null) return same;
  const present = { ...terms, durationMinutes: minutesOf(row) ?? series.durationMinutes };
  const own = everything ? [] : propertiesOf(edited).filter((name) => present[name] !== series[name]);
  const wanted = Object.fromEntries(
    propertiesOf(edited)
      .filter((name) => !own.includes(name))
      .map((name) => [name, edited[name]]),
  );
  const { durationMinutes, ...newTerms } = { ...present, ...wanted };
  const keptException = own.some((name) => edited[name] !== present[name]);
  const isSame = propertiesOf(edited).every((name) => own.includes(name) || edited[name] === present[name]);
  if (isSame) return { ...same, keptException };
  return {
    ...same,
    action: 'edit',
    after: { ...after, durationMinutes },
    newTerms,
    keptException,
  };
}

/** What is said of each property; a property that is not named is undefined, or not there. */
export function propertiesOf(edited: EditedTerms): (keyof EditedTerms)[] {
  return (Object.keys(edited) as (keyof EditedTerms)[]).filter((name) => edited[name] !== undefined);
}

/** The coach gives a session another start than it had, or a higher price: then its client may cancel it freely. */
export function isFreeToCancel(planned: PlannedOccurrence): boolean {
  const { action, before, after, terms, newTerms } = planned;
  if (after === null || action === 'keep' || action === 'book') return false;
  const isMoved = before === null ? planned.freeToCancel : before.startsAt !== after.startsAt;
  return isMoved || (terms !== null && newTerms !== null && newTerms.priceMinor > terms.priceMinor);
}
