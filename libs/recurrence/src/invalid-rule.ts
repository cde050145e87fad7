import { Invalid, RuleViolation } from '@app/common';

export type InvalidRuleReason =
  | 'malformed'
  | 'unsupported'
  | 'repeated'
  | 'conflicting'
  | 'out_of_range'
  | 'never_occurs';

/**
 * A rule that cannot be used; the reason is the end of its code: `recurrence.unsupported`.
 * `part` is the RFC 5545 name of what is wrong with it (`UNTIL`), `RRULE` for the rule as a whole.
 */
export class InvalidRule extends Invalid {
  constructor(
    readonly reason: InvalidRuleReason,
    readonly part: string,
    detail: string,
  ) {
    super(`recurrence.${reason}`, detail, {
      title: 'The recurrence rule is not valid',
      extensions: { part },
    });
  }
}

/** The rule gives more occurrences in the window than the caller can take. */
export class TooManyOccurrences extends RuleViolation {
  constructor(readonly most: number) {
    super('recurrence.too_many_occurrences', `the rule gives more than ${most} occurrences in that time`, {
      title: 'The rule gives too many occurrences',
      help: 'Choose a longer interval, fewer weekdays or an earlier end.',
      extensions: { most },
    });
  }
}
