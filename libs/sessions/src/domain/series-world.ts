import { instantOf, wallTimeOf } from '@app/common';
import { occurrences, parseRule, type AnchoredRule, type Occurrence, type Window } from '@app/recurrence';
import { SeriesRequestRefused } from './series-refusals';
import type { OccurrenceRecord, SeriesRecord } from '../series-record';
import type { PlannedOccurrence, PlannedRefundChoice, PlannedTime, SeriesShape } from './series-plan';

/** A series with all its occurrences, as they are at one moment. */
export interface SeriesWorld {
  series: SeriesRecord;
  /** By their original start. */
  rows: OccurrenceRecord[];
  now: Date;
}

const MINUTE_MS = 60_000;
/** How far ahead an act may place, or skip, something. */
const REACH_MS = 600 * 86_400_000;
/** What one act may look at: a daily series of many years. */
const MOST_OCCURRENCES = 5_000;

export function anchored({
  rule,
  localStart,
  timezone,
}: Pick<SeriesShape, 'rule' | 'localStart' | 'timezone'>): AnchoredRule {
  return { rule: parseRule(rule), start: { localStart, timezone } };
}

/** A start that somebody names: ahead, and not so far that nothing is known of that time. @throws SeriesRequestRefused */
export function checkReach(field: string, startsAt: string, now: Date): void {
  const aheadMs = Date.parse(startsAt) - now.getTime();
  if (aheadMs <= 0) throw new SeriesRequestRefused(field, 'This time has passed.');
  if (aheadMs > REACH_MS) throw new SeriesRequestRefused(field, 'This is more than 600 days ahead.');
}

/** The occurrences that a rule starts within a window. */
export function startsWithin({ rule, start }: AnchoredRule, window: Window): Occurrence[] {
  return window.from < window.until ? occurrences(rule, start, window, MOST_OCCURRENCES) : [];
}

/** A session of this occurrence is still to come. */
export function isToCome(row: OccurrenceRecord, now: Date): boolean {
  return row.sessionStatus === 'scheduled' && row.startsAt !== null && row.startsAt > now;
}

/** It has no session, and may still get one. */
export function isOpen(row: OccurrenceRecord, now: Date): boolean {
  return (row.state === 'unscheduled' || row.state === 'paused') && row.originalStartsAt > now;
}

/** When it takes place, or would. */
export function effectiveStart(row: OccurrenceRecord): Date {
  return row.startsAt ?? row.originalStartsAt;
}

/** Somebody gave it another time than the rule does. */
export function isMovedByHand(row: OccurrenceRecord): boolean {
  return row.startsAt !== null && row.startsAt.getTime() !== row.originalStartsAt.getTime();
}

export function minutesOf({ startsAt, endsAt }: OccurrenceRecord): number | null {
  return startsAt === null || endsAt === null ? null : (endsAt.getTime() - startsAt.getTime()) / MINUTE_MS;
}

/** The time that a wall time of a zone is; domain.md 4 for gaps and overlaps. @throws InvalidTime */
export function timeAt(localStart: string, timezone: string, durationMinutes: number): PlannedTime {
  const { instant, gapShifted } = instantOf(localStart, timezone);
  return {
    startsAt: instant.toISOString(),
    localStart: wallTimeOf(instant, timezone),
    timezone,
    gapShifted,
    durationMinutes,
  };
}

export function timeOf(occurrence: Occurrence, timezone: string, durationMinutes: number): PlannedTime {
  const { startsAt, localStart, gapShifted } = occurrence;
  return { startsAt: startsAt.toISOString(), localStart, timezone, gapShifted, durationMinutes };
}

export function shapeOf(series: SeriesRecord): SeriesShape {
  const { materialisedUntil, pausedFrom, pausedUntil } = series;
  return {
    state: series.state,
    rule: series.rule,
    localStart: series.localStart,
    timezone: series.timezone,
    offeringId: series.offeringId,
    offeringName: series.offeringName,
    durationMinutes: series.durationMinutes,
    beforeMinutes: series.beforeMinutes,
    afterMinutes: series.afterMinutes,
    platform: series.platform,
    priceMinor: series.priceMinor,
    currency: series.currency,
    policyId: series.policyId,
    materialisedUntil: materialisedUntil.toISOString(),
    pausedFrom: pausedFrom?.toISOString() ?? null,
    pausedUntil: pausedUntil?.toISOString() ?? null,
    funding: series.funding,
    entitlementId: series.entitlementId,
    fallback: series.fallback,
    chargeHoursBefore: series.chargeHoursBefore,
  };
}

/** Nothing is said yet of how it is paid: that is looked at once its time is settled. */
const NOT_PAID = { paidBy: null, isPaidAnew: false, givesBack: null } as const;

/** An occurrence that the act leaves as it is. */
export function kept(row: OccurrenceRecord): PlannedOccurrence {
  const { startsAt, localStart, timezone, gapShifted } = row;
  const durationMinutes = minutesOf(row);
  const original = row.originalStartsAt.toISOString();
  const hasTime = row.state === 'session' && startsAt !== null && durationMinutes !== null;
  const time = hasTime ? { startsAt: startsAt.toISOString(), durationMinutes } : null;
  return {
    originalStartsAt: original,
    newOriginalStartsAt: original,
    sessionId: row.sessionId,
    added: row.added,
    action: 'keep',
    state: row.state,
    splitOff: false,
    keptException: false,
    before: time,
    after:
      row.sessionStatus === 'cancelled' || time === null
        ? null
        : {
            ...time,
            localStart: localStart ?? '',
            timezone: timezone ?? '',
            gapShifted: gapShifted ?? false,
          },
    terms: row.terms,
    newTerms: null,
    freeToCancel: false,
    conflicts: [],
    notes: [],
    refund: null,
    ...NOT_PAID,
  };
}

/** An occurrence that has no row yet. */
export function fresh(time: PlannedTime, added = false): PlannedOccurrence {
  return {
    originalStartsAt: time.startsAt,
    newOriginalStartsAt: time.startsAt,
    sessionId: null,
    added,
    action: 'book',
    state: 'session',
    splitOff: false,
    keptException: false,
    before: null,
    after: time,
    terms: null,
    newTerms: null,
    freeToCancel: false,
    conflicts: [],
    notes: [],
    refund: null,
    ...NOT_PAID,
  };
}

/** A session that comes back, or is made, at this time; another than it had, where it had one. */
export function placed(row: OccurrenceRecord, time: PlannedTime): PlannedOccurrence {
  const isElsewhere = row.startsAt !== null && row.startsAt.toISOString() !== time.startsAt;
  return {
    ...kept(row),
    action: row.sessionId === null ? 'book' : 'restore',
    state: 'session',
    after: time,
    freeToCancel: isElsewhere,
  };
}

/** A session that is called off; what goes back is looked at later. */
export function calledOff(
  row: OccurrenceRecord,
  action: 'cancel' | 'skip' | 'pause' | 'void',
  choice: PlannedRefundChoice = 'full',
): PlannedOccurrence {
  const states = { cancel: 'session', void: 'session', skip: 'skipped', pause: 'paused' } as const;
  return { ...kept(row), action, state: states[action], after: null, refund: { choice, amountMinor: 0 } };
}
