import { Conflict, Invalid, NotFound, RuleViolation, type FieldError } from '@app/common';
import { publicReasons, type Reason, type ReasonCode } from './domain/free-time-rules';

/** The exclusion constraint on `calendar_claims`; `violates(error, CLAIMS_NEVER_OVERLAP)` is a `SlotTaken`. */
export const CLAIMS_NEVER_OVERLAP = 'claims_never_overlap';

export interface Alternatives {
  alternatives: { startsAt: string; endsAt: string }[];
}

/** Somebody else has the time, or a buffer would. The answer carries the nearest free starts. */
export class SlotTaken extends Conflict {
  constructor(alternatives: () => Promise<Alternatives>) {
    super('sessions.slot_taken', 'This time is no longer free.', {
      help: 'Take one of the alternatives, or look at the free times again.',
      afterRollback: async () => ({ ...(await alternatives()) }),
    });
  }
}

const CODES: Record<Exclude<ReasonCode, 'taken' | 'buffer'>, string> = {
  in_the_past: 'availability.in_the_past',
  notice: 'availability.too_short_notice',
  horizon: 'availability.beyond_horizon',
  outside_hours: 'availability.outside_hours',
  override_closed: 'availability.outside_hours',
  time_off: 'availability.outside_hours',
  not_on_grid: 'availability.not_on_grid',
  cap_day: 'availability.cap_reached',
  cap_week: 'availability.cap_reached',
};

/** A start that the coach's own rules refuse, whoever asks; the reasons are as a client may read them. */
export class NotBookable extends RuleViolation {
  constructor(reasons: readonly Reason[]) {
    const shown = publicReasons(reasons);
    const code = reasons.map((reason) => reason.code).find((each) => each !== 'taken' && each !== 'buffer');
    super(
      code === undefined ? 'availability.outside_hours' : CODES[code],
      shown.map(({ text }) => text).join(' '),
      {
        extensions: { reasons: shown },
      },
    );
  }
}

export class RangeRefused extends RuleViolation {
  constructor(detail: string) {
    super('availability.range', detail, { errors: [{ pointer: '/to', code: 'availability.range', detail }] });
  }
}

/** Intervals that end before they begin, or overlap. */
export class IntervalsRefused extends RuleViolation {
  constructor(errors: readonly FieldError[]) {
    super('availability.intervals', 'These hours cannot be used.', { errors });
  }
}

export class OverrideExists extends Conflict {
  constructor(localDate: string, overrideId: string) {
    super('availability.override_exists', `${localDate} has hours of its own already. Delete those first.`, {
      extensions: { overrideId },
    });
  }
}

/** Also the answer for somebody else's. */
export class NothingThere extends NotFound {
  constructor(what: 'override' | 'time_off') {
    super(
      `availability.${what}_not_found`,
      what === 'override' ? 'There is no such exception.' : 'There is no such time off.',
    );
  }
}

/** The question that goes with a change of the zone: nothing is changed until it is answered. */
export class WorkingHoursUnanswered extends RuleViolation {
  /** @param aheadMinutes of the new zone's clocks at this moment */
  constructor(from: string, to: string, aheadMinutes: number) {
    const moved = wallClock(NINE + aheadMinutes);
    super(
      'settings.working_hours_unanswered',
      `Do your working hours follow you from ${from} to ${to}? Send workingHours with one of the choices.`,
      {
        errors: [{ pointer: '/workingHours', code: 'required', detail: 'Goes with another timezone.' }],
        extensions: {
          choices: [
            { workingHours: 'keep_local', detail: `They follow: 09:00 in ${from} becomes 09:00 in ${to}.` },
            {
              workingHours: 'keep_instants',
              detail: `They stay at the same moments: 09:00 in ${from} becomes ${moved} in ${to}, as the clocks stand now.`,
            },
          ],
        },
      },
    );
  }
}

export class WorkingHoursWithoutZone extends Invalid {
  constructor() {
    const detail = 'goes with timezone';
    super('settings.invalid', `workingHours ${detail}.`, {
      errors: [{ pointer: '/workingHours', code: 'setting', detail }],
    });
  }
}

const NINE = 9 * 60;
const DAY_MINUTES = 1_440;

function wallClock(minutes: number): string {
  const ofDay = ((minutes % DAY_MINUTES) + DAY_MINUTES) % DAY_MINUTES;
  const [hour, minute] = [Math.floor(ofDay / 60), ofDay % 60].map((part) => String(part).padStart(2, '0'));
  const day = minutes < 0 ? ' of the day before' : minutes >= DAY_MINUTES ? ' of the next day' : '';
  return `${hour}:${minute}${day}`;
}
