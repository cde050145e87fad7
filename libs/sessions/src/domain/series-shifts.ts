import {
  anchorRule,
  moveRule,
  ruleText,
  splitRule,
  type AnchoredRule,
  type Occurrence,
} from '@app/recurrence';
import type { OccurrenceRecord } from '../series-record';
import { SeriesActRefused, SeriesRequestRefused } from './series-refusals';
import { localOriginal, theOne } from './series-changes';
import { unchanged, type SeriesDraft } from './series-draft';
import type { SeriesChangeRequest } from './series-change-request';
import type { SeriesPaying } from './series-payments';
import type { PlannedOccurrence, SeriesShape } from './series-plan';
import { editedOccurrence, type EditedTerms } from './series-terms';
import {
  anchored,
  checkReach,
  isMovedByHand,
  isOpen,
  isToCome,
  kept,
  minutesOf,
  shapeOf,
  startsWithin,
  timeAt,
  timeOf,
  type SeriesWorld,
} from './series-world';

/** A rule from some occurrence on, and what it becomes; the n-th occurrence of the one is the n-th of the other. */
interface Tail {
  before: AnchoredRule;
  after: AnchoredRule;
  /** The rule of what lies before; none where the whole series changes. */
  head: AnchoredRule | undefined;
}

const DAY_MS = 86_400_000;
/** A moved rule may reach this much further than its old one: months of different length, two years between two. */
const REACH_MS = 800 * DAY_MS;

/** "Change the time": of one occurrence, or of the rule from one on; every session keeps its id. */
export function move(world: SeriesWorld, request: SeriesChangeRequest): SeriesDraft {
  const { series } = world;
  const { localStart, timezone = series.timezone } = request;
  if (localStart === undefined)
    throw new SeriesRequestRefused('localStart', 'Say when it starts from now on.');
  checkReach('localStart', timeAt(localStart, timezone, series.durationMinutes).startsAt, world.now);
  if (request.scope === 'this') {
    const row = toCome(world, theOne(world, request));
    const time = timeAt(localStart, timezone, minutesOf(row) ?? series.durationMinutes);
    return unchanged(world, [{ ...kept(row), action: 'move', after: time }]);
  }
  // Of one that is paused, sessions could be moved into the pause.
  if (series.state !== 'active') throw new SeriesActRefused(`The series is ${series.state}.`);
  const { before, head } = tailOf(world, request);
  const moved = moveRule(before, { localStart, timezone });
  const tail = { before, head, after: anchorRule(moved.rule, moved.start) };
  return shifted(world, tail, {}, (row, target) => {
    if (target === undefined) return kept(row);
    const isException = isMovedByHand(row);
    if (isException && request.includeExceptions !== true) return { ...kept(row), keptException: true };
    const time = timeOf(target, timezone, minutesOf(row) ?? series.durationMinutes);
    return { ...kept(row), action: 'move', after: time };
  });
}

/**
 * Duration, offering, price, platform or payment: of one occurrence, or from some point on; every session keeps its start.
 *
 * @param paying how sessions are paid from then on, where the act says so; what is paid otherwise is looked up later
 */
export function edit(
  world: SeriesWorld,
  request: SeriesChangeRequest,
  terms: EditedTerms,
  paying?: SeriesPaying,
): SeriesDraft {
  const { series } = world;
  if (request.scope === 'this')
    return unchanged(world, [editedOccurrence(series, toCome(world, theOne(world, request)), terms, true)]);
  const edited = (row: OccurrenceRecord): PlannedOccurrence =>
    editedOccurrence(series, row, terms, request.includeExceptions === true);
  const { before, head } = tailOf(world, request);
  return shifted(world, { before, head, after: before }, { ...terms, ...paying }, edited);
}

function toCome(world: SeriesWorld, row: OccurrenceRecord): OccurrenceRecord {
  if (!isToCome(row, world.now)) throw new SeriesActRefused('Only a session that is to come can be changed.');
  return row;
}

/** Where the change begins: at the named occurrence, or at the first that the rule still has to come. */
function tailOf(world: SeriesWorld, request: SeriesChangeRequest): Pick<Tail, 'before' | 'head'> {
  const { series, now } = world;
  if (series.state !== 'active' && series.state !== 'paused')
    throw new SeriesActRefused(`The series is ${series.state}.`);
  const { rule, start } = anchored(series);
  const at =
    request.scope === 'this_and_following'
      ? localOriginal(world, toCome(world, theOne(world, request)))
      : firstToCome(world, { rule, start }, now);
  const { head, tail } = at === undefined ? {} : splitRule(rule, start, at);
  if (tail === undefined) throw new SeriesActRefused('Nothing of the series is to come.');
  return { before: tail, head };
}

function firstToCome({ series }: SeriesWorld, whole: AnchoredRule, now: Date): string | undefined {
  const from = new Date(now.getTime() + 1);
  const until = new Date(Math.max(from.getTime(), series.materialisedUntil.getTime()) + REACH_MS);
  return startsWithin(whole, { from, until })[0]?.originalLocalStart;
}

