import { Inject, Injectable } from '@nestjs/common';
import { insertAudit } from '@app/accounts';
import { Clock, CONFIG, Invalid, newId, type SharedConfig } from '@app/common';
import { Database, sql } from '@app/database';
import { Outbox } from '@app/outbox';
import { expiryOf } from './access-tokens.service';
import {
  CONNECTION_PLATFORMS,
  connectionColumns,
  type ConnectionPlatform,
  type ConnectionRecord,
} from './connection-record';
import { connectionView, type ConnectionView } from './connection-view';
import {
  AccessTokenRefused,
  ConnectionRefused,
  GrantRefused,
  OAuthStateInvalid,
  PlatformNotSupported,
} from './connections.errors';
import { connectionConnected } from './connections.events';
import type { ExternalAccount, TokenGrant } from './oauth/oauth-platform';
import { OAUTH_PLATFORMS, type OAuthPlatforms } from './oauth/oauth-platforms';
import { challengeOf, randomToken, sha256 } from './oauth/pkce';
import { TokenVault } from './token-vault';

const STATE_LIFE_MINUTES = 10;

export interface Connected {
  connection: ConnectionView;
  /** Where the coach wanted to go afterwards; an address of our own. */
  returnTo: string | null;
}

interface StateRow {
  coachId: string;
  verifierCiphertext: Buffer;
  returnTo: string | null;
}

/** What the platform gave: lasting permission, and whose account it is. */
interface Permission {
  grant: TokenGrant & { refreshToken: string };
  account: ExternalAccount;
}

