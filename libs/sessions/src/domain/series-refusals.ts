import { Conflict, RuleViolation } from '@app/common';

/** The act does not fit the state of the series, or of the occurrence. */
export class SeriesActRefused extends Conflict {
  constructor(detail: string, extensions: Record<string, unknown> = {}) {
    super('series.act_not_possible', detail, { extensions });
  }
}

/** The request misses or contradicts something that this change needs. */
export class SeriesRequestRefused extends RuleViolation {
  constructor(field: string, detail: string) {
    super('series.request', detail, { errors: [{ pointer: `/${field}`, code: 'series.request', detail }] });
  }
}

/** The sessions of a series cannot be paid so: its offering is not sold that way, or nobody would pay each by hand. */
export class SeriesFundingUnavailable extends RuleViolation {
  /** @param available how they could be paid */
  constructor(wanted: string, available: readonly string[]) {
    const detail =
      wanted === 'card'
        ? 'Nobody pays each session of a series by hand: they are free, paid by credits, or on the saved card (pay_later).'
        : `The sessions of this offering are not sold as "${wanted}". Say in "funding" how each of them is paid.`;
    super('series.funding_unavailable', detail, { extensions: { available } });
  }
}
