import { addLocalDays, startOfLocalDay, wallTimeOf } from '@app/common';
import type { Occurrence } from '@app/recurrence';
import type { OccurrenceRecord } from '../series-record';
import { SeriesActRefused, SeriesRequestRefused } from './series-refusals';
import { unchanged, type SeriesDraft } from './series-draft';
import { ended } from './series-endings';
import type { PlannedOccurrence, PlannedRefundChoice } from './series-plan';
import type { SeriesChangeRequest } from './series-change-request';
import {
  anchored,
  calledOff,
  checkReach,
  effectiveStart,
  fresh,
  isOpen,
  isToCome,
  kept,
  placed,
  startsWithin,
  timeAt,
  timeOf,
  type SeriesWorld,
} from './series-world';

type Drafting = (world: SeriesWorld, request: SeriesChangeRequest) => SeriesDraft;

export const skip: Drafting = (world, { occurrences: wanted }) => {
  refuseFinished(world);
  const skipped = wanted.map((original) => {
    const row = rowAt(world, original);
    if (row === undefined)
      return { ...laterOccurrence(world, original), action: 'omit', state: 'skipped', after: null } as const;
    if (isToCome(row, world.now)) return calledOff(row, 'skip');
    if (row.state === 'unscheduled') return { ...kept(row), action: 'omit', state: 'skipped' } as const;
    throw new SeriesActRefused('Only an occurrence that is to come can be skipped.', {
      originalStartsAt: original,
    });
  });
  return unchanged(world, skipped);
};

export const unskip: Drafting = (world, { occurrences: wanted, localStart, timezone }) => {
  const { series } = world;
  refuseFinished(world);
  if (localStart !== undefined && wanted.length > 1)
    throw new SeriesRequestRefused('localStart', 'Only one occurrence can be placed at a time of its own.');
  const restored = wanted.map((original) => {
    const row = rowAt(world, original);
    if (row === undefined || !mayComeBack(world, row))
      throw new SeriesActRefused('This occurrence was not skipped.', { originalStartsAt: original });
    const time =
      localStart === undefined
        ? timeAtOriginal(world, row)
        : timeAt(localStart, timezone ?? series.timezone, series.durationMinutes);
    checkReach(localStart === undefined ? 'occurrences' : 'localStart', time.startsAt, world.now);
    return placed(row, time);
  });
  return unchanged(world, restored);
};

/** What was moved into a pause stays called off when the pause is over: it has no time of its own to come back to. */
function mayComeBack({ series }: SeriesWorld, { state }: OccurrenceRecord): boolean {
  return state === 'skipped' || state === 'unscheduled' || (state === 'paused' && series.state === 'active');
}

export const pause: Drafting = (world, { from, until }) => {
  const { series, rows, now } = world;
  if (series.state !== 'active') throw new SeriesActRefused(`The series is ${series.state}.`);
  const begin = new Date(from ?? now);
  const end = until === undefined ? null : new Date(until);
  if (end !== null && end <= begin)
    throw new SeriesRequestRefused('until', 'The pause ends before it begins.');
  if (end !== null && end <= now) throw new SeriesRequestRefused('until', 'The pause is over already.');
  const isInside = (row: OccurrenceRecord): boolean =>
    effectiveStart(row) >= begin && (end === null || effectiveStart(row) < end);
  const paused = rows.filter(isInside).flatMap((row): PlannedOccurrence[] => {
    if (isToCome(row, now)) return [calledOff(row, 'pause')];
    return row.state === 'unscheduled' && row.originalStartsAt > now
      ? [{ ...kept(row), action: 'omit', state: 'paused' }]
      : [];
  });
  const draft = unchanged(world, paused);
  const window = { pausedFrom: begin.toISOString(), pausedUntil: end?.toISOString() ?? null };
  return { ...draft, series: { ...draft.series, state: 'paused', ...window } };
};

