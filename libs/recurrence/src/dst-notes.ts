import { instantOf, wallTimeOf, zoneOffsets } from '@app/common';
import { localMsOf, wallTimeAt } from './local-starts';
import type { Occurrence } from './occurrences';

/** The zones of a series and of the two who meet, IANA names. */
export interface SeriesZones {
  readonly series: string;
  readonly coach: string;
  readonly client: string;
}

/**
 * Something about an occurrence's time that one side would not expect.
 * `gap`: the wall time does not exist that day and moved forward. `overlap`: that side's clocks show the time twice that
 * day. `moved`: that side's local time is not the usual one, because the clocks of the two zones change on different
 * dates, or only one of them.
 */
export interface DstNote {
  readonly originalStartsAt: Date;
  readonly party: 'coach' | 'client';
  readonly kind: 'gap' | 'overlap' | 'moved';
  /** What this side's clock usually shows at the start, `YYYY-MM-DDTHH:mm:ss`. */
  readonly usualLocalStart: string;
  /** What it shows this time; the same in an overlap. */
  readonly localStart: string;
  /** Of the two times that the clock shows it; only in an overlap. */
  readonly which?: 'first' | 'second';
  /** An English sentence for this side. */
  readonly text: string;
}

/**
 * What clock changes do to each side's local time, for every occurrence that they touch, in the order of the occurrences,
 * the coach's before the client's (domain.md 4). A side's usual time is the one that the difference between its zone and the
 * series' gives it for most of the calendar year, so that a note does not depend on which occurrences are looked at.
 * @throws InvalidTime for an unknown zone
 */
export function dstNotes(occurrences: readonly Occurrence[], zones: SeriesZones): DstNote[] {
  const usualDifferences = {
    coach: new Map<number, number>(),
    client: new Map<number, number>(),
  };
  return occurrences.flatMap((occurrence) =>
    (['coach', 'client'] as const).flatMap((party) => {
      const year = occurrence.startsAt.getUTCFullYear();
      const known = usualDifferences[party].get(year);
      const differenceMs = known ?? usualDifferenceMs(zones[party], zones.series, year);
      usualDifferences[party].set(year, differenceMs);
      return notesFor(party, zones, occurrence, differenceMs);
    }),
  );
}

function notesFor(
  party: DstNote['party'],
  zones: SeriesZones,
  { originalLocalStart, originalStartsAt, startsAt, gapShifted }: Occurrence,
  differenceMs: number,
): DstNote[] {
  const timezone = zones[party];
  const usualLocalStart = wallTimeAt(localMsOf(originalLocalStart) + differenceMs);
  const localStart = wallTimeOf(startsAt, timezone);
  const common = { originalStartsAt, party, usualLocalStart, localStart };
  const notes: DstNote[] = [];
  const time = localStart.slice(11, 16);
  const usualTime = usualLocalStart.slice(11, 16);
  if (localStart !== usualLocalStart) {
    const isGap = gapShifted && timezone === zones.series;
    const text = isGap
      ? `${usualTime} does not exist on ${usualLocalStart.slice(0, 10)} in ${timezone}: it starts at ${time}.`
      : `On ${localStart.slice(0, 10)} it starts at ${time} in ${timezone}, usually at ${usualTime}.`;
    notes.push({ ...common, kind: isGap ? 'gap' : 'moved', text });
  }
  const shown = instantOf(localStart, timezone);
  if (shown.ambiguous) {
    const which = shown.instant.getTime() === startsAt.getTime() ? 'first' : 'second';
    const text = `${time} comes twice on ${localStart.slice(0, 10)} in ${timezone}: it starts the ${which} time.`;
    notes.push({ ...common, kind: 'overlap', which, text });
  }
  return notes;
}

/**
 * A zone's local time minus another's, milliseconds, as it is for the longest part of a UTC year; the one that
 * comes first where two are equally long.
 */
function usualDifferenceMs(zone: string, otherZone: string, year: number): number {
  if (zone === otherZone) return 0;
  const from = new Date(Date.UTC(year, 0, 1));
  const until = new Date(Date.UTC(year + 1, 0, 1) - 1);
  const periods = zoneOffsets(zone, from, until);
  const otherPeriods = zoneOffsets(otherZone, from, until);
  const changes = [...periods, ...otherPeriods].map((period) => period.from).sort((a, b) => a - b);
  const lengths = new Map<number, number>();
  for (const [index, changeMs] of changes.entries()) {
    const lengthMs = (changes[index + 1] ?? until.getTime()) - changeMs;
    const differenceMs = offsetAt(periods, changeMs) - offsetAt(otherPeriods, changeMs);
    lengths.set(differenceMs, (lengths.get(differenceMs) ?? 0) + lengthMs);
  }
  const longestMs = Math.max(...lengths.values());
  return [...lengths].find(([, lengthMs]) => lengthMs === longestMs)?.[0] ?? 0;
}

function offsetAt(periods: ReturnType<typeof zoneOffsets>, atMs: number): number {
  return periods.findLast(({ from }) => from <= atMs)?.offsetMs ?? 0;
}
