import { Conflict, NotFound } from '@app/common';
import type { PlanBlock } from './domain/series-plan';

export * from './domain/series-refusals';

/** Also the answer for somebody else's. */
export class SeriesNotFound extends NotFound {
  constructor() {
    super('series.not_found', 'There is no such series.');
  }
}

export class SeriesPlanNotFound extends NotFound {
  constructor() {
    super('series.plan_not_found', 'There is no such plan.');
  }
}

/** What the plan was made for has changed, or its time is over. */
export class SeriesPlanStale extends Conflict {
  constructor(afterRollback: () => Promise<Record<string, unknown>>) {
    super(
      'series.plan_stale',
      'The plan has expired or no longer fits. A fresh one is attached, if there can be one.',
      {
        afterRollback,
      },
    );
  }
}

export class SeriesPlanUsed extends Conflict {
  constructor() {
    super('series.plan_used', 'This plan was carried out already.');
  }
}

const HELP: Record<PlanBlock, string> = {
  conflicts: 'Make the plan again with onConflict "skip" or "keep_unscheduled", or for another time.',
  past_unconfirmed: 'Make the plan again and name each past session in "past" with its refund.',
};

/** The plan says itself that it cannot be carried out. */
export class SeriesPlanBlocked extends Conflict {
  constructor(blockedBy: PlanBlock, occurrences: readonly unknown[]) {
    super(`series.${blockedBy}`, 'The plan cannot be carried out as it is.', {
      help: HELP[blockedBy],
      extensions: { occurrences },
    });
  }
}