export const resume: Drafting = (world) => {
  const { series, rows, now } = world;
  if (series.state !== 'paused') throw new SeriesActRefused('The series is not paused.');
  const back = rows
    .filter((row) => row.state === 'paused' && row.originalStartsAt > now)
    .map((row) => placed(row, timeAtOriginal(world, row)));
  const draft = unchanged(world, back);
  return { ...draft, series: { ...draft.series, state: 'active', pausedFrom: null, pausedUntil: null } };
};

export const end: Drafting = (world, { lastDate }) => {
  const { series, rows, now } = world;
  refuseOver(world);
  if (lastDate === undefined) throw new SeriesRequestRefused('lastDate', 'Name the last day of the series.');
  if (lastDate >= '2200') throw new SeriesRequestRefused('lastDate', 'No series goes on for so long.');
  const cut = startOfLocalDay(addLocalDays(lastDate, 1), series.timezone);
  if (cut <= now)
    throw new SeriesRequestRefused('lastDate', 'This day has passed. Cancel what is to come instead.');
  const after = rows.filter((row) => effectiveStart(row) >= cut).flatMap((row) => notAnyMore(row, now));
  return ended(world, after, `${addLocalDays(lastDate, 1)}T00:00:00`, 'ended');
};

export const add: Drafting = (world, { localStart, timezone }) => {
  const { series } = world;
  refuseFinished(world);
  if (localStart === undefined)
    throw new SeriesRequestRefused('localStart', 'Say when the extra session starts.');
  const time = timeAt(localStart, timezone ?? series.timezone, series.durationMinutes);
  checkReach('localStart', time.startsAt, world.now);
  if (rowAt(world, time.startsAt) !== undefined)
    throw new SeriesActRefused('The series has an occurrence of this start already.');
  return unchanged(world, [fresh(time, true)]);
};

export const cancel: Drafting = (world, request) => {
  const { rows, now } = world;
  // The past of a series that is over can still be taken back.
  if (request.scope !== 'all_including_past') refuseOver(world);
  if (request.scope === 'this') {
    const row = theOne(world, request);
    if (!isToCome(row, now))
      throw new SeriesActRefused('Only a session that is to come can be cancelled here.');
    return unchanged(world, [calledOff(row, 'cancel', request.refund)]);
  }
  if (request.scope === 'this_and_following') {
    const first = theOne(world, request);
    const following = rows
      .filter((row) => isFrom(first, row))
      .flatMap((row) => notAnyMore(row, now, request.refund));
    return ended(world, following, localOriginal(world, first), 'cancelled');
  }
  const future = rows.flatMap((row) => notAnyMore(row, now, request.refund));
  const past = request.scope === 'all_including_past' ? voided(world, request.past ?? []) : null;
  const called = [...future, ...(past?.occurrences ?? [])];
  // Of everything, also of what is cancelled already: the coach sees the whole series before ending it.
  const gone = new Set(called.map(({ originalStartsAt }) => originalStartsAt));
  const others = past === null ? [] : rows.map(kept).filter((row) => !gone.has(row.originalStartsAt));
  const all = [...called, ...others].sort((a, b) => (a.originalStartsAt < b.originalStartsAt ? -1 : 1));
  const draft = unchanged(world, all);
  return {
    ...draft,
    series: { ...draft.series, state: 'cancelled', pausedFrom: null, pausedUntil: null },
    blockedBy: past?.isConfirmed === false ? ['past_unconfirmed'] : [],
  };
};

/** What follows by the rule, which is cut there, and what takes place after it. */
function isFrom(first: OccurrenceRecord, row: OccurrenceRecord): boolean {
  return row.originalStartsAt >= first.originalStartsAt || effectiveStart(row) >= effectiveStart(first);
}

