import { DateTime } from 'luxon';
import type { RecurrenceRule, SeriesStart } from './rule';

/**
 * Rules expanded the long way, for specs to compare with: every day from the start on is looked at by itself, with
 * nothing but the arithmetic of days. The clocks of a zone are read from luxon.
 */
const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

/** Local starts as if they were UTC, milliseconds, up to and including `lastMs`. `until` must be a date. */
export function referenceLocalStarts(rule: RecurrenceRule, localStart: string, lastMs: number): number[] {
  const startMs = Date.parse(`${localStart}Z`);
  const untilMs = rule.until === undefined ? Infinity : Date.parse(rule.until) + DAY_MS - 1;
  const starts: number[] = [];
  for (let dayMs = startMs; dayMs <= Math.min(lastMs, untilMs); dayMs += DAY_MS) {
    if (starts.length === rule.count) break;
    if (isInPeriod(rule, startMs, dayMs) && isOnDay(rule, startMs, dayMs)) starts.push(dayMs);
  }
  return starts;
}

function isInPeriod(rule: RecurrenceRule, startMs: number, dayMs: number): boolean {
  const start = new Date(startMs);
  const day = new Date(dayMs);
  let passed: number;
  if (rule.frequency === 'daily') passed = (dayMs - startMs) / DAY_MS;
  else if (rule.frequency === 'weekly') passed = weekNumber(dayMs, rule) - weekNumber(startMs, rule);
  else {
    passed = (day.getUTCFullYear() - start.getUTCFullYear()) * 12 + day.getUTCMonth() - start.getUTCMonth();
  }
  return passed % rule.interval === 0;
}

/** Counted from a week long ago; 5 January 1970 was a Monday. */
function weekNumber(dayMs: number, { weekStart }: RecurrenceRule): number {
  return Math.floor((Math.floor(dayMs / DAY_MS) - 4 - (weekStart - 1)) / 7);
}

function isOnDay(rule: RecurrenceRule, startMs: number, dayMs: number): boolean {
  const day = new Date(dayMs);
  const start = new Date(startMs);
  const weekday = day.getUTCDay() || 7;
  const onWeekday = rule.weekdays.some((each) => each === weekday);
  if (rule.frequency === 'daily') return rule.weekdays.length === 0 || onWeekday;
  if (rule.frequency === 'weekly') {
    return rule.weekdays.length === 0 ? weekday === (start.getUTCDay() || 7) : onWeekday;
  }
  const date = day.getUTCDate();
  const lastDate = new Date(Date.UTC(day.getUTCFullYear(), day.getUTCMonth() + 1, 0)).getUTCDate();
  if (rule.monthDay !== undefined) return date === (rule.monthDay === -1 ? lastDate : rule.monthDay);
  if (rule.weekdays.length + rule.ordinalWeekdays.length === 0) return date === start.getUTCDate();
  const fromStart = Math.floor((date - 1) / 7) + 1;
  const fromEnd = -Math.floor((lastDate - date) / 7) - 1;
  const onPlace = rule.ordinalWeekdays.some(
    (each) => each.weekday === weekday && (each.ordinal === fromStart || each.ordinal === fromEnd),
  );
  return onWeekday || onPlace;
}

interface Period {
  fromMs: number;
  offsetMs: number;
}

export interface ReferenceInstant {
  instantMs: number;
  gapShifted: boolean;
  ambiguous: boolean;
}

/** A zone's clock over some years: its offsets found with luxon, day by day and then minute by minute. */
export class ReferenceClock {
  private readonly periods: Period[] = [];

  constructor(
    private readonly timezone: string,
    fromMs: number,
    toMs: number,
  ) {
    this.periods.push({ fromMs, offsetMs: this.offsetAt(fromMs) });
    for (let dayMs = fromMs; dayMs < toMs; dayMs += DAY_MS) {
      if (this.offsetAt(dayMs) !== this.offsetAt(dayMs + DAY_MS)) this.addChange(dayMs);
    }
  }

  /** Earliest instant that shows a wall time; where none does, the one that the gap moves it to. */
  instantOf(localMs: number): ReferenceInstant {
    const shown = this.periods
      .map(({ fromMs, offsetMs }, index) => ({
        fromMs,
        toMs: this.periods[index + 1]?.fromMs ?? Infinity,
        instantMs: localMs - offsetMs,
      }))
      .filter(({ fromMs, toMs, instantMs }) => instantMs >= fromMs && instantMs < toMs);
    const [first] = shown;
    if (first) return { instantMs: first.instantMs, gapShifted: false, ambiguous: shown.length > 1 };
    const before = this.periods.findLast(({ fromMs, offsetMs }) => fromMs + offsetMs <= localMs);
    if (!before) throw new Error(`the reference does not reach ${localMs}`);
    return { instantMs: localMs - before.offsetMs, gapShifted: true, ambiguous: false };
  }

  /** Times of day, `HH:mm:ss`, that lie a quarter of an hour before the end of some gap or overlap. */
  touchedTimesOfDay(): string[] {
    const times = this.periods.flatMap(({ fromMs, offsetMs }, index) => {
      const before = this.periods[index - 1];
      const endMs = fromMs + Math.max(offsetMs, before?.offsetMs ?? offsetMs) - 15 * MINUTE_MS;
      return before ? [new Date(endMs).toISOString().slice(11, 19)] : [];
    });
    return [...new Set(times)];
  }

  private addChange(dayMs: number): void {
    let lastMs = dayMs;
    while (this.offsetAt(lastMs + 60 * MINUTE_MS) === this.offsetAt(dayMs)) lastMs += 60 * MINUTE_MS;
    while (this.offsetAt(lastMs + MINUTE_MS) === this.offsetAt(dayMs)) lastMs += MINUTE_MS;
    const fromMs = lastMs + MINUTE_MS;
    this.periods.push({ fromMs, offsetMs: this.offsetAt(fromMs) });
  }

  private offsetAt(atMs: number): number {
    return DateTime.fromMillis(atMs, { zone: this.timezone }).offset * MINUTE_MS;
  }
}

/** The clocks of zones, each read once. */
export class ReferenceClocks {
  private readonly clocks = new Map<string, ReferenceClock>();

  constructor(
    private readonly fromMs: number,
    private readonly toMs: number,
  ) {}

  of(timezone: string): ReferenceClock {
    const known = this.clocks.get(timezone) ?? new ReferenceClock(timezone, this.fromMs, this.toMs);
    this.clocks.set(timezone, known);
    return known;
  }
}

export interface ReferenceOccurrence extends ReferenceInstant {
  localMs: number;
}

/** All occurrences up to a local moment. */
export function referenceOccurrences(
  rule: RecurrenceRule,
  start: SeriesStart,
  lastMs: number,
  clock: ReferenceClock,
): ReferenceOccurrence[] {
  return referenceLocalStarts(rule, start.localStart, lastMs).map((localMs) => ({
    localMs,
    ...clock.instantOf(localMs),
  }));
}
