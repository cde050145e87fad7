import { sql, type RawBuilder } from '@app/database';

/** Whose account a coach connects; one per platform. */
export type ConnectionPlatform = 'zoom';
export const CONNECTION_PLATFORMS: readonly ConnectionPlatform[] = ['zoom'];

export type ConnectionStatus = 'connected' | 'needs_attention' | 'revoked';

/**
 * One row of `connections` without its secrets. `accessExpiresAt` and `tokensIssuedAt` are technical time,
 * the others business time.
 */
export interface ConnectionRecord {
  coachId: string;
  id: string;
  platform: ConnectionPlatform;
  status: ConnectionStatus;
  externalAccountId: string;
  externalEmail: string | null;
  accessExpiresAt: Date;
  tokenVersion: number;
  tokensIssuedAt: Date;
  lastCheckedAt: Date | null;
  lastError: string | null;
  version: number;
  createdAt: Date;
  updatedAt: Date;
}

/** The select list of a `ConnectionRecord` from `connections c`. */
export const connectionColumns: RawBuilder<unknown> = sql`
  c.coach_id as "coachId", c.id, c.platform, c.status, c.external_account_id as "externalAccountId",
  c.external_email as "externalEmail", c.access_expires_at as "accessExpiresAt", c.token_version as "tokenVersion",
  c.tokens_issued_at as "tokensIssuedAt", c.last_checked_at as "lastCheckedAt", c.last_error as "lastError",
  c.version, c.created_at as "createdAt", c.updated_at as "updatedAt"`;

/** The two tokens as they are kept: sealed, both under one key. */
export interface SealedTokens {
  accessTokenCiphertext: Buffer;
  refreshTokenCiphertext: Buffer;
  keyId: string;
}
