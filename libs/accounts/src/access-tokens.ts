import { createHash, createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { Clock, CONFIG, Unauthenticated, type SharedConfig } from '@app/common';
import { jwtVerify, SignJWT, type JWTHeaderParameters } from 'jose';

export const ACCESS_TOKEN_SECONDS = 15 * 60;

const ALGORITHM = 'EdDSA';
const TYPE = 'at+jwt';
const ISSUER = 'coaching-practice';
const AUDIENCE = 'coaching-practice/api';
/** RFC 8410: what stands before the 32 bytes of an Ed25519 seed in PKCS #8. */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');
const LONGEST_TOKEN = 2_048;
const MOST_REMEMBERED = 10_000;

export interface AccessClaims {
  accountId: string;
  /** `token_version` of the account when the token was made; an older one no longer counts. */
  version: number;
}

interface Remembered extends AccessClaims {
  expiresAtMs: number;
}

/**
 * Signed proofs of a sign-in (RFC 9068), good for 15 minutes. They name the account and nothing else about it:
 * role, zone and name are read per request, so a change acts at once.
 */
@Injectable()
export class AccessTokens {
  private readonly privateKey: KeyObject;
  private readonly publicKey: KeyObject;
  private readonly keyId: string;
  /** Tokens whose signature was good, by their text; the oldest leaves first. */
  private readonly remembered = new Map<string, Remembered>();

  constructor(
    @Inject(CONFIG) config: Pick<SharedConfig, 'TOKEN_SIGNING_KEY'>,
    private readonly clock: Clock,
  ) {
    const seed = Buffer.from(config.TOKEN_SIGNING_KEY, 'base64');
    this.privateKey = createPrivateKey({
      key: Buffer.concat([PKCS8_PREFIX, seed]),
      format: 'der',
      type: 'pkcs8',
    });
    this.publicKey = createPublicKey(this.privateKey);
    const published = this.publicKey.export({ format: 'der', type: 'spki' });
    this.keyId = createHash('sha256').update(published).digest('base64url').slice(0, 16);
  }

  issue(claims: AccessClaims): Promise<string> {
    const nowSeconds = Math.floor(this.clock.real().getTime() / 1000);
    return new SignJWT({ ver: claims.version })
      .setProtectedHeader({ alg: ALGORITHM, typ: TYPE, kid: this.keyId })
      .setIssuer(ISSUER)
      .setAudience(AUDIENCE)
      .setSubject(claims.accountId)
      .setIssuedAt(nowSeconds)
      .setExpirationTime(nowSeconds + ACCESS_TOKEN_SECONDS)
      .sign(this.privateKey);
  }

  /** @throws Unauthenticated `auth.token_invalid` whatever is wrong with it */
  async verify(token: string): Promise<AccessClaims> {
    const now = this.clock.real();
    const known = this.remembered.get(token);
    if (known !== undefined && known.expiresAtMs > now.getTime()) return known;
    if (token.length > LONGEST_TOKEN) throw tokenInvalid();
    const claims = await this.checkSignature(token, now);
    this.remember(token, claims);
    return claims;
  }

  private async checkSignature(token: string, now: Date): Promise<Remembered> {
    const { payload } = await jwtVerify(token, (header) => this.keyFor(header), {
      algorithms: [ALGORITHM],
      typ: TYPE,
      issuer: ISSUER,
      audience: AUDIENCE,
      requiredClaims: ['sub', 'exp', 'iat', 'ver'],
      currentDate: now,
    }).catch((error: unknown) => {
      throw tokenInvalid(error);
    });
    const { sub, exp, ver } = payload;
    if (sub === undefined || exp === undefined || typeof ver !== 'number') throw tokenInvalid();
    return { accountId: sub, version: ver, expiresAtMs: exp * 1000 };
  }

  private keyFor(header: Partial<JWTHeaderParameters>): KeyObject {
    if (header.kid !== this.keyId) throw new Error('The token names a key that is not ours.');
    return this.publicKey;
  }

  private remember(token: string, claims: Remembered): void {
    this.remembered.delete(token);
    this.remembered.set(token, claims);
    if (this.remembered.size <= MOST_REMEMBERED) return;
    const oldest = this.remembered.keys().next();
    if (!oldest.done) this.remembered.delete(oldest.value);
  }
}

/** One answer for every fault, so that nothing can be learnt by trying. */
export function tokenInvalid(cause?: unknown): Unauthenticated {
  return new Unauthenticated(
    'auth.token_invalid',
    'The access token is not valid or has expired. Refresh it, or sign in.',
    { cause },
  );
}
