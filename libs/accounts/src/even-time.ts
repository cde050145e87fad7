import { setTimeout as delay } from 'node:timers/promises';

/**
 * Answers no sooner than after this time, whether the work succeeds or fails: the answer to a stranger's question about
 * an account takes as long for an unknown one (reliability.md R25).
 */
export async function noSoonerThan<T>(leastMs: number, work: () => Promise<T>): Promise<T> {
  const waited = delay(leastMs);
  try {
    return await work();
  } finally {
    await waited;
  }
}
