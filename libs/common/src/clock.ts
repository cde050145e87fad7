/**
 * Time is injected. Business time (`now`) decides what is due, open, too late; technical time (`real`)
 * is for token lives, rate limits, signatures and locks (domain.md 4).
 */
export abstract class Clock {
  /** Business time; read once per use case. */
  abstract now(): Promise<Date>;

  /** The machine's own clock. */
  real(): Date {
    return new Date();
  }
}

/** Technical time without an injected clock, epoch milliseconds: for ids, which need no more than to rise. */
export function technicalTimeMs(): number {
  return Date.now();
}
