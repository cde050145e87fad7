import { DateTime } from 'luxon';
import { instantOf, wallTimeOf } from './time';
import { isTimeZone, offsetMinutesAt, zoneOffsets } from './time-zones';

const ZONES = [
  'Africa/Cairo',
  'Africa/Casablanca',
  'Africa/Johannesburg',
  'America/Chicago',
  'America/Havana',
  'America/Los_Angeles',
  'America/New_York',
  'America/Nuuk',
  'America/Phoenix',
  'America/Santiago',
  'America/Sao_Paulo',
  'America/St_Johns',
  'Asia/Beirut',
  'Asia/Jerusalem',
  'Asia/Kathmandu',
  'Asia/Kolkata',
  'Atlantic/Azores',
  'Australia/Lord_Howe',
  'Australia/Sydney',
  'Europe/Berlin',
  'Europe/Dublin',
  'Europe/London',
  'Pacific/Apia',
  'Pacific/Auckland',
  'Pacific/Chatham',
];
const FROM = new Date('2025-01-01T00:00:00Z');
const TO = new Date('2031-01-01T00:00:00Z');
const HOUR_MS = 3_600_000;

interface Change {
  readonly at: number;
  readonly beforeMs: number;
  readonly afterMs: number;
}

/** Every change found by luxon, which reads the offset another way: hour by hour. */
function changesByLuxon(zone: string): Change[] {
  const changes: Change[] = [];
  const offsetMs = (at: number) => DateTime.fromMillis(at, { zone }).offset * 60_000;
  for (let day = FROM.getTime(); day < TO.getTime(); day += 24 * HOUR_MS) {
    const beforeMs = offsetMs(day);
    const afterMs = offsetMs(day + 24 * HOUR_MS);
    if (beforeMs === afterMs) continue;
    let at = day;
    while (offsetMs(at) === beforeMs) at += HOUR_MS / 4;
    changes.push({ at, beforeMs, afterMs });
  }
  return changes;
}

const localText = (localMs: number) => new Date(localMs).toISOString().slice(0, 19);

const changeCount = (zone: string) => zoneOffsets(zone, FROM, TO).length - 1;

describe('every change of the clocks 2025–2030', () => {
  it.each(ZONES)('%s: gaps move forward, doubled times are the earlier, all others come back', (zone) => {
    const changes = changesByLuxon(zone);
    const periods = zoneOffsets(zone, FROM, TO);
    expect(periods.slice(1).map(({ from, offsetMs }) => [from, offsetMs])).toEqual(
      changes.map(({ at, afterMs }) => [at, afterMs]),
    );
    for (const change of changes) expectRuleAt(change, zone);
  });

  it('sees the half-hour, the midnight and the southern changes', () => {
    expect(changeCount('Australia/Lord_Howe')).toBe(12);
    expect(changeCount('Africa/Cairo')).toBe(12);
    expect(changeCount('Pacific/Chatham')).toBe(12);
    expect(changeCount('Asia/Kolkata')).toBe(0);
    expect(changeCount('America/Sao_Paulo')).toBe(0);
    expect(changeCount('Africa/Casablanca')).toBeGreaterThanOrEqual(3);
  });
});

/** Steps through the hours around a change, one wall time a minute. */
function expectRuleAt({ at, beforeMs, afterMs }: Change, zone: string): void {
  const lengthMs = Math.abs(afterMs - beforeMs);
  const firstLocal = at + Math.min(beforeMs, afterMs);
  const wrong: string[] = [];
  for (let localMs = firstLocal - HOUR_MS; localMs < firstLocal + lengthMs + HOUR_MS; localMs += 60_000) {
    const within = localMs >= firstLocal && localMs < firstLocal + lengthMs;
    const isGap = within && afterMs > beforeMs;
    const isDouble = within && afterMs < beforeMs;
    const expected = localMs - (localMs < firstLocal || within ? beforeMs : afterMs);
    const resolved = instantOf(localText(localMs), zone);
    const readBack = wallTimeOf(resolved.instant, zone);
    const ok =
      resolved.instant.getTime() === expected &&
      resolved.gapShifted === isGap &&
      resolved.ambiguous === isDouble &&
      resolved.shiftedMinutes === (isGap ? lengthMs / 60_000 : 0) &&
      readBack === localText(isGap ? localMs + lengthMs : localMs);
    if (!ok) wrong.push(`${localText(localMs)} → ${resolved.instant.toISOString()} → ${readBack}`);
  }
  expect(wrong).toEqual([]);
}

