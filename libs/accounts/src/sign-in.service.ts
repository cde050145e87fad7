import { Inject, Injectable } from '@nestjs/common';
import { Clock, CONFIG, newId, type SharedConfig } from '@app/common';
import { Database, sql } from '@app/database';
import { ACCESS_TOKEN_SECONDS, AccessTokens, tokenInvalid } from './access-tokens';
import { accountAct, type AccountKind } from './account-audit';
import { InvalidCredentials, SessionEnded } from './accounts.errors';
import type { Actor } from './actor';
import { Audit } from './audit';
import { hashCaller } from './caller-address';
import { isEmail, normalEmail } from './email';
import { GuessLimits } from './guess-limits';
import { verifyPassword } from './passwords';
import type { Principal } from './principal';
import { PrincipalLookup } from './principal-lookup.service';
import { RefreshTokens, type RefreshToken } from './refresh-tokens.service';
import { TimeZoneNames } from './time-zone-names';

/** An address stays known to an account this long after its last sign-in there. */
const KNOWN_MS = 30 * 24 * 3_600_000;

export interface SignedIn {
  accessToken: string;
  /** Life of the access token, seconds. */
  expiresIn: number;
  refreshToken: string;
}

/** What a device tells of itself beside its credentials. */
export interface Device {
  /** IANA name; shown to the coach where it differs from the client's record (A174). */
  timezone?: string;
  requestId?: string;
}

interface Credentials {
  id: string;
  passwordHash: string;
  disabledAt: Date | null;
  callerIsKnown: boolean;
}

interface LockedAccount {
  id: string;
  kind: AccountKind;
  tokenVersion: number;
  disabledAt: Date | null;
}

