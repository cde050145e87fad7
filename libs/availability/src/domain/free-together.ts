import { calendarOf, forNeed, type Calendar, type FreeTimeFacts, type NeededTime } from './calendar';
import { blockedBy, localText, type Reason } from './free-time-rules';
import { whyNotFreeIn } from './free-time';
import { spansOverlap, type Span } from './spans';
import { localDayNumber, weekNumberOf } from './working-hours';

/** One of several starts that are asked about at once; what a session takes may differ from one to the next. */
export interface WantedStart extends NeededTime {
  readonly startMs: number;
}

export interface TogetherOptions {
  /** Only one of the starts will be taken, so they do not stand in each other's way. */
  readonly oneOf?: boolean;
  /** What does not count here, such as the horizon for a series. */
  readonly isPassed?: (reason: Reason) => boolean;
}

interface Placed {
  readonly startMs: number;
  readonly session: Span;
  readonly blocked: Span;
}

/**
 * What stands against each of several starts that are to be taken together. The soonest is looked at first; one that
 * is free takes its time and its place in the caps from those after it, one that is not takes nothing.
 *
 * @returns the reasons of each start, in the order asked; empty where it is free
 * @throws RangeError when the facts do not cover a start
 */
export function whyNotFreeTogether(
  facts: FreeTimeFacts,
  wanted: readonly WantedStart[],
  { oneOf = false, isPassed = () => false }: TogetherOptions = {},
): Reason[][] {
  const [first] = wanted;
  if (first === undefined) return [];
  const calendar = calendarOf(facts, first, rangeOf(wanted));
  const sessionsPerDay = new Map(calendar.sessionsPerDay);
  const sessionsPerWeek = new Map(calendar.sessionsPerWeek);
  const shared: Calendar = { ...calendar, sessionsPerDay, sessionsPerWeek };
  const placed: Placed[] = [];
  const answers: Reason[][] = wanted.map(() => []);
  for (const { start, index } of inOrderOfTime(wanted)) {
    const own = forNeed(shared, start);
    const session = { fromMs: start.startMs, toMs: start.startMs + own.durationMs };
    const place = { startMs: start.startMs, session, blocked: blockedBy(own, start.startMs) };
    const reasons = [...whyNotFreeIn(own, start.startMs), ...clashes(placed, place, facts.timezone)];
    answers[index] = reasons.filter((reason) => !isPassed(reason));
    if (oneOf || answers[index].length > 0) continue;
    placed.push(place);
    const day = localDayNumber(start.startMs, shared.periods);
    const week = weekNumberOf(day);
    sessionsPerDay.set(day, (sessionsPerDay.get(day) ?? 0) + 1);
    sessionsPerWeek.set(week, (sessionsPerWeek.get(week) ?? 0) + 1);
  }
  return answers;
}

/** From the first start to the last, which is included. */
export function rangeOf(wanted: readonly { startMs: number }[]): Span {
  let fromMs = Infinity;
  let lastMs = -Infinity;
  for (const { startMs } of wanted) {
    fromMs = Math.min(fromMs, startMs);
    lastMs = Math.max(lastMs, startMs);
  }
  return { fromMs, toMs: lastMs + 1 };
}

function inOrderOfTime(wanted: readonly WantedStart[]): { start: WantedStart; index: number }[] {
  return wanted
    .map((start, index) => ({ start, index }))
    .sort((a, b) => a.start.startMs - b.start.startMs || a.index - b.index);
}

function clashes(placed: readonly Placed[], wanted: Placed, timezone: string): Reason[] {
  return placed
    .filter((other) => spansOverlap(other.blocked, wanted.blocked))
    .map((other) => ({
      code: spansOverlap(other.session, wanted.session) ? 'taken' : 'buffer',
      text: `Too close to the one at ${localText(other.startMs, timezone)}.`,
    }));
}