/** Each session that has begun is listed, and needs a choice of its own; one that is under way is called off. */
function voided(
  { rows, now }: SeriesWorld,
  chosen: NonNullable<SeriesChangeRequest['past']>,
): { occurrences: PlannedOccurrence[]; isConfirmed: boolean } {
  const choices = new Map(chosen.map(({ sessionId, refund }) => [sessionId, refund]));
  const past = rows.filter(
    (row) =>
      row.sessionStatus === 'completed' ||
      row.sessionStatus === 'no_show' ||
      (row.sessionStatus === 'scheduled' && !isToCome(row, now)),
  );
  const ids = new Set(past.map(({ sessionId }) => sessionId));
  if (choices.size < chosen.length || chosen.some(({ sessionId }) => !ids.has(sessionId)))
    throw new SeriesRequestRefused(
      'past',
      'Name each session of the series that has begun once, and no other.',
    );
  return {
    occurrences: past.map((row) => {
      const action = row.sessionStatus === 'scheduled' ? 'cancel' : 'void';
      return calledOff(row, action, choices.get(row.sessionId ?? '') ?? 'none');
    }),
    isConfirmed: past.every(({ sessionId }) => choices.has(sessionId ?? '')),
  };
}

/** A series that is over gets no session any more: it could not have ended with one to come. */
function refuseFinished({ series }: SeriesWorld): void {
  if (series.state === 'ended' || series.state === 'cancelled')
    throw new SeriesActRefused(`The series is ${series.state}. Make a new one, or book a single session.`);
}

/** Nothing of it is to come: its state would change, and both be told, for nothing. */
function refuseOver({ series }: SeriesWorld): void {
  if (series.state === 'ended' || series.state === 'cancelled')
    throw new SeriesActRefused(`The series is ${series.state}. Nothing of it is to come.`);
}

/** What is to come of an occurrence when the series stops before it. What was paused is not waited for any more. */
function notAnyMore(
  row: OccurrenceRecord,
  now: Date,
  choice: PlannedRefundChoice = 'full',
): PlannedOccurrence[] {
  if (isToCome(row, now)) return [calledOff(row, 'cancel', choice)];
  return isOpen(row, now) ? [{ ...kept(row), action: 'omit', state: 'skipped' }] : [];
}

export function rowAt({ rows }: SeriesWorld, original: string): OccurrenceRecord | undefined {
  const atMs = Date.parse(original);
  return rows.find((row) => row.originalStartsAt.getTime() === atMs);
}

/** The occurrence that "this" means. @throws SeriesRequestRefused, SeriesActRefused */
export function theOne(
  world: SeriesWorld,
  { occurrences: [original] }: SeriesChangeRequest,
): OccurrenceRecord {
  if (original === undefined)
    throw new SeriesRequestRefused('occurrences', 'Name the occurrence by its original start.');
  const row = rowAt(world, original);
  if (row === undefined)
    throw new SeriesActRefused('The series has no such occurrence yet.', { originalStartsAt: original });
  return row;
}

/** The wall time that the rule gives an occurrence, which is what splits a rule. */
export function localOriginal(
  { series }: SeriesWorld,
  { originalStartsAt, added }: OccurrenceRecord,
): string {
  const found = added ? undefined : ruleStart(series, originalStartsAt);
  return found?.originalLocalStart ?? wallTimeOf(originalStartsAt, series.timezone);
}

function timeAtOriginal(
  { series }: SeriesWorld,
  { originalStartsAt }: OccurrenceRecord,
): PlannedOccurrence['after'] & object {
  const found = ruleStart(series, originalStartsAt);
  return found === undefined
    ? timeAt(wallTimeOf(originalStartsAt, series.timezone), series.timezone, series.durationMinutes)
    : timeOf(found, series.timezone, series.durationMinutes);
}

/** An occurrence that has no row yet, since it lies beyond the horizon. */
function laterOccurrence(world: SeriesWorld, original: string): PlannedOccurrence {
  checkReach('occurrences', original, world.now);
  const at = new Date(original);
  const found = at >= world.series.materialisedUntil ? ruleStart(world.series, at) : undefined;
  if (found === undefined)
    throw new SeriesActRefused('The series has no such occurrence.', { originalStartsAt: original });
  return fresh(timeOf(found, world.series.timezone, world.series.durationMinutes));
}

function ruleStart(series: SeriesWorld['series'], at: Date): Occurrence | undefined {
  return startsWithin(anchored(series), { from: at, until: new Date(at.getTime() + 1) })[0];
}
