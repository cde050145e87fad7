import { setTimeout as delay } from 'node:timers/promises';

const POLL_MS = 150;

/** What was waited for did not come about. */
export class WaitedInVain extends Error {}

/**
 * Asks again and again until the answer is there.
 *
 * @param probe undefined: not yet
 * @throws WaitedInVain after `mostSeconds` (real time); the signal's reason
 */
export async function until<T>(
  what: string,
  mostSeconds: number,
  signal: AbortSignal,
  probe: () => Promise<T | undefined>,
): Promise<T> {
  const deadline = performance.now() + mostSeconds * 1_000;
  for (;;) {
    signal.throwIfAborted();
    const answer = await probe();
    if (answer !== undefined) return answer;
    if (performance.now() > deadline)
      throw new WaitedInVain(`${mostSeconds} s went by and still not: ${what}.`);
    await delay(POLL_MS);
  }
}
