import { publicId, wallTimeOf } from '@app/common';
import type { BusySpan, Calendar } from './calendar';
import { covers, overlaps, spansOverlap, type Span } from './spans';
import { eachStart, localDateOfDay, localDayNumber, overrideOfDay, weekNumberOf } from './working-hours';

export type ReasonCode =
  | 'in_the_past'
  | 'notice'
  | 'horizon'
  | 'outside_hours'
  | 'override_closed'
  | 'not_on_grid'
  | 'time_off'
  | 'cap_day'
  | 'cap_week'
  /** Another session at that time, or a time held for one. */
  | 'taken'
  /** Only buffers meet, of the other session or of this one. */
  | 'buffer';

/** Why a start is not free, for the coach: it may name other people's sessions. */
export interface Reason {
  readonly code: ReasonCode;
  readonly text: string;
  /** The session that has the time. */
  readonly sessionId?: string;
}

/** What a client may know of a reason. */
export interface PublicReason {
  readonly code: Exclude<ReasonCode, 'override_closed' | 'time_off' | 'buffer'>;
  readonly text: string;
}

export interface FreeTimeRule {
  isBroken(calendar: Calendar, startMs: number): boolean;
  /** In words; asked only when it is broken. */
  reasons(calendar: Calendar, startMs: number): Reason[];
}

const MINUTE_MS = 60_000;
const TIME_OFF_NAMES = { time_off: 'Time off', break: 'Break', prep: 'Time to prepare' } as const;

const startsAhead: FreeTimeRule = {
  isBroken: ({ facts }, startMs) => startMs < facts.nowMs,
  reasons: () => [{ code: 'in_the_past', text: 'This time has passed.' }],
};

const enoughNotice: FreeTimeRule = {
  isBroken: ({ facts }, startMs) =>
    startMs >= facts.nowMs && startMs - facts.nowMs < facts.rules.minimumNoticeMinutes * MINUTE_MS,
  reasons: ({ facts }) => [
    { code: 'notice', text: `Less than ${lengthText(facts.rules.minimumNoticeMinutes)} notice.` },
  ],
};

const withinHorizon: FreeTimeRule = {
  isBroken: ({ horizonEndsMs }, startMs) => startMs >= horizonEndsMs,
  reasons: ({ facts }) => [
    { code: 'horizon', text: `More than ${daysText(facts.rules.bookingHorizonDays)} ahead.` },
  ],
};

const withinHours: FreeTimeRule = {
  isBroken: ({ open, durationMs }, startMs) => !covers(open, startMs, startMs + durationMs),
  reasons: ({ facts, periods }, startMs) => {
    const day = localDayNumber(startMs, periods);
    if (overrideOfDay(facts, day)?.length === 0)
      return [{ code: 'override_closed', text: `Closed on ${localDateOfDay(day)}.` }];
    const whose = facts.offeringWeekly === null ? 'working hours' : 'hours of this offering';
    return [{ code: 'outside_hours', text: `Outside the ${whose}.` }];
  },
};

/** Time off takes hours away; a buffer may reach outside the hours, so it may reach into time off as well. */
const noTimeOff: FreeTimeRule = {
  isBroken: ({ off, durationMs }, startMs) => overlaps(off, startMs, startMs + durationMs),
  reasons: ({ facts, durationMs }, startMs) => {
    const session = { fromMs: startMs, toMs: startMs + durationMs };
    return facts.timeOff
      .filter((off) => spansOverlap(off, session))
      .map((off) => ({
        code: 'time_off',
        text: `${TIME_OFF_NAMES[off.kind]} until ${localText(off.toMs, facts.timezone)}.`,
      }));
  },
};

const dayHasRoom: FreeTimeRule = {
  isBroken: ({ facts, sessionsPerDay, periods }, startMs) =>
    facts.rules.mostSessionsPerDay !== null &&
    (sessionsPerDay.get(localDayNumber(startMs, periods)) ?? 0) >= facts.rules.mostSessionsPerDay,
  reasons: ({ facts }) => [
    { code: 'cap_day', text: `The day has its ${facts.rules.mostSessionsPerDay ?? 0} sessions already.` },
  ],
};

const weekHasRoom: FreeTimeRule = {
  isBroken: ({ facts, sessionsPerWeek, periods }, startMs) =>
    facts.rules.mostSessionsPerWeek !== null &&
    (sessionsPerWeek.get(weekNumberOf(localDayNumber(startMs, periods))) ?? 0) >=
      facts.rules.mostSessionsPerWeek,
  reasons: ({ facts }) => [
    { code: 'cap_week', text: `The week has its ${facts.rules.mostSessionsPerWeek ?? 0} sessions already.` },
  ],
};

