import { createHash, randomBytes } from 'node:crypto';

const BYTES = 32;

/** 256 random bits as text for links and refresh tokens; the database keeps its hash alone. */
export function newSecretToken(): string {
  return randomBytes(BYTES).toString('base64url');
}

/** A plain SHA-256 is enough: nobody guesses 256 random bits, so a slow hash would protect nothing. */
export function hashSecretToken(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
