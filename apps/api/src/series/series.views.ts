import type { Principal } from '@app/accounts';
import { publicId, wallTimeOf } from '@app/common';
import { policyText } from '@app/offerings';
import {
  describeSeries,
  freelyCancellableUntil,
  type OccurrenceRecord,
  type SeriesConfirmation,
  type SeriesRecord,
} from '@app/sessions';
import type { SeriesConfirmationView } from './series-terms.dto';
import type { OccurrenceView, SeriesView } from './series-view.dto';

export function seriesView(series: SeriesRecord): SeriesView {
  const { id, clientId, offeringId, policyId, priceMinor, currency, splitFrom } = series;
  return {
    id: publicId('series', id),
    clientId: publicId('client', clientId),
    state: series.state,
    rule: series.rule,
    description: describeSeries(series),
    localStart: series.localStart,
    timezone: series.timezone,
    offeringId: publicId('offering', offeringId),
    offeringName: series.offeringName,
    durationMinutes: series.durationMinutes,
    platform: series.platform,
    policyId: publicId('policy', policyId),
    price: { amount: priceMinor, currency },
    pausedFrom: series.pausedFrom?.toISOString() ?? null,
    pausedUntil: series.pausedUntil?.toISOString() ?? null,
    funding: series.funding,
    entitlementId: series.entitlementId === null ? null : publicId('entitlement', series.entitlementId),
    fallback: series.fallback,
    chargeHoursBefore: series.chargeHoursBefore,
    creditsEndedAt: series.creditsEndedAt?.toISOString() ?? null,
    onConflict: series.onConflict,
    horizonDays: series.horizonDays,
    materialisedUntil: series.materialisedUntil.toISOString(),
    termsAcceptedAt: series.policyAcceptedAt?.toISOString() ?? null,
    splitFrom: splitFrom === null ? null : publicId('series', splitFrom),
    createdAt: series.createdAt.toISOString(),
    version: series.version,
  };
}

/** Nothing but what the mail with the link told its reader. */
export function seriesConfirmationView(confirmation: SeriesConfirmation): SeriesConfirmationView {
  const { series, coachName, timezone, nextStartsAt } = confirmation;
  return {
    seriesId: publicId('series', series.id),
    state: series.state,
    offeringName: series.offeringName,
    coachName,
    description: describeSeries(series),
    durationMinutes: series.durationMinutes,
    price: { amount: series.priceMinor, currency: series.currency },
    funding: series.funding,
    nextStartsAt: nextStartsAt?.toISOString() ?? null,
    timezone,
    localNextStart: nextStartsAt === null ? null : wallTimeOf(nextStartsAt, timezone),
    terms: {
      policyId: publicId('policy', series.policyId),
      text: policyText(series.policyRules),
      acceptedAt: series.policyAcceptedAt?.toISOString() ?? null,
    },
  };
}

/** Why an occurrence could not be placed names other people's sessions, so clients do not read it. */
export function occurrenceView(
  row: OccurrenceRecord,
  principal: Principal,
  currency: string,
): OccurrenceView {
  const { originalStartsAt, startsAt, endsAt, sessionId } = row;
  return {
    originalStartsAt: originalStartsAt.toISOString(),
    state: row.state,
    added: row.added,
    sessionId: sessionId === null ? null : publicId('session', sessionId),
    sessionStatus: row.sessionStatus,
    startsAt: startsAt?.toISOString() ?? null,
    endsAt: endsAt?.toISOString() ?? null,
    localStart: row.localStart,
    timezone: row.timezone,
    gapShifted: row.gapShifted ?? false,
    // What is called off stays where it was when the rule moves: nobody moved it.
    isException:
      row.state === 'session' && startsAt !== null && startsAt.getTime() !== originalStartsAt.getTime(),
    price: row.terms && { amount: row.terms.priceMinor, currency },
    freeCancellationUntil: freelyCancellableUntil(row)?.toISOString() ?? null,
    reasons: principal.kind === 'client' ? [] : row.reasons,
  };
}
