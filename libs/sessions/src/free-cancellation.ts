import { FREE_CANCELLATION_MS } from './domain/series-terms';
import type { SessionRecord } from './session-record';

/**
 * Whether the client may cancel this session free of charge now: the coach moved the occurrence or made it dearer, not more
 * than 7 days ago, and it has not begun (domain.md 10). The last instant still counts, as with the policy's deadlines.
 */
export function isFreelyCancellable(
  { freeCancellationUntil, startsAt }: Pick<SessionRecord, 'freeCancellationUntil' | 'startsAt'>,
  now: Date,
): boolean {
  return freeCancellationUntil !== null && now <= freeCancellationUntil && now < startsAt;
}

/** The last instant of that for people to read: never past the start; null where nothing is free. */
export function freelyCancellableUntil({
  freeCancellationUntil,
  startsAt,
}: {
  freeCancellationUntil: Date | null;
  startsAt: Date | null;
}): Date | null {
  const isPastStart = freeCancellationUntil !== null && startsAt !== null && freeCancellationUntil > startsAt;
  return isPastStart ? startsAt : freeCancellationUntil;
}

/** Until when the client may cancel freely what the coach moves now, without asking: occurrences of series alone. */
export function freeCancellationAfterMove(
  { seriesId }: Pick<SessionRecord, 'seriesId'>,
  now: Date,
): Date | null {
  return seriesId === null ? null : new Date(now.getTime() + FREE_CANCELLATION_MS);
}
