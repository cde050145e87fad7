import type { TestApp } from '../support/test-app';

const HOUR_MS = 3_600_000;

/**
 * A start that no session of the same coach has: two hours after the former one, and so far ahead, since acts move the clock.
 *
 * @param formerMs of the session booked before; 0 for the first
 */
export function nextStart(app: TestApp, formerMs: number, hoursAhead = 480): number {
  const soonest = Math.ceil(app.sandbox.now().getTime() / HOUR_MS) * HOUR_MS + hoursAhead * HOUR_MS;
  return Math.max(formerMs + 2 * HOUR_MS, soonest);
}
