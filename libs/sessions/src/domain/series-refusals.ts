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
