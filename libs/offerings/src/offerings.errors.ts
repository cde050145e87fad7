import { Conflict, NotFound, RuleViolation } from '@app/common';

/** Also the answer for somebody else's offering: ids cannot be probed. */
export class OfferingNotFound extends NotFound {
  constructor() {
    super('offerings.not_found', 'There is no such offering.');
  }
}

export class OfferingArchived extends Conflict {
  constructor() {
    super('offerings.archived', 'This offering is no longer sold.');
  }
}

/** The coach changed the currency of the practice since; prices have to be set anew. */
export class PriceOutdated extends Conflict {
  constructor(priceCurrency: string, coachCurrency: string) {
    super(
      'offerings.price_outdated',
      `The price is in ${priceCurrency}, but the coach now charges in ${coachCurrency}.`,
    );
  }
}

/** One field of an offering breaks a rule. */
export class OfferingRefused extends RuleViolation {
  constructor(code: string, pointer: string, detail: string) {
    super(`offerings.${code}`, detail, { errors: [{ pointer, code: `offerings.${code}`, detail }] });
  }
}

/** Also the answer for somebody else's terms. */
export class PolicyNotFound extends NotFound {
  constructor() {
    super('policies.not_found', 'There are no such terms.');
  }
}
