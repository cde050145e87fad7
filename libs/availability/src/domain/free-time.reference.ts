import type { FreeTimeFacts, NeededTime } from './calendar';
import type { Span } from './spans';
import type { MinuteInterval } from './working-hours';

/**
 * Free starts worked out the long way, for specs to compare with: each tick of the range is looked at by itself, and
 * wall times come from Intl alone. All times must lie on ticks.
 */
const TICK_MS = 5 * 60_000;
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** Hours of days around the range, and the other days of a week. */
const MARGIN_MS = 9 * DAY_MS;

interface Tick {
  atMs: number;
  /** What the clock shows, read as if it were UTC. */
  localMs: number;
}

export class WallClock {
  readonly ticks: Tick[] = [];
  private readonly byLocal = new Map<number, Tick[]>();

  constructor(timezone: string, range: Span) {
    const format = new Intl.DateTimeFormat('en-US', {
      timeZone: timezone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
    });
    for (let atMs = range.fromMs - MARGIN_MS; atMs < range.toMs + MARGIN_MS; atMs += TICK_MS) {
      const [month, day, year, hour, minute] = format.format(atMs).split(/\D+/).map(Number);
      const tick = { atMs, localMs: Date.UTC(year!, month! - 1, day, hour, minute) };
      this.ticks.push(tick);
      this.byLocal.set(tick.localMs, [...(this.byLocal.get(tick.localMs) ?? []), tick]);
    }
  }

  localMs(atMs: number): number {
    const tick = this.ticks[(atMs - this.ticks[0]!.atMs) / TICK_MS];
    if (tick?.atMs !== atMs) throw new Error(`${atMs} is not on a tick of the reference`);
    return tick.localMs;
  }

  /** Every instant that shows the wall time; where none does, the one that the gap moves it to. */
  showing(localMs: number): number[] {
    const shown = this.byLocal.get(localMs);
    if (shown !== undefined) return shown.map(({ atMs }) => atMs);
    const before = this.ticks.find(
      (tick, index) => tick.localMs < localMs && (this.ticks[index + 1]?.localMs ?? 0) > localMs,
    );
    if (before === undefined) throw new Error(`the reference does not reach ${localMs}`);
    return [before.atMs + (localMs - before.localMs)];
  }

  dayOf(atMs: number): number {
    return Math.floor(this.localMs(atMs) / DAY_MS);
  }
}

interface Hours extends Span {
  grid: Set<number>;
}

export function referenceFreeStarts(
  facts: FreeTimeFacts,
  need: NeededTime,
  range: Span,
  clock: WallClock,
): number[] {
  const hours = hoursOf(facts, range, clock);
  const starts: number[] = [];
  for (let atMs = range.fromMs; atMs < range.toMs; atMs += TICK_MS) {
    if (isFreeByReference(facts, need, atMs, hours, clock)) starts.push(atMs);
  }
  return starts;
}

function isFreeByReference(
  facts: FreeTimeFacts,
  need: NeededTime,
  startMs: number,
  hours: Hours[],
  clock: WallClock,
): boolean {
  const endMs = startMs + need.durationMinutes * MINUTE_MS;
  if (!hours.some(({ grid }) => grid.has(startMs))) return false;
  for (let atMs = startMs; atMs < endMs; atMs += TICK_MS) {
    if (!hours.some(({ fromMs, toMs }) => fromMs <= atMs && atMs < toMs)) return false;
    if (facts.timeOff.some(({ fromMs, toMs }) => fromMs < atMs + TICK_MS && atMs < toMs)) return false;
  }
  for (
    let atMs = startMs - need.beforeMinutes * MINUTE_MS;
    atMs < endMs + need.afterMinutes * MINUTE_MS;
    atMs += TICK_MS
  ) {
    if (facts.busy.some(({ fromMs, toMs }) => fromMs < atMs + TICK_MS && atMs < toMs)) return false;
  }
  const { rules, nowMs } = facts;
  if (startMs < nowMs || startMs - nowMs < rules.minimumNoticeMinutes * MINUTE_MS) return false;
  const day = clock.dayOf(startMs);
  if (day > clock.dayOf(nowMs) + rules.bookingHorizonDays) return false;
  const days = facts.busy.flatMap(({ session }) => (session === null ? [] : [clock.dayOf(session.fromMs)]));
  if (
    rules.mostSessionsPerDay !== null &&
    days.filter((each) => each === day).length >= rules.mostSessionsPerDay
  )
    return false;
  const inWeek = days.filter((each) => mondayOf(each) === mondayOf(day)).length;
  return rules.mostSessionsPerWeek === null || inWeek < rules.mostSessionsPerWeek;
}

function hoursOf(facts: FreeTimeFacts, range: Span, clock: WallClock): Hours[] {
  const hours: Hours[] = [];
  const firstDay = Math.floor(range.fromMs / DAY_MS) - 3;
  const lastDay = Math.floor(range.toMs / DAY_MS) + 3;
  for (let day = firstDay; day <= lastDay; day += 1) {
    const date = new Date(day * DAY_MS);
    const weekday = date.getUTCDay() === 0 ? 7 : date.getUTCDay();
    const minutesOpen = minuteByMinute(facts, date.toISOString().slice(0, 10), weekday);
    for (const { startsMinute, endsMinute } of minutesOpen) {
      const fromMs = Math.min(...clock.showing(day * DAY_MS + startsMinute * MINUTE_MS));
      const toMs = Math.min(...clock.showing(day * DAY_MS + endsMinute * MINUTE_MS));
      const grid = new Set<number>();
      for (let minute = startsMinute; minute < endsMinute; minute += facts.rules.startIncrementMinutes) {
        for (const atMs of clock.showing(day * DAY_MS + minute * MINUTE_MS))
          if (fromMs <= atMs && atMs < toMs) grid.add(atMs);
      }
      hours.push({ fromMs, toMs, grid });
    }
  }
  return hours;
}

/** A date with hours of its own leaves an offering those of its own minutes that the date has as well. */
function minuteByMinute(facts: FreeTimeFacts, date: string, weekday: number): MinuteInterval[] {
  const ofDate = facts.overrides.get(date);
  const ofWeek = (facts.offeringWeekly ?? facts.weekly).filter((each) => each.weekday === weekday);
  if (ofDate === undefined || facts.offeringWeekly === null) return [...(ofDate ?? ofWeek)];
  const within = (minute: number, { startsMinute, endsMinute }: MinuteInterval): boolean =>
    startsMinute <= minute && minute < endsMinute;
  const open: MinuteInterval[] = [];
  for (const one of ofDate) {
    for (const other of ofWeek) {
      const shared = Array.from({ length: 1440 }, (_, minute) => minute).filter(
        (minute) => within(minute, one) && within(minute, other),
      );
      const [first] = shared;
      const last = shared.at(-1);
      if (first !== undefined && last !== undefined) open.push({ startsMinute: first, endsMinute: last + 1 });
    }
  }
  return open;
}

function mondayOf(day: number): number {
  const weekday = new Date(day * DAY_MS).getUTCDay();
  return day - (weekday === 0 ? 6 : weekday - 1);
}
