import { instantOf, zoneOffsets, type ResolvedWallTime } from '@app/common';
import { DAY_MS, wallTimeAt } from './local-starts';

/** Local time is within 14 hours of UTC, and no gap is longer than a day (Apia 2011). */
const NEAR_MS = 2 * DAY_MS;

/**
 * Gives local milliseconds their instants in a zone as `instantOf` does. Only near a change of the clocks is it asked;
 * elsewhere the offset is known, which makes long expansions some twenty times faster.
 *
 * @param fromMs the earliest local moment that will be asked for, epoch milliseconds as if it were UTC
 * @param toMs the latest
 * @throws InvalidTime for an unknown zone
 */
export function zoneClock(
  timezone: string,
  fromMs: number,
  toMs: number,
): (localMs: number) => ResolvedWallTime {
  const periods = zoneOffsets(timezone, new Date(fromMs - NEAR_MS), new Date(toMs + NEAR_MS));
  return (localMs) => {
    const index = periods.findLastIndex(({ from }) => from <= localMs + NEAR_MS);
    const period = periods[index];
    if (!period || (index > 0 && period.from >= localMs - NEAR_MS)) {
      return instantOf(wallTimeAt(localMs), timezone);
    }
    const instant = new Date(localMs - period.offsetMs);
    return { instant, gapShifted: false, ambiguous: false, shiftedMinutes: 0 };
  };
}
