import { Conflict, NotFound, RuleViolation, type FieldError } from '@app/common';
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
