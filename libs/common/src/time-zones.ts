import { InvalidTime } from './invalid-time';

/**
 * UTC offsets of IANA zones, from the time zone data that Node brings (process.versions.tz).
 * Temporal's polyfill is not asked: it knows no change later than ten years from today, and misses changes that follow
 * each other within weeks (Cairo 2014, El Aaiún during Ramadan).
 */
export interface OffsetPeriod {
  /** First instant of the period, epoch milliseconds. */
  readonly from: number;
  /** Local time minus UTC, milliseconds. */
  readonly offsetMs: number;
}

const DAY_MS = 86_400_000;
/** No zone has kept an offset for less than seven days since 1970. */
const SCAN_STEP_MS = 2 * DAY_MS;
/** A year beyond 1970..2200 on either side, so that every local time of those years has its instant. */
const FIRST_YEAR = 1969;
const LAST_YEAR = 2201;

interface Zone {
  readonly format: Intl.DateTimeFormat;
  /** The periods of one UTC year, found at first need. */
  readonly years: Map<number, readonly OffsetPeriod[]>;
}

/** By lower-case name; only real zones get in, so this stays small. */
const zones = new Map<string, Zone>();

const ZONE_NAME = /^[A-Za-z][A-Za-z0-9_+\-/]{0,63}$/;
const GMT_OFFSET = /GMT(?:([+-])(\d\d):(\d\d)(?::(\d\d))?)?$/;

/** Whether the text names an IANA zone, upper and lower case alike; a plain offset such as "+02:00" is none. */
export function isTimeZone(name: string): boolean {
  return findZone(name) !== undefined;
}

/**
 * The offset periods of a zone that cover a range, so that arithmetic over many instants looks the zone up once. The
 * first period begins at `from` whenever it really began; an offset holds until the next period's `from`.
 * @throws InvalidTime (`unknown_zone`); RangeError when the range is reversed or leaves the years 1969..2201
 */
export function zoneOffsets(zone: string, from: Date, to: Date): OffsetPeriod[] {
  return offsetPeriods(zone, from.getTime(), to.getTime());
}

/** Local time minus UTC, in minutes; not whole where an offset had seconds (Monrovia until 1972). @throws InvalidTime */
export function offsetMinutesAt(instant: Date, zone: string): number {
  return offsetMsAt(instant.getTime(), zone) / 60_000;
}

/** Local time minus UTC, milliseconds. @throws InvalidTime (`unknown_zone`) */
export function offsetMsAt(epochMs: number, zone: string): number {
  const periods = periodsOfYear(zoneNamed(zone), yearOf(epochMs));
  const period = periods.findLast((each) => each.from <= epochMs);
  if (!period) throw new Error(`no offset of ${zone} at ${epochMs}`);
  return period.offsetMs;
}

/** As zoneOffsets, on epoch milliseconds. */
export function offsetPeriods(zoneName: string, fromMs: number, toMs: number): OffsetPeriod[] {
  if (!(fromMs <= toMs)) throw new RangeError(`the range ${fromMs}..${toMs} is reversed`);
  const zone = zoneNamed(zoneName);
  const covering: OffsetPeriod[] = [];
  for (let year = yearOf(fromMs); year <= yearOf(toMs); year += 1) {
    for (const { from, offsetMs } of periodsOfYear(zone, year)) {
      if (from > toMs) break;
      const previous = covering.at(-1);
      if (from <= fromMs) covering[0] = { from: fromMs, offsetMs };
      else if (previous?.offsetMs !== offsetMs) covering.push({ from, offsetMs });
    }
  }
  return covering;
}

function zoneNamed(name: string): Zone {
  const zone = findZone(name);
  if (!zone) throw new InvalidTime('unknown_zone', `"${name}" is not an IANA time zone`);
  return zone;
}

function findZone(name: string): Zone | undefined {
  if (!ZONE_NAME.test(name)) return undefined;
  const key = name.toLowerCase();
  const known = zones.get(key);
  if (known) return known;
  try {
    const format = new Intl.DateTimeFormat('en-US', { timeZone: name, timeZoneName: 'longOffset' });
    const zone = { format, years: new Map() };
    zones.set(key, zone);
    return zone;
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function yearOf(epochMs: number): number {
  const year = new Date(epochMs).getUTCFullYear();
  if (!(year >= FIRST_YEAR && year <= LAST_YEAR)) {
    throw new RangeError(`instant ${epochMs} is outside the years ${FIRST_YEAR}..${LAST_YEAR}`);
  }
  return year;
}

function periodsOfYear(zone: Zone, year: number): readonly OffsetPeriod[] {
  const known = zone.years.get(year);
  if (known) return known;
  const endMs = Date.UTC(year + 1, 0, 1);
  let from = Date.UTC(year, 0, 1);
  const periods: OffsetPeriod[] = [{ from, offsetMs: readOffsetMs(zone, from) }];
  while (from < endMs) {
    const to = Math.min(from + SCAN_STEP_MS, endMs - 1);
    const before = readOffsetMs(zone, from);
    const after = readOffsetMs(zone, to);
    if (before !== after) periods.push({ from: changeBetween(zone, from, to, before), offsetMs: after });
    from = to === endMs - 1 ? endMs : to;
  }
  zone.years.set(year, periods);
  return periods;
}

/** The first instant after `low` whose offset is no longer `before`, to the second; changes fall on whole seconds. */
function changeBetween(zone: Zone, low: number, high: number, before: number): number {
  let lastBefore = Math.floor(low / 1000);
  let firstAfter = Math.ceil(high / 1000);
  while (firstAfter - lastBefore > 1) {
    const middle = Math.floor((lastBefore + firstAfter) / 2);
    if (readOffsetMs(zone, middle * 1000) === before) lastBefore = middle;
    else firstAfter = middle;
  }
  return firstAfter * 1000;
}

function readOffsetMs(zone: Zone, epochMs: number): number {
  const match = GMT_OFFSET.exec(zone.format.format(epochMs));
  if (!match) throw new Error(`Intl gave no offset for ${epochMs}`);
  const [, sign, hours, minutes, seconds] = match;
  if (!sign) return 0;
  const total = (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds ?? 0)) * 1000;
  return sign === '-' ? -total : total;
}
