import { endingOn, ruleText, splitRule } from '@app/recurrence';
import { unchanged, type SeriesDraft } from './series-draft';
import type { PlannedOccurrence } from './series-plan';
import { anchored, fresh, isOpen, isToCome, startsWithin, timeAt, type SeriesWorld } from './series-world';

/** The series with nothing from a wall time on; over at once where nothing is left to come. */
export function ended(
  world: SeriesWorld,
  calledOffOnes: PlannedOccurrence[],
  atLocal: string,
  over: 'ended' | 'cancelled',
): SeriesDraft {
  const { series, rows, now } = world;
  const { rule, start } = anchored(series);
  const { head } = splitRule(rule, start, atLocal);
  const gone = new Set(calledOffOnes.map(({ originalStartsAt }) => originalStartsAt));
  const left = rows.some(
    (row) => (isToCome(row, now) || isOpen(row, now)) && !gone.has(row.originalStartsAt.toISOString()),
  );
  if (left && head === undefined) return withoutRule(world, calledOffOnes);
  const goesOn =
    left ||
    (head !== undefined &&
      startsWithin(head, { from: later(now, series.materialisedUntil), until: FAR }).length > 0);
  const draft = unchanged(world, calledOffOnes);
  return {
    ...draft,
    series: {
      ...draft.series,
      ...(head === undefined ? {} : { rule: ruleText(head.rule) }),
      ...(goesOn ? {} : { state: over, pausedFrom: null, pausedUntil: null }),
    },
  };
}

/**
 * Only what was added, or moved ahead, is left. A rule has one occurrence at least: its first stays in it, and is known, so
 * that no session is made of it.
 */
function withoutRule(world: SeriesWorld, calledOffOnes: PlannedOccurrence[]): SeriesDraft {
  const { series, rows } = world;
  const { rule, start } = anchored(series);
  const first = timeAt(start.localStart, start.timezone, series.durationMinutes);
  const isKnown = rows.some(({ originalStartsAt }) => originalStartsAt.toISOString() === first.startsAt);
  const leftOut = { ...fresh(first), action: 'omit', state: 'skipped', after: null } as const;
  const draft = unchanged(world, isKnown ? calledOffOnes : [...calledOffOnes, leftOut]);
  const afterFirst = new Date(Date.parse(first.startsAt) + 1);
  return {
    ...draft,
    series: {
      ...draft.series,
      rule: ruleText(endingOn(rule, start.localStart.slice(0, 10))),
      materialisedUntil: later(afterFirst, series.materialisedUntil).toISOString(),
    },
  };
}

/** Beyond what any rule is asked for. */
const FAR = new Date('2200-01-01T00:00:00Z');

function later(a: Date, b: Date): Date {
  return a > b ? a : b;
}
