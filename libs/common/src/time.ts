import { Temporal } from 'temporal-polyfill';
import { InvalidTime } from './invalid-time';
import { offsetMsAt, offsetPeriods } from './time-zones';

/** A date on somebody's calendar, `YYYY-MM-DD`; it means an instant only together with a zone. */
export type LocalDate = string;

/** A time on somebody's wall clock, `YYYY-MM-DDTHH:mm` or `YYYY-MM-DDTHH:mm:ss`. */
export type WallTime = string;

export interface ResolvedWallTime {
  readonly instant: Date;
  /** The wall time does not exist (spring) and was moved forward by the length of the gap. */
  readonly gapShifted: boolean;
  /** The wall time exists twice (autumn); the instant is the earlier one. */
  readonly ambiguous: boolean;
  /** By how much a gap moved it; 0 where there was none. */
  readonly shiftedMinutes: number;
}

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const FIRST_YEAR = 1970;
const LAST_YEAR = 2200;

const DATE = /^\d{4}-\d\d-\d\d$/;
const WALL_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::[0-5]\d)?$/;
const INSTANT =
  /^(?<wall>\d{4}-\d\d-\d\dT\d\d:\d\d(?::[0-5]\d)?)(?:\.(?<fraction>\d{1,9}))?(?<offset>Z|[+-]\d\d:\d\d)?(?:\[!?(?<zone>[^\]]+)\])?$/i;

/**
 * The instant of a wall time in a zone. A time in a spring gap moves forward by the gap (02:30 → 03:30), an ambiguous
 * autumn time is the earlier instant. SQL's AT TIME ZONE takes the later one and must not be used for this.
 * @param zone IANA name
 * @throws InvalidTime for a malformed or impossible wall time, an unknown zone, a year outside 1970..2200
 */
export function instantOf(wallTime: WallTime, zone: string): ResolvedWallTime {
  const localMs = localMsOf(wallTime);
  const { matches, gap } = resolve(localMs, zone);
  const [earliest] = matches;
  if (earliest !== undefined) {
    return {
      instant: new Date(earliest),
      gapShifted: false,
      ambiguous: matches.length > 1,
      shiftedMinutes: 0,
    };
  }
  if (!gap) throw new Error(`no instant of ${wallTime} in ${zone}`);
  return {
    instant: new Date(localMs - gap.offsetBeforeMs),
    gapShifted: true,
    ambiguous: false,
    shiftedMinutes: (gap.offsetAfterMs - gap.offsetBeforeMs) / MINUTE_MS,
  };
}

/** The wall time of an instant in a zone, `YYYY-MM-DDTHH:mm:ss`; parts of a second are cut off. @throws InvalidTime */
export function wallTimeOf(instant: Date, zone: string): WallTime {
  return localIso(instant, zone).slice(0, 19);
}

/** The date that a calendar in the zone shows at the instant. @throws InvalidTime for an unknown zone */
export function localDateOf(instant: Date, zone: string): LocalDate {
  return localIso(instant, zone).slice(0, 10);
}

/**
 * The first instant of a day in a zone, also where its midnight does not exist (Cairo in April: 01:00) or the whole day
 * does not (Apia, 30 December 2011: the start of the 31st).
 * @throws InvalidTime for a malformed date, an unknown zone, a year outside 1970..2200
 */
export function startOfLocalDay(date: LocalDate, zone: string): Date {
  return firstInstantAfterMidnight(midnightMs(date), zone);
}

/** The end of a day in a zone, itself no part of it: the start of the next day. @throws InvalidTime */
export function endOfLocalDay(date: LocalDate, zone: string): Date {
  return firstInstantAfterMidnight(midnightMs(date) + DAY_MS, zone);
}

/** The date some days later, or earlier for a negative number. @throws InvalidTime for a malformed date */
export function addLocalDays(date: LocalDate, days: number): LocalDate {
  return plainDate(date).add({ days }).toString();
}

/** ISO 8601: 1 is Monday, 7 is Sunday. @throws InvalidTime for a malformed date */
export function weekdayOf(date: LocalDate): number {
  return plainDate(date).dayOfWeek;
}

/**
 * An instant from a request: RFC 3339 with an offset or Z (seconds may be left out, finer parts than milliseconds are cut
 * off), or RFC 9557 with a zone behind it, "2026-03-28T09:00:00+01:00[Europe/Berlin]". Z says nothing about the local
 * offset, so it agrees with every zone.
 * @throws InvalidTime for a naive time (`offset_missing`), an offset that is not the zone's at that time
 * (`offset_mismatch`), an impossible time, an unknown zone, a year outside 1970..2200 (UTC)
 */
