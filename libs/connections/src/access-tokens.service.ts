import { setTimeout as delay } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import { Clock, Unavailable } from '@app/common';
import { Database, sql } from '@app/database';
import { Outbox } from '@app/outbox';
import { connectionColumns, type ConnectionRecord, type SealedTokens } from './connection-record';
import {
  AccessTokenRefused,
  ConnectionNeedsAttention,
  ConnectionNotFound,
  GrantRefused,
} from './connections.errors';
import { connectionNeedsAttention } from './connections.events';
import type { TokenGrant } from './oauth/oauth-platform';
import { OAUTH_PLATFORMS, type OAuthPlatforms } from './oauth/oauth-platforms';
import { TokenVault } from './token-vault';

/** Less life than this left: refreshed before use. */
const REFRESH_BEFORE_MS = 5 * 60_000;

/**
 * How long one process may be alone at the token endpoint. Longer than the deadline of the call, so that two
 * refreshes never overlap; short enough that a killed process holds nobody up for long.
 */
const REFRESH_CLAIM_SECONDS = 20;
const WAIT_FOR_OTHERS_MS = 25_000;
const LOOK_AGAIN_MS = 100;

interface AccessToken {
  value: string;
  version: number;
}

type TokenRow = ConnectionRecord & SealedTokens & { forgottenAt: Date | null };

/**
 * Hands out access tokens, refreshed by exactly one caller at a time across all processes: the claim is a
 * conditional update with an end, since the call to the platform may not run inside a transaction.
 * The new refresh token is committed before the access token is used.
 */
