import { timingSafeEqual } from 'node:crypto';

/** Compares a secret with what was given for it in a time that tells nothing but its length. */
export function sameText(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}