export function parseInstant(text: string): Date {
  const parts = INSTANT.exec(text)?.groups;
  if (!parts?.wall) {
    throw new InvalidTime('malformed', 'expected a time such as "2026-03-28T09:00:00+01:00"');
  }
  if (!parts.offset) {
    throw new InvalidTime('offset_missing', 'the time needs an offset, such as "+01:00" or "Z"');
  }
  const isUtc = parts.offset.toUpperCase() === 'Z';
  const offsetMs = isUtc ? 0 : offsetMsOf(parts.offset);
  const milliseconds = Number((parts.fraction ?? '').padEnd(3, '0').slice(0, 3));
  const epochMs = epochMsOf(parts.wall.toUpperCase()) + milliseconds - offsetMs;
  assertYear(new Date(epochMs).getUTCFullYear());
  if (parts.zone) {
    const zoneOffsetMs = offsetMsAt(epochMs, parts.zone);
    // RFC 3339 section 4.3: -00:00 says, as Z does, that the local offset is unknown.
    if (!isUtc && parts.offset !== '-00:00' && zoneOffsetMs !== offsetMs) {
      throw new InvalidTime(
        'offset_mismatch',
        `${parts.zone} is not at ${parts.offset} then, but ${offsetText(zoneOffsetMs)}`,
      );
    }
  }
  return new Date(epochMs);
}

/**
 * An instant for people: weekday, date, time and the zone's abbreviation, such as
 * "Sunday, 29 March 2026 at 10:00 CEST" for en-GB.
 * @param locale a BCP 47 tag; a malformed one is a RangeError
 */
export function formatLocal(instant: Date, zone: string, locale: string): string {
  return new Intl.DateTimeFormat(locale, {
    timeZone: zone,
    weekday: 'long',
    year: 'numeric',
    month: 'long',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    timeZoneName: 'short',
  }).format(instant);
}

interface Gap {
  /** The instant at which the clocks were put forward. */
  readonly at: number;
  readonly offsetBeforeMs: number;
  readonly offsetAfterMs: number;
}

/**
 * The instants at which a zone's clocks show a local time, earliest first; where they never do, the gap it falls into.
 * @param localMs the local time read as if it were UTC, milliseconds
 */
function resolve(localMs: number, zone: string): { matches: number[]; gap?: Gap } {
  // Offsets are at most 24 hours, so what can show this local time lies within a day of it.
  const periods = offsetPeriods(zone, localMs - DAY_MS, localMs + DAY_MS);
  const matches: number[] = [];
  let gap: Gap | undefined;
  for (const [index, { from, offsetMs }] of periods.entries()) {
    const next = periods[index + 1];
    const instant = localMs - offsetMs;
    if (instant >= from && (!next || instant < next.from)) matches.push(instant);
    if (next && instant >= next.from && localMs - next.offsetMs < next.from) {
      gap = { at: next.from, offsetBeforeMs: offsetMs, offsetAfterMs: next.offsetMs };
    }
  }
  return gap ? { matches, gap } : { matches };
}

function firstInstantAfterMidnight(localMidnightMs: number, zone: string): Date {
  const { matches, gap } = resolve(localMidnightMs, zone);
  const startMs = matches[0] ?? gap?.at;
  if (startMs === undefined) throw new Error(`no instant of local midnight ${localMidnightMs} in ${zone}`);
  return new Date(startMs);
}

function localIso(instant: Date, zone: string): string {
  const epochMs = instant.getTime();
  return new Date(epochMs + offsetMsAt(epochMs, zone)).toISOString();
}

function localMsOf(wallTime: WallTime): number {
  if (!WALL_TIME.test(wallTime)) {
    throw new InvalidTime('malformed', 'expected a wall time such as "2026-03-28T09:00"');
  }
  assertYear(Number(wallTime.slice(0, 4)));
  return epochMsOf(wallTime);
}

function midnightMs(date: LocalDate): number {
  const { year, month, day } = plainDate(date);
  assertYear(year);
  return Date.UTC(year, month - 1, day);
}

function plainDate(date: LocalDate): Temporal.PlainDate {
  if (!DATE.test(date)) throw new InvalidTime('malformed', 'expected a date such as "2026-03-28"');
  return existing(date, () => Temporal.PlainDate.from(date));
}

/** Reads a wall time as if it were UTC, milliseconds; Date.parse alone would take 30 February for 2 March. */
function epochMsOf(wallTime: WallTime): number {
  const { year, month, day, hour, minute, second } = existing(wallTime, () =>
    Temporal.PlainDateTime.from(wallTime),
  );
  return Date.UTC(year, month - 1, day, hour, minute, second);
}

function existing<T>(text: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof RangeError)
      throw new InvalidTime('no_such_time', `"${text}" is not on any calendar`);
    throw error;
  }
}

function assertYear(year: number): void {
  if (year < FIRST_YEAR || year > LAST_YEAR) {
    throw new InvalidTime('out_of_range', `the year must be in ${FIRST_YEAR}..${LAST_YEAR}`);
  }
}

function offsetMsOf(offset: string): number {
  const hours = Number(offset.slice(1, 3));
  const minutes = Number(offset.slice(4, 6));
  if (hours > 23 || minutes > 59) throw new InvalidTime('malformed', `"${offset}" is not an offset`);
  const size = (hours * 60 + minutes) * MINUTE_MS;
  return offset.startsWith('-') ? -size : size;
}

function offsetText(offsetMs: number): string {
  const clock = new Date(Math.abs(offsetMs)).toISOString().slice(11, 16);
  return `${offsetMs < 0 ? '-' : '+'}${clock}`;
}
