import { publicId } from '@app/common';
import { describeRule } from '@app/recurrence';
import { anchored } from './domain/series-world';
import type { OccurrencePayment } from './domain/series-payments';
import type { OccurrenceTerms, PlannedOccurrence, SeriesShape } from './domain/series-plan';
import type { SeriesPlan } from './series-plan-rows';
import { creditOutcomeShown, plannedBackMinor } from './series-shares';

const money = (amount: number, currency: string): { amount: number; currency: string } => ({
  amount,
  currency,
});

/** A plan as it is shown outside, also in the refusal of one that no longer fits: with public ids. */
export function publicPlan({ id, seriesId, content, expiresAt }: SeriesPlan) {
  const { change, scope, series, splitOff, occurrences, blockedBy, credits, mails } = content;
  const { currency, bookedMinor, dearerMinor, refundMinor, refundWaitsForDispute } = content.money;
  const shape = splitOff ?? series;
  return {
    id: publicId('plan', id),
    seriesId: seriesId === null ? null : publicId('series', seriesId),
    change,
    scope,
    series: publicShape(series),
    splitOff: splitOff === null ? null : publicShape(splitOff),
    occurrences: occurrences.map((planned) => publicOccurrence(planned, shape)),
    blockedBy,
    credits,
    money: {
      booked: money(bookedMinor, currency),
      dearer: money(dearerMinor, currency),
      refund: money(refundMinor, currency),
      refundWaitsForDispute,
    },
    mails,
    expiresAt: expiresAt.toISOString(),
  };
}

function publicShape({ offeringId, policyId, priceMinor, currency, entitlementId, ...shape }: SeriesShape) {
  const { beforeMinutes: _before, afterMinutes: _after, materialisedUntil: _until, ...shown } = shape;
  return {
    ...shown,
    offeringId: publicId('offering', offeringId),
    policyId: publicId('policy', policyId),
    price: money(priceMinor, currency),
    entitlementId: entitlementId === null ? null : publicId('entitlement', entitlementId),
  };
}

function publicOccurrence(planned: PlannedOccurrence, shape: SeriesShape) {
  const {
    sessionId,
    conflicts,
    refund: _refund,
    before,
    after,
    terms,
    newTerms,
    paidBy,
    givesBack,
    isPaidAnew,
    ...shown
  } = planned;
  const credit = givesBack?.credit ?? null;
  const { currency } = shape;
  return {
    ...shown,
    before: before && { ...before, ...publicTerms(terms ?? shape, currency) },
    after: after && { ...after, ...publicTerms(newTerms ?? terms ?? shape, currency) },
    sessionId: sessionId === null ? null : publicId('session', sessionId),
    conflicts: conflicts.map((reason) => ({
      code: reason.code,
      text: reason.text,
      sessionId: reason.sessionId === undefined ? null : publicId('session', reason.sessionId),
    })),
    refund: publicRefund(planned, currency),
    payment: paidBy && publicPayment(paidBy, isPaidAnew),
    credit: credit && {
      entitlementId: publicId('entitlement', credit.entitlementId),
      packageName: credit.packageName,
      outcome: creditOutcomeShown(credit),
    },
  };
}

/** With the share of a refunded package, which goes back whole. */
function publicRefund({ refund, givesBack }: PlannedOccurrence, currency: string) {
  const amountMinor = plannedBackMinor({ refund, givesBack });
  if (refund === null && amountMinor === 0) return null;
  return { choice: refund?.choice ?? 'full', ...money(amountMinor, currency) };
}

/** One shape for each way to pay; what says nothing for it is null. */
function publicPayment(paidBy: OccurrencePayment, isNew: boolean) {
  const credit = paidBy.by === 'credit' ? paidBy : null;
  return {
    by: paidBy.by,
    isNew,
    entitlementId: credit && publicId('entitlement', credit.entitlementId),
    packageName: credit && credit.packageName,
    creditsLeft: credit && credit.left,
    dueAt: paidBy.by === 'saved_card' ? paidBy.dueAt : null,
  };
}

/** What one session is sold as: the old beside the new is what an edit changes. */
function publicTerms({ offeringId, priceMinor, platform, policyId }: OccurrenceTerms, currency: string) {
  return {
    offeringId: publicId('offering', offeringId),
    policyId: publicId('policy', policyId),
    price: money(priceMinor, currency),
    platform,
  };
}

export type PublicSeriesPlan = ReturnType<typeof publicPlan>;

/** The rule in English, with the zone that its wall time is of. */
export function describeSeries(series: Pick<SeriesShape, 'rule' | 'localStart' | 'timezone'>): string {
  const { rule, start } = anchored(series);
  return `${describeRule(rule, start)} (${series.timezone})`;
}
