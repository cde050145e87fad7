import { zoneOffsets } from '@app/common';

/** A change of a zone's clocks; offsets are local time minus UTC, milliseconds. */
interface Change {
  /** Instant, epoch milliseconds. */
  at: number;
  beforeMs: number;
  afterMs: number;
}

/**
 * The VTIMEZONE (RFC 5545 3.6.5) of a zone for a range of instants: every change of the clocks in it by its date, which holds
 * for zones whose changes follow no yearly rule too. Lines end in CRLF.
 *
 * @throws InvalidTime for an unknown zone
 */
export function vtimezone(timezone: string, from: Date, until: Date): string {
  const [first, ...later] = zoneOffsets(timezone, from, until);
  if (first === undefined) throw new Error(`${timezone} has no offset at ${from.toISOString()}`);
  const changes: Change[] = [{ at: first.from, beforeMs: first.offsetMs, afterMs: first.offsetMs }];
  for (const { from: at, offsetMs } of later) {
    changes.push({ at, beforeMs: changes.at(-1)?.afterMs ?? offsetMs, afterMs: offsetMs });
  }
  const kindOf = ({ beforeMs, afterMs }: Change): string => `${beforeMs} ${afterMs}`;
  const kinds = [...new Set(changes.map(kindOf))];
  return [
    'BEGIN:VTIMEZONE',
    `TZID:${timezone}`,
    ...kinds.flatMap((kind) => observance(changes.filter((change) => kindOf(change) === kind))),
    'END:VTIMEZONE',
    '',
  ].join('\r\n');
}

/** All changes of one kind: the first is its DTSTART, the others are RDATEs, in the local time before the change. */
function observance(changes: readonly Change[]): string[] {
  const [first, ...others] = changes;
  if (first === undefined) return [];
  const name = first.afterMs > first.beforeMs ? 'DAYLIGHT' : 'STANDARD';
  const localAt = ({ at, beforeMs }: Change): string => digits(new Date(at + beforeMs).toISOString());
  return [
    `BEGIN:${name}`,
    `DTSTART:${localAt(first)}`,
    ...others.map((change) => `RDATE:${localAt(change)}`),
    `TZOFFSETFROM:${offset(first.beforeMs)}`,
    `TZOFFSETTO:${offset(first.afterMs)}`,
    `END:${name}`,
  ];
}

/** `20260329T023000` of `2026-03-29T02:30:00…`. */
export function digits(wallTime: string): string {
  return wallTime.slice(0, 19).replaceAll(/[-:]/g, '');
}

function offset(ms: number): string {
  const minutes = Math.round(Math.abs(ms) / 60_000);
  const two = (part: number): string => String(part).padStart(2, '0');
  return `${ms < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}${two(minutes % 60)}`;
}