/** What the session would block, buffers included, meets no claim: neighbours' buffers add up. */
const notClaimed: FreeTimeRule = {
  isBroken: (calendar, startMs) => {
    const { fromMs, toMs } = blockedBy(calendar, startMs);
    return overlaps(calendar.claimed, fromMs, toMs);
  },
  reasons: (calendar, startMs) => {
    const blocked = blockedBy(calendar, startMs);
    const session = { fromMs: startMs, toMs: startMs + calendar.durationMs };
    return calendar.facts.busy
      .filter((busy) => spansOverlap(busy, blocked))
      .map((busy) => {
        const name = publicId('session', busy.sessionId);
        if (spansOverlap(busy.session ?? busy, session)) {
          return { code: 'taken', text: takenText(busy, name), sessionId: busy.sessionId };
        }
        const text = spansOverlap(busy, session)
          ? `In the buffer of ${name}.`
          : `Its own buffer would reach into ${name} or the buffer of it.`;
        return { code: 'buffer', text, sessionId: busy.sessionId };
      });
  },
};

/** All rules but that of the grid, which `freeStarts` keeps by looking nowhere else. */
export const RULES: readonly FreeTimeRule[] = [
  startsAhead,
  enoughNotice,
  withinHorizon,
  withinHours,
  noTimeOff,
  notClaimed,
  dayHasRoom,
  weekHasRoom,
];

/** Starts lie on steps of the wall clock from the beginning of each interval. Outside the hours there is no grid. */
export const gridRule: FreeTimeRule = {
  isBroken: (calendar, startMs) => {
    if (withinHours.isBroken(calendar, startMs)) return false;
    const { facts, periods, intervals } = calendar;
    let found = false;
    for (const interval of intervals) {
      if (startMs < interval.fromMs || startMs >= interval.toMs) continue;
      eachStart(interval, facts, periods, facts.rules.startIncrementMinutes, (gridMs) => {
        found ||= gridMs === startMs;
      });
    }
    return !found;
  },
  reasons: ({ facts }) => [
    {
      code: 'not_on_grid',
      text: `Sessions start every ${facts.rules.startIncrementMinutes} minutes from the beginning of the working hours.`,
    },
  ],
};

/** Another session has the time; nobody passes that. */
export function isClaim({ code }: Reason): boolean {
  return code === 'taken' || code === 'buffer';
}

export type PassableCode = Exclude<ReasonCode, 'in_the_past' | 'taken' | 'buffer'>;

/** Hours, notice, horizon and caps are the coach's own, who may pass them; the past and claims are not. */
export function isPassableByCoach(reason: Reason): boolean {
  return !isClaim(reason) && reason.code !== 'in_the_past';
}

/** Reasons as a client may read them: nothing about other people, nor about the coach's own plans. */
export function publicReasons(reasons: readonly Reason[]): PublicReason[] {
  const byCode = new Map(reasons.map((reason) => [reason.code, publicReason(reason)]));
  const shown = new Map([...byCode.values()].map((reason) => [reason.code, reason]));
  return [...shown.values()];
}

function publicReason({ code, text }: Reason): PublicReason {
  switch (code) {
    case 'taken':
    case 'buffer':
      return { code: 'taken', text: 'The time is taken.' };
    case 'outside_hours':
    case 'override_closed':
    case 'time_off':
      return { code: 'outside_hours', text: 'The coach does not work at that time.' };
    case 'cap_day':
      return { code, text: 'The day is full.' };
    case 'cap_week':
      return { code, text: 'The week is full.' };
    default:
      return { code, text };
  }
}

function takenText({ kind }: BusySpan, name: string): string {
  switch (kind) {
    case 'session':
      return `Taken by ${name}.`;
    case 'hold':
      return `Held for ${name}, which awaits its payment.`;
    case 'proposed_time':
      return `Held for ${name}: this time was proposed for it.`;
  }
}

export function blockedBy({ beforeMs, durationMs, afterMs }: Calendar, startMs: number): Span {
  return { fromMs: startMs - beforeMs, toMs: startMs + durationMs + afterMs };
}

export function localText(instantMs: number, timezone: string): string {
  return `${wallTimeOf(new Date(instantMs), timezone).slice(0, 16).replace('T', ' ')} (${timezone})`;
}

function lengthText(minutes: number): string {
  return minutes % 60 === 0 ? `${minutes / 60} h` : `${minutes} min`;
}

function daysText(days: number): string {
  return days === 1 ? '1 day' : `${days} days`;
}
