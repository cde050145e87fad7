import type { FieldError } from '@app/common';
import type { MinuteInterval } from './working-hours';

export const LAST_MINUTE = 1440;

/**
 * What is wrong with intervals of one local day or of a week: ends that are not after their beginning, and overlaps.
 * Intervals may touch.
 *
 * @param pointer where the list stands in the request, a JSON pointer
 */
export function intervalFaults(
  intervals: readonly (MinuteInterval & { readonly weekday?: number })[],
  pointer = '/intervals',
): FieldError[] {
  const faults = intervals.flatMap((interval, index) =>
    interval.startsMinute < interval.endsMinute
      ? []
      : [fault(`${pointer}/${index}/endTime`, 'must be later than the beginning')],
  );
  const placed = intervals
    .map((interval, index) => ({ ...interval, index, weekday: interval.weekday ?? 0 }))
    .sort((a, b) => a.weekday - b.weekday || a.startsMinute - b.startsMinute || a.index - b.index);
  placed.forEach((interval, order) => {
    const before = placed[order - 1];
    if (before?.weekday === interval.weekday && interval.startsMinute < before.endsMinute) {
      faults.push(
        fault(
          `${pointer}/${interval.index}/startTime`,
          `overlaps the interval at ${pointer}/${before.index}`,
        ),
      );
    }
  });
  return faults;
}

function fault(pointer: string, detail: string): FieldError {
  return { pointer, code: 'availability.interval', detail };
}