const list = (zone: string, from: string, to: string) =>
  zoneOffsets(zone, new Date(from), new Date(to)).map((period) => [
    new Date(period.from).toISOString().slice(0, 16),
    period.offsetMs / HOUR_MS,
  ]);

describe('zoneOffsets', () => {
  it.each([
    [
      'Europe/Berlin',
      '2026-03-01T00:00Z',
      '2026-12-01T00:00Z',
      [
        ['2026-03-01T00:00', 1],
        ['2026-03-29T01:00', 2],
        ['2026-10-25T01:00', 1],
      ],
    ],
    ['Europe/Berlin', '2025-12-01T00:00Z', '2026-02-01T00:00Z', [['2025-12-01T00:00', 1]]],
    ['Europe/Berlin', '2026-03-29T01:00Z', '2026-03-29T01:00Z', [['2026-03-29T01:00', 2]]],
    [
      'Africa/Cairo',
      '2014-05-01T00:00Z',
      '2014-12-01T00:00Z',
      [
        ['2014-05-01T00:00', 2],
        ['2014-05-15T22:00', 3],
        ['2014-06-26T21:00', 2],
        ['2014-07-31T22:00', 3],
        ['2014-09-25T21:00', 2],
      ],
    ],
    [
      'America/Boa_Vista',
      '2000-10-01T00:00Z',
      '2000-11-01T00:00Z',
      [
        ['2000-10-01T00:00', -4],
        ['2000-10-08T04:00', -3],
        ['2000-10-15T03:00', -4],
      ],
    ],
    ['UTC', '1970-01-01T00:00Z', '2200-12-31T00:00Z', [['1970-01-01T00:00', 0]]],
  ])('%s from %s to %s', (zone, from, to, expected) => {
    expect(list(zone, from, to)).toEqual(expected);
  });

  it('refuses a reversed range and instants beyond its years', () => {
    expect(() => zoneOffsets('UTC', TO, FROM)).toThrow(RangeError);
    expect(() => zoneOffsets('UTC', FROM, new Date('2300-01-01T00:00:00Z'))).toThrow(RangeError);
    expect(() => zoneOffsets('UTC', FROM, new Date(Number.NaN))).toThrow(RangeError);
    expect(() => offsetMinutesAt(new Date(Number.NaN), 'UTC')).toThrow(RangeError);
  });
});

describe('isTimeZone', () => {
  it('knows every zone that the machine lists, and common older names', () => {
    expect(Intl.supportedValuesOf('timeZone').filter((zone) => !isTimeZone(zone))).toEqual([]);
    expect(['UTC', 'Etc/GMT+5', 'Asia/Calcutta', 'Europe/Kyiv', 'US/Eastern'].every(isTimeZone)).toBe(true);
  });

  it.each(['', '+02:00', '-0500', 'Mars/Base', 'Europe/Berlin\n', 'CET+1', '__proto__', 'x'.repeat(65)])(
    'refuses %p',
    (name) => {
      expect(isTimeZone(name)).toBe(false);
    },
  );

  it.each([
    ['2026-07-01T00:00:00Z', 'Asia/Kathmandu', 345],
    ['2026-07-01T00:00:00Z', 'America/St_Johns', -150],
    ['2026-07-01T00:00:00Z', 'europe/berlin', 120],
    ['1970-01-01T00:00:00Z', 'Africa/Monrovia', -44.5],
  ])('offsetMinutesAt %s in %s is %d', (instant, zone, expected) => {
    expect(offsetMinutesAt(new Date(instant), zone)).toBe(expected);
  });
});
