import type { DomainEvent } from '@app/outbox';
import type { SeriesPlanContent } from './domain/series-plan';

interface SeriesRef {
  coachId: string;
  id: string;
}

const TYPES: Record<SeriesPlanContent['change'], string> = {
  create: 'series.created',
  move: 'series.moved',
  edit: 'series.edited',
  pause: 'series.paused',
  resume: 'series.resumed',
  end: 'series.ended_early',
  skip: 'series.occurrences_skipped',
  unskip: 'series.occurrences_restored',
  add: 'series.occurrence_added',
  cancel: 'series.cancelled',
};

/** One event per act, whatever the number of its sessions. */
export const seriesChanged = (
  { coachId, id }: SeriesRef,
  change: SeriesPlanContent['change'],
  facts: { planId: string; sequence: number },
): DomainEvent => ({ type: TYPES[change], coachId, payload: { seriesId: id, ...facts } });

/** The worker made the next sessions. */
export const seriesExtended = ({ coachId, id }: SeriesRef, sessions: number): DomainEvent => ({
  type: 'series.extended',
  coachId,
  payload: { seriesId: id, sessions },
});

/** Its client was removed. */
export const seriesStopped = ({ coachId, id }: SeriesRef): DomainEvent => ({
  type: 'series.stopped',
  coachId,
  payload: { seriesId: id },
});

/** No credit is left for some of its sessions: told once, until credits pay again. @param sessions without a credit */
export const seriesCreditsEnded = (
  { coachId, id }: SeriesRef,
  endedAt: Date,
  sessions: number,
): DomainEvent => ({
  type: 'series.credits_ended',
  coachId,
  payload: { seriesId: id, endedAt: endedAt.toISOString(), sessions },
});

/** Some of the next occurrences could not be placed. */
export const seriesExtensionConflicted = (
  { coachId, id }: SeriesRef,
  occurrences: number,
  until: Date,
): DomainEvent => ({
  type: 'series.extension_conflicted',
  coachId,
  payload: { seriesId: id, occurrences, until: until.toISOString() },
});

/** Of the sessions that an act on their series changes: the series tells of them in one mail. */
export const BY_SERIES = {
  scheduled: 'sessions.session_scheduled_by_series',
  cancelled: 'sessions.session_cancelled_by_series',
  moved: 'sessions.session_moved_by_series',
  edited: 'sessions.session_edited_by_series',
} as const;
