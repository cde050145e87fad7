import type { PlanBlock, PlannedOccurrence, SeriesShape } from './series-plan';
import { shapeOf, type SeriesWorld } from './series-world';

/** A plan before anybody looked whether its times are free. */
export interface SeriesDraft {
  occurrences: PlannedOccurrence[];
  series: SeriesShape;
  splitOff: SeriesShape | null;
  blockedBy: PlanBlock[];
}

/** These occurrences change, the series itself does not. */
export function unchanged(world: SeriesWorld, items: PlannedOccurrence[]): SeriesDraft {
  return { occurrences: items, series: shapeOf(world.series), splitOff: null, blockedBy: [] };
}