/** Who somebody is: passwords in, tokens out, and from a token back to the person. */
@Injectable()
export class SignIn {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly accessTokens: AccessTokens,
    private readonly principals: PrincipalLookup,
    private readonly refreshTokens: RefreshTokens,
    private readonly limits: GuessLimits,
    private readonly zones: TimeZoneNames,
    private readonly audit: Audit,
    @Inject(CONFIG) private readonly config: Pick<SharedConfig, 'LINK_SECRET'>,
  ) {}

  /**
   * @param address network address of the caller
   * @throws InvalidCredentials the same for unknown, wrong and disabled; TooMany; InvalidTime for an unknown zone
   */
  async signIn(email: string, password: string, address: string, device: Device = {}): Promise<SignedIn> {
    const accountId = await this.checkPassword(email, password, address);
    return this.open(accountId, address, device);
  }

  /**
   * Counts the try, then compares, in the same time whether or not there is such an account.
   *
   * @returns the account's id
   * @throws InvalidCredentials, TooMany
   */
  async checkPassword(email: string, password: string, address: string): Promise<string> {
    const normal = normalEmail(email);
    const account = await this.credentials(normal, address);
    const countedTry = await this.limits.countTry(normal, address, account?.callerIsKnown ?? false);
    const matches = await verifyPassword(account?.passwordHash, password);
    if (account === undefined || !matches || account.disabledAt !== null) throw new InvalidCredentials();
    await countedTry.giveBack();
    return account.id;
  }

  /** Begins a sign-in for somebody who has just proved who they are. @throws InvalidCredentials when disabled */
  async open(accountId: string, address: string, device: Device = {}): Promise<SignedIn> {
    const timezone = device.timezone === undefined ? undefined : await this.zones.checked(device.timezone);
    return this.database.transaction(async () => {
      const account = await this.lock(accountId);
      if (account.disabledAt !== null) throw new InvalidCredentials();
      const refreshToken = await this.refreshTokens.issue(accountId, newId());
      await this.rememberAddress(accountId, address);
      await this.rememberZone(accountId, timezone);
      await this.audit.record(accountAct(account, ownActor(account, device.requestId), 'account.sign_in'));
      return this.signedIn(account, refreshToken);
    });
  }

  /**
   * A fresh pair for a refresh token, which is then spent. Brought back more than 30 s later, it ends its family.
   *
   * @throws SessionEnded; InvalidTime for an unknown zone
   */
  async refresh(refreshToken: string, device: Device = {}): Promise<SignedIn> {
    const timezone = device.timezone === undefined ? undefined : await this.zones.checked(device.timezone);
    const token = await this.refreshTokens.find(refreshToken);
    if (token === undefined) throw new SessionEnded();
    // What ends the family must be kept, so the refusal comes after the transaction.
    const fresh = await this.database.transaction(() => this.rotate(token, timezone, device));
    if (fresh === undefined) throw new SessionEnded();
    return fresh;
  }

  private async rotate(
    token: RefreshToken,
    timezone: string | undefined,
    device: Device,
  ): Promise<SignedIn | undefined> {
    const account = await this.lock(token.accountId);
    const outcome = await this.refreshTokens.rotate(token.id);
    if (outcome === 'reused') {
      await this.refreshTokens.revokeFamily(token.familyId);
      await this.audit.record(
        accountAct(
          account,
          { kind: 'anonymous', accountId: null, requestId: device.requestId },
          'account.refresh_token_reused',
          {
            cause: 'A spent refresh token came back; the sign-in it belongs to was ended.',
          },
        ),
      );
    }
    if (outcome === 'reused' || outcome === 'ended' || account.disabledAt !== null) return undefined;
    await this.rememberZone(account.id, timezone);
    return this.signedIn(account, await this.refreshTokens.issue(account.id, token.familyId));
  }

  /** Ends the sign-in that the token belongs to. An unknown token has nothing to end. */
  async signOut(refreshToken: string): Promise<void> {
    const token = await this.refreshTokens.find(refreshToken);
    if (token === undefined) return;
    await this.database.transaction(async () => {
      const account = await this.lock(token.accountId);
      await this.refreshTokens.revokeFamily(token.familyId);
      await this.audit.record(accountAct(account, ownActor(account), 'account.sign_out'));
    });
  }

  /** Ends every sign-in of the account; its access tokens stop working with the next request. */
  async signOutEverywhere(accountId: string, actor: Actor): Promise<void> {
    await this.database.transaction(async () => {
      const account = await this.lock(accountId);
      await this.endAll(accountId);
      await this.audit.record(accountAct(account, actor, 'account.sign_out_everywhere'));
    });
  }

  /** Ends every sign-in, inside the transaction of the reason for it. */
  async endAll(accountId: string): Promise<void> {
    await this.database.execute(sql`
      update accounts set token_version = token_version + 1, updated_at = app_now() where id = ${accountId}`);
    await this.refreshTokens.revokeAll(accountId);
  }

  /**
   * The person behind an access token as the database has them now, so that disabling, signing out everywhere and a
   * change of zone act with the next request (reliability.md R20, A173).
   *
   * @throws Unauthenticated `auth.token_invalid`
   */
  async verifyAccessToken(token: string): Promise<Principal> {
    const claims = await this.accessTokens.verify(token);
    const principal = await this.principals.find(claims);
    if (principal === undefined) throw tokenInvalid();
    return principal;
  }

  /** From here the account has its own allowance of tries (reliability.md G17). */
  async rememberAddress(accountId: string, address: string): Promise<void> {
    const now = this.clock.real();
    await this.database.execute(sql`
      insert into known_addresses (account_id, address_hash, last_used_at)
      values (${accountId}::uuid, ${hashCaller(address, this.config.LINK_SECRET)}::bytea, ${now}::timestamptz)
      on conflict (account_id, address_hash) do update set last_used_at = excluded.last_used_at`);
    await this.database.execute(sql`
      delete from known_addresses where account_id = ${accountId} and last_used_at < ${this.knownSince()}::timestamptz`);
  }

  private async credentials(email: string, address: string): Promise<Credentials | undefined> {
    if (!isEmail(email)) return undefined;
    return this.database.maybe(sql<Credentials>`
      select a.id, a.password_hash as "passwordHash", a.disabled_at as "disabledAt", exists (
        select from known_addresses k
        where k.account_id = a.id and k.address_hash = ${hashCaller(address, this.config.LINK_SECRET)}::bytea
          and k.last_used_at >= ${this.knownSince()}::timestamptz) as "callerIsKnown"
      from accounts a where a.email = ${email}`);
  }

  private knownSince(): Date {
    return new Date(this.clock.real().getTime() - KNOWN_MS);
  }

  private async rememberZone(accountId: string, timezone: string | undefined): Promise<void> {
    if (timezone === undefined) return;
    await this.database.execute(
      sql`update accounts set last_seen_timezone = ${timezone} where id = ${accountId}`,
    );
  }

  /** Signing in, refreshing and ending sign-ins of one account happen one after the other. */
  private lock(accountId: string): Promise<LockedAccount> {
    return this.database.one(sql<LockedAccount>`
      select id, kind, token_version as "tokenVersion", disabled_at as "disabledAt"
      from accounts where id = ${accountId} for no key update`);
  }

  private async signedIn(account: LockedAccount, refreshToken: string): Promise<SignedIn> {
    const accessToken = await this.accessTokens.issue({
      accountId: account.id,
      version: account.tokenVersion,
    });
    return { accessToken, expiresIn: ACCESS_TOKEN_SECONDS, refreshToken };
  }
}

function ownActor(account: LockedAccount, requestId?: string): Actor {
  return { kind: account.kind, accountId: account.id, requestId };
}