/** A coach connects an account at a platform: OAuth with a state that works once, and PKCE. */
@Injectable()
export class ConnectionAttempts {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly outbox: Outbox,
    private readonly vault: TokenVault,
    @Inject(OAUTH_PLATFORMS) private readonly platforms: OAuthPlatforms,
    @Inject(CONFIG) private readonly config: SharedConfig,
  ) {}

  /**
   * An address of the platform where the coach gives their permission. It works once and for ten minutes.
   *
   * @param returnTo where the browser goes afterwards; only an address of our own
   * @throws PlatformNotSupported, or Invalid for a foreign address
   */
  async authorize(
    coachId: string,
    platform: string,
    returnTo?: string,
  ): Promise<{ url: string; expiresAt: Date }> {
    const known = knownPlatform(platform);
    const target = returnTo === undefined ? null : this.ownAddress(returnTo);
    const state = randomToken();
    const verifier = randomToken();
    const now = this.clock.real();
    const expiresAt = new Date(now.getTime() + STATE_LIFE_MINUTES * 60_000);
    await this.database.execute(sql`
      insert into oauth_states (state_hash, coach_id, platform, verifier_ciphertext, return_to, created_at, expires_at)
      values (${sha256(state)}, ${coachId}::uuid, ${known}, ${this.vault.sealVerifier(coachId, verifier)}, ${target}::text,
        ${now}::timestamptz, ${expiresAt}::timestamptz)`);
    const challenge = challengeOf(verifier);
    const url = this.platforms[known].authorizeUrl({
      state,
      challenge,
      redirectUri: this.redirectUri(known),
    });
    return { url, expiresAt };
  }

  /**
   * The coach comes back from the platform. Connecting again renews the connection there is.
   *
   * @param code absent when the coach said no there
   * @throws OAuthStateInvalid when the state is unknown, used or too old; ConnectionRefused; PlatformUnavailable
   */
  async callback(platform: string, state: string, code: string | undefined): Promise<Connected> {
    const known = knownPlatform(platform);
    const attempt = await this.takeState(known, state);
    if (code === undefined) throw new ConnectionRefused();
    const permission = await this.exchange(known, attempt, code);
    const connection = await this.save(attempt.coachId, known, permission);
    return { connection: connectionView(connection, this.clock.real()), returnTo: attempt.returnTo };
  }

  private async takeState(platform: ConnectionPlatform, state: string): Promise<StateRow> {
    const now = this.clock.real();
    const row = await this.database.maybe(sql<StateRow>`
      update oauth_states set used_at = ${now}::timestamptz
      where state_hash = ${sha256(state)} and platform = ${platform} and used_at is null and expires_at > ${now}::timestamptz
      returning coach_id as "coachId", verifier_ciphertext as "verifierCiphertext", return_to as "returnTo"`);
    if (row === undefined) throw new OAuthStateInvalid();
    return row;
  }

  private async exchange(platform: ConnectionPlatform, attempt: StateRow, code: string): Promise<Permission> {
    try {
      const grant = await this.platforms[platform].exchange({
        code,
        verifier: this.vault.openVerifier(attempt.coachId, attempt.verifierCiphertext),
        redirectUri: this.redirectUri(platform),
      });
      const { refreshToken } = grant;
      if (refreshToken === undefined) throw new ConnectionRefused(); // without one it would end within the hour
      const account = await this.platforms[platform].account(grant.accessToken);
      return { grant: { ...grant, refreshToken }, account };
    } catch (error) {
      if (error instanceof GrantRefused || error instanceof AccessTokenRefused) throw new ConnectionRefused();
      throw error;
    }
  }

  private save(
    coachId: string,
    platform: ConnectionPlatform,
    permission: Permission,
  ): Promise<ConnectionRecord> {
    return this.database.transaction(async () => {
      // Two tabs of one coach: the second renews what the first has made.
      await this.database.execute(
        sql`select pg_advisory_xact_lock(hashtextextended(${`connections:${coachId}`}::text, 0))`,
      );
      const existing = await this.database.maybe(sql<{ id: string; status: string }>`
        select id, status from connections where coach_id = ${coachId} and platform = ${platform} and status <> 'revoked'`);
      const id = existing?.id ?? newId();
      const record = await this.upsert(coachId, id, platform, permission);
      await this.database.execute(
        insertAudit({
          coachId,
          actor: { kind: 'coach', accountId: coachId },
          action: 'connection.connect',
          objectType: 'connection',
          objectId: id,
          objectVersion: record.version,
          before: { status: existing?.status ?? null },
          after: { status: record.status, platform },
        }),
      );
      await this.outbox.add(connectionConnected({ coachId, id }));
      return record;
    });
  }

  private upsert(
    coachId: string,
    id: string,
    platform: ConnectionPlatform,
    { grant, account }: Permission,
  ): Promise<ConnectionRecord> {
    const sealed = this.vault.sealTokens({ coachId, id }, grant);
    return this.database.one(sql<ConnectionRecord>`
      insert into connections as c (coach_id, id, platform, status, external_account_id, external_email, scopes,
        access_token_ciphertext, refresh_token_ciphertext, key_id, access_expires_at, tokens_issued_at,
        last_checked_at, created_at, updated_at)
      values (${coachId}::uuid, ${id}::uuid, ${platform}, 'connected', ${account.id}, ${account.email}::text, ${grant.scopes},
        ${sealed.accessTokenCiphertext}, ${sealed.refreshTokenCiphertext}, ${sealed.keyId},
        ${expiryOf(grant, this.clock.real())}::timestamptz, clock_timestamp(), app_now(), app_now(), app_now())
      on conflict (coach_id, id) do update set status = excluded.status,
        external_account_id = excluded.external_account_id, external_email = excluded.external_email,
        scopes = excluded.scopes, access_token_ciphertext = excluded.access_token_ciphertext,
        refresh_token_ciphertext = excluded.refresh_token_ciphertext, key_id = excluded.key_id,
        access_expires_at = excluded.access_expires_at, tokens_issued_at = excluded.tokens_issued_at,
        token_version = c.token_version + 1, refreshing_until = null, last_checked_at = excluded.last_checked_at,
        last_error = null, version = c.version + 1, updated_at = excluded.updated_at
      returning ${connectionColumns}`);
  }

  private redirectUri(platform: ConnectionPlatform): string {
    return new URL(`/v1/connections/${platform}/callback`, this.config.PUBLIC_URL).toString();
  }

  /** A foreign address here would make our callback a springboard to any site. */
  private ownAddress(returnTo: string): string {
    const home = new URL(this.config.PUBLIC_URL);
    const target = URL.canParse(returnTo, home.origin) ? new URL(returnTo, home) : undefined;
    if (target?.origin !== home.origin) {
      throw new Invalid(
        'connections.return_to',
        'returnTo must be an address of this service, such as "/docs".',
        {
          errors: [
            { pointer: '/returnTo', code: 'foreign_address', detail: 'must be an address of this service' },
          ],
        },
      );
    }
    return target.toString();
  }
}

function knownPlatform(platform: string): ConnectionPlatform {
  const known = CONNECTION_PLATFORMS.find((name) => name === platform);
  if (known === undefined) throw new PlatformNotSupported();
  return known;
}
