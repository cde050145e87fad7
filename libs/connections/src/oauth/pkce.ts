import { createHash, randomBytes } from 'node:crypto';

const RANDOM_BYTES = 32;

/** 256 random bits, fit for a URL. */
export function randomToken(): string {
  return randomBytes(RANDOM_BYTES).toString('base64url');
}

/** What is kept of a token that somebody else carries. */
export function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** S256 challenge of a verifier (RFC 7636, 4.2). */
export function challengeOf(verifier: string): string {
  return sha256(verifier).toString('base64url');
}