/** @param change of a session to come; `target` is what its rule makes of it, and undefined for an extra one */
function shifted(
  world: SeriesWorld,
  tail: Tail,
  terms: EditedTerms & Partial<SeriesPaying>,
  change: (row: OccurrenceRecord, target: Occurrence | undefined) => PlannedOccurrence,
): SeriesDraft {
  const { series, rows, now } = world;
  const pairs = pairsOf(world, tail);
  const begin = pairs[0]?.old.startsAt;
  const isSplit = tail.head !== undefined;
  const targets = new Map(pairs.map(({ old, target }) => [old.startsAt.getTime(), target]));
  const items = rows
    .filter((row) => begin !== undefined && row.originalStartsAt >= begin)
    .map((row): PlannedOccurrence => {
      const target = row.added ? undefined : targets.get(row.originalStartsAt.getTime());
      const isFollowing = row.added || target !== undefined;
      const planned = isFollowing && isToCome(row, now) ? change(row, target) : kept(row);
      const newOriginalStartsAt = target?.startsAt.toISOString() ?? planned.originalStartsAt;
      return { ...planned, newOriginalStartsAt, splitOff: isSplit };
    });
  const staying = isSplit ? [] : rows.filter((row) => begin !== undefined && row.originalStartsAt < begin);
  refuseSameStarts(items, staying);
  const whole = { ...shapeOf(series), ...terms };
  const changed: SeriesShape = {
    ...whole,
    rule: ruleText(tail.after.rule),
    ...tail.after.start,
    materialisedUntil: materialisedUntil(world, pairs, tail).toISOString(),
  };
  if (tail.head === undefined) return { occurrences: items, series: changed, splitOff: null, blockedBy: [] };
  const left = rows.some(
    (row) =>
      (isToCome(row, now) || isOpen(row, now)) && (begin === undefined || row.originalStartsAt < begin),
  );
  const head: SeriesShape = { ...shapeOf(series), rule: ruleText(tail.head.rule) };
  return {
    occurrences: items,
    series: left ? pausedBefore(head, begin) : { ...head, ...NO_PAUSE, state: 'ended' },
    splitOff: pausedAfter(changed, begin),
    blockedBy: [],
  };
}

const NO_PAUSE = { pausedFrom: null, pausedUntil: null };

/** The part of a split series before this instant: a pause that begins later is the other's. */
function pausedBefore(head: SeriesShape, begin: Date | undefined): SeriesShape {
  const isLater = begin !== undefined && head.pausedFrom !== null && new Date(head.pausedFrom) >= begin;
  return isLater ? { ...head, ...NO_PAUSE, state: 'active' } : head;
}

/** The part from this instant on: a pause that is over by then is the other's. */
function pausedAfter(tail: SeriesShape, begin: Date | undefined): SeriesShape {
  const isEarlier = begin !== undefined && tail.pausedUntil !== null && new Date(tail.pausedUntil) <= begin;
  return isEarlier ? { ...tail, ...NO_PAUSE, state: 'active' } : tail;
}

/** The occurrences of the old tail that have rows, or lie before one that has, each with its successor. */
function pairsOf(
  { series, rows }: SeriesWorld,
  { before, after }: Tail,
): { old: Occurrence; target: Occurrence }[] {
  const lastMs = Math.max(
    series.materialisedUntil.getTime() - 1,
    ...rows.map((row) => row.originalStartsAt.getTime()),
  );
  const from = new Date(0);
  const olds = startsWithin(before, { from, until: new Date(lastMs + 1) });
  const reach = new Date(lastMs + REACH_MS);
  const targets = startsWithin(after, { from, until: reach });
  if (targets.length < olds.length)
    throw new SeriesRequestRefused('localStart', 'Some sessions of the series would have no day then.');
  return olds.flatMap((old, index) => {
    const target = targets[index];
    return target === undefined ? [] : [{ old, target }];
  });
}

/** The worker goes on after the last occurrence that had its row. */
function materialisedUntil(
  { series }: SeriesWorld,
  pairs: readonly { old: Occurrence; target: Occurrence }[],
  { after }: Tail,
): Date {
  const last = pairs.filter(({ old }) => old.startsAt < series.materialisedUntil).at(-1);
  if (last !== undefined) return new Date(last.target.startsAt.getTime() + 1);
  const first = startsWithin(after, {
    from: new Date(0),
    until: new Date(series.materialisedUntil.getTime() + REACH_MS),
  })[0];
  return first?.startsAt ?? series.materialisedUntil;
}

/**
 * An added occurrence keeps its start, which the moved rule may now give to another: also once it is cancelled, and where
 * it lies before the first of the rule.
 */
function refuseSameStarts(items: readonly PlannedOccurrence[], staying: readonly OccurrenceRecord[]): void {
  const starts = [
    ...items.map(({ newOriginalStartsAt }) => newOriginalStartsAt),
    ...staying.map(({ originalStartsAt }) => originalStartsAt.toISOString()),
  ];
  if (new Set(starts).size < starts.length)
    throw new SeriesActRefused(
      'An extra session of the series stands, or stood, at one of the new times. Choose other times.',
    );
}
