/**
 * The wait before the next attempt: exponential backoff with full jitter, so that callers which failed together do not
 * come back together.
 *
 * @param attempt how many attempts have failed, from 1
 * @param baseMs  the upper bound of the first wait; doubles with each attempt
 * @param capMs   the upper bound of any wait
 * @param random  a number in [0, 1), such as Math.random
 * @returns whole milliseconds in 0..min(capMs, baseMs × 2^(attempt − 1))
 */
export function fullJitterDelayMs(
  attempt: number,
  baseMs: number,
  capMs: number,
  random: () => number,
): number {
  if (!Number.isInteger(attempt) || attempt < 1)
    throw new RangeError(`attempt must count from 1, got ${attempt}`);
  const ceilingMs = Math.min(capMs, baseMs * 2 ** (attempt - 1));
  return Math.floor(random() * (ceilingMs + 1));
}