@Injectable()
export class AccessTokens {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly outbox: Outbox,
    private readonly vault: TokenVault,
    @Inject(OAUTH_PLATFORMS) private readonly platforms: OAuthPlatforms,
  ) {}

  /**
   * Runs a call to the platform's API with a good access token. On `AccessTokenRefused` (401) the token is
   * refreshed once and the call repeated once.
   *
   * @throws ConnectionNeedsAttention when only the coach can help; PlatformUnavailable when a refresh got no answer
   */
  async use<T>(coachId: string, connectionId: string, call: (accessToken: string) => Promise<T>): Promise<T> {
    const token = await this.get(coachId, connectionId);
    try {
      return await call(token.value);
    } catch (error) {
      if (!(error instanceof AccessTokenRefused)) throw error;
    }
    const renewed = await this.get(coachId, connectionId, token.version);
    try {
      return await call(renewed.value);
    } catch (error) {
      if (!(error instanceof AccessTokenRefused)) throw error;
      // A platform that refuses what it has just given out will not be persuaded by a third try.
      await this.markBroken(coachId, connectionId, renewed.version, 'access_token_refused');
      throw new ConnectionNeedsAttention();
    }
  }

  /** @param newerThan version of a token that was refused; absent: whatever lives long enough will do */
  private async get(coachId: string, connectionId: string, newerThan?: number): Promise<AccessToken> {
    const giveUpAt = this.clock.real().getTime() + WAIT_FOR_OTHERS_MS;
    for (;;) {
      const row = await this.read(coachId, connectionId);
      if (row.status !== 'connected') throw new ConnectionNeedsAttention();
      if (this.isGood(row, newerThan)) return this.tokenOf(row);
      if (await this.claim(row)) return this.refresh(row);
      if (this.clock.real().getTime() > giveUpAt) {
        throw new Unavailable(
          'connections.refresh_busy',
          'The connection is being renewed. Try again in a moment.',
        );
      }
      await delay(LOOK_AGAIN_MS);
    }
  }

  private isGood(row: TokenRow, newerThan: number | undefined): boolean {
    if (newerThan !== undefined) return row.tokenVersion > newerThan;
    return row.accessExpiresAt.getTime() - this.clock.real().getTime() > REFRESH_BEFORE_MS;
  }

  /** Only whoever saw the present version may claim: what was refreshed meanwhile is read again instead. */
  private async claim(row: TokenRow): Promise<boolean> {
    const claimed = await this.database.execute(sql`
      update connections set refreshing_until = clock_timestamp() + make_interval(secs => ${REFRESH_CLAIM_SECONDS})
      where coach_id = ${row.coachId} and id = ${row.id} and status = 'connected' and token_version = ${row.tokenVersion}
        and (refreshing_until is null or refreshing_until < clock_timestamp())`);
    return claimed === 1;
  }

  private async refresh(row: TokenRow): Promise<AccessToken> {
    const { refreshToken } = this.vault.openTokens(row);
    let grant: TokenGrant;
    try {
      grant = await this.platforms[row.platform].refresh(refreshToken);
    } catch (error) {
      if (error instanceof GrantRefused) return this.afterRefusal(row);
      await this.releaseClaim(row);
      throw error;
    }
    const stored = await this.store(row, { ...grant, refreshToken: grant.refreshToken ?? refreshToken });
    // Nothing stored: removed or connected anew while we asked; what counts now is in the row.
    return stored
      ? { value: grant.accessToken, version: row.tokenVersion + 1 }
      : this.get(row.coachId, row.id);
  }

  private async store(row: TokenRow, grant: TokenGrant & { refreshToken: string }): Promise<boolean> {
    const sealed = this.vault.sealTokens(row, grant);
    const changed = await this.database.execute(sql`
      update connections set access_token_ciphertext = ${sealed.accessTokenCiphertext},
        refresh_token_ciphertext = ${sealed.refreshTokenCiphertext}, key_id = ${sealed.keyId},
        access_expires_at = ${expiryOf(grant, this.clock.real())}::timestamptz, tokens_issued_at = clock_timestamp(),
        token_version = token_version + 1, refreshing_until = null, status = 'connected'
      where coach_id = ${row.coachId} and id = ${row.id} and token_version = ${row.tokenVersion} and status <> 'revoked'`);
    return changed === 1;
  }

  private async releaseClaim(row: TokenRow): Promise<void> {
    await this.database.execute(sql`
      update connections set refreshing_until = null
      where coach_id = ${row.coachId} and id = ${row.id} and token_version = ${row.tokenVersion}`);
  }

  /** Somebody may have been faster with the same refresh token; only if nobody was, the permission has ended. */
  private async afterRefusal(row: TokenRow): Promise<AccessToken> {
    const current = await this.read(row.coachId, row.id);
    if (current.status === 'connected' && current.tokenVersion > row.tokenVersion)
      return this.tokenOf(current);
    await this.markBroken(row.coachId, row.id, row.tokenVersion, 'invalid_grant');
    throw new ConnectionNeedsAttention();
  }

  /** Told once: whoever comes second finds the status already changed. */
  private async markBroken(
    coachId: string,
    connectionId: string,
    tokenVersion: number,
    reason: string,
  ): Promise<void> {
    await this.database.transaction(async () => {
      const changed = await this.database.execute(sql`
        update connections set status = 'needs_attention', last_error = ${reason}, refreshing_until = null,
          version = version + 1, updated_at = app_now()
        where coach_id = ${coachId} and id = ${connectionId} and status = 'connected' and token_version = ${tokenVersion}`);
      if (changed === 1) await this.outbox.add(connectionNeedsAttention({ coachId, id: connectionId }));
    });
  }

  /**
   * Ends a removed connection at the platform, then overwrites its tokens. Done twice it does nothing more.
   *
   * @throws PlatformUnavailable: the job comes again
   */
  async revoke(coachId: string, connectionId: string): Promise<void> {
    const row = await this.read(coachId, connectionId);
    if (row.status !== 'revoked' || row.forgottenAt !== null) return;
    const platform = this.platforms[row.platform];
    const { accessToken, refreshToken } = this.vault.openTokens(row);
    try {
      // Only an access token that still lives can be taken back.
      const alive = row.accessExpiresAt > this.clock.real();
      await platform.revoke(alive ? accessToken : (await platform.refresh(refreshToken)).accessToken);
    } catch (error) {
      if (!(error instanceof GrantRefused)) throw error; // refused: the coach took it back there already
    }
    const nothing = this.vault.sealTokens(row, { accessToken: '-', refreshToken: '-' });
    await this.database.execute(sql`
      update connections set access_token_ciphertext = ${nothing.accessTokenCiphertext},
        refresh_token_ciphertext = ${nothing.refreshTokenCiphertext}, key_id = ${nothing.keyId},
        forgotten_at = clock_timestamp()
      where coach_id = ${coachId} and id = ${connectionId} and status = 'revoked'`);
  }

  private tokenOf(row: TokenRow): AccessToken {
    return { value: this.vault.openTokens(row).accessToken, version: row.tokenVersion };
  }

  private async read(coachId: string, connectionId: string): Promise<TokenRow> {
    const row = await this.database.maybe(sql<TokenRow>`
      select ${connectionColumns}, c.access_token_ciphertext as "accessTokenCiphertext",
        c.refresh_token_ciphertext as "refreshTokenCiphertext", c.key_id as "keyId",
        c.forgotten_at as "forgottenAt"
      from connections c where c.coach_id = ${coachId} and c.id = ${connectionId}`);
    if (row === undefined) throw new ConnectionNotFound();
    return row;
  }
}

export function expiryOf(grant: TokenGrant, now: Date): Date {
  return new Date(now.getTime() + grant.expiresInSeconds * 1_000);
}
