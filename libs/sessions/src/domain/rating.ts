import type { SessionStatus } from '../session-record';

const DAY_MS = 86_400_000;
/** How long a rating can be changed after it was given. */
export const RATING_CHANGE_MS = 14 * DAY_MS;

export interface RatingFacts {
  status: SessionStatus;
  /** When it was rated first. */
  ratedAt: Date | null;
}

/** Once the session is completed; a rating that was given can be changed for 14 days (domain.md 14). */
export function mayRate({ status, ratedAt }: RatingFacts, now: Date): boolean {
  if (status !== 'completed') return false;
  return ratedAt === null || now.getTime() <= ratedAt.getTime() + RATING_CHANGE_MS;
}
