import { Injectable } from '@nestjs/common';
import { Clock, newId } from '@app/common';
import { Database, sql } from '@app/database';
import { hashSecretToken, newSecretToken } from './secret-tokens';

/** A device that stays away longer signs in again. */
const LIFE_MS = 60 * 24 * 3_600_000;
/** Parallel tabs refresh with the same token at once; that is no theft (reliability.md R20). */
const GRACE_MS = 30_000;

export interface RefreshToken {
  id: string;
  accountId: string;
  /** All tokens that descend from one sign-in. */
  familyId: string;
}

/**
 * Refresh tokens: each is used once and replaced; whoever brings a replaced one back has copied it, which ends its
 * family. Callers hold the lock on the account's row, so nothing is added to a family while it is ended.
 */
@Injectable()
export class RefreshTokens {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** @returns the plain token, which is shown this once */
  async issue(accountId: string, familyId: string): Promise<string> {
    const token = newSecretToken();
    const now = this.clock.real();
    await this.database.execute(sql`
      insert into refresh_tokens (id, account_id, family_id, token_hash, created_at, expires_at)
      values (${newId()}::uuid, ${accountId}::uuid, ${familyId}::uuid, ${hashSecretToken(token)}::bytea,
              ${now}::timestamptz, ${new Date(now.getTime() + LIFE_MS)}::timestamptz)`);
    return token;
  }

  async find(token: string): Promise<RefreshToken | undefined> {
    return this.database.maybe(sql<RefreshToken>`
      select id, account_id as "accountId", family_id as "familyId" from refresh_tokens
      where token_hash = ${hashSecretToken(token)}::bytea`);
  }

  /** Takes the token out of use. One caller gets `rotated`, its parallel tabs `again`; later ones copied it. */
  async rotate(id: string): Promise<'rotated' | 'again' | 'reused' | 'ended'> {
    const now = this.clock.real();
    const rotated = await this.database.execute(sql`
      update refresh_tokens set rotated_at = ${now}::timestamptz
      where id = ${id} and rotated_at is null and revoked_at is null and expires_at > ${now}::timestamptz`);
    if (rotated === 1) return 'rotated';
    const token = await this.database.one(sql<{ rotatedAt: Date | null; revokedAt: Date | null }>`
      select rotated_at as "rotatedAt", revoked_at as "revokedAt" from refresh_tokens where id = ${id}`);
    if (token.revokedAt !== null || token.rotatedAt === null) return 'ended';
    return now.getTime() - token.rotatedAt.getTime() <= GRACE_MS ? 'again' : 'reused';
  }

  async revokeFamily(familyId: string): Promise<void> {
    await this.database.execute(sql`
      update refresh_tokens set revoked_at = ${this.clock.real()}::timestamptz where family_id = ${familyId} and revoked_at is null`);
  }

  async revokeAll(accountId: string): Promise<void> {
    await this.database.execute(sql`
      update refresh_tokens set revoked_at = ${this.clock.real()}::timestamptz where account_id = ${accountId} and revoked_at is null`);
  }
}
