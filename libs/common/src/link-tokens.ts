import { createHash, createHmac } from 'node:crypto';

/** 24 letters of base64url: 144 bits (reliability.md R19 asks for 128). */
const TOKEN_LENGTH = 24;

/**
 * The token of a private link: derived, so that it can be written into every mail again, while the database has
 * only its hash.
 *
 * @param subject what the link is for and of, such as `join:<coach>:<session>`; no two purposes share a subject
 */
export function linkToken(secret: string, subject: string): string {
  return createHmac('sha256', secret).update(subject).digest('base64url').slice(0, TOKEN_LENGTH);
}

/** What is stored of a token, and looked up. */
export function hashOfLinkToken(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
