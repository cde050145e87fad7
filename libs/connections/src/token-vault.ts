import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, SecretBox, type SharedConfig } from '@app/common';
import type { SealedTokens } from './connection-record';

interface ConnectionRef {
  coachId: string;
  id: string;
}

export interface Tokens {
  accessToken: string;
  refreshToken: string;
}

/** Seals what must not be read in the database; a ciphertext opens only in its own row and column (reliability.md R27). */
@Injectable()
export class TokenVault {
  private readonly box: SecretBox;

  constructor(@Inject(CONFIG) config: SharedConfig) {
    this.box = new SecretBox(config.ENCRYPTION_KEYS);
  }

  sealTokens(connection: ConnectionRef, tokens: Tokens): SealedTokens {
    const access = this.box.seal(tokens.accessToken, context(connection, 'access_token'));
    const refresh = this.box.seal(tokens.refreshToken, context(connection, 'refresh_token'));
    return {
      accessTokenCiphertext: access.ciphertext,
      refreshTokenCiphertext: refresh.ciphertext,
      keyId: access.keyId,
    };
  }

  openTokens(connection: ConnectionRef & SealedTokens): Tokens {
    const { keyId } = connection;
    return {
      accessToken: this.box.open(
        { ciphertext: connection.accessTokenCiphertext, keyId },
        context(connection, 'access_token'),
      ),
      refreshToken: this.box.open(
        { ciphertext: connection.refreshTokenCiphertext, keyId },
        context(connection, 'refresh_token'),
      ),
    };
  }

  /** The key id stands in front: a state lives for minutes and has no column for it. */
  sealVerifier(coachId: string, verifier: string): Buffer {
    const { ciphertext, keyId } = this.box.seal(verifier, `oauth_states:${coachId}:verifier`);
    return Buffer.concat([Buffer.from(`${keyId}:`), ciphertext]);
  }

  openVerifier(coachId: string, sealed: Buffer): string {
    const colon = sealed.indexOf(':');
    const box = { keyId: sealed.subarray(0, colon).toString(), ciphertext: sealed.subarray(colon + 1) };
    return this.box.open(box, `oauth_states:${coachId}:verifier`);
  }
}

function context({ coachId, id }: ConnectionRef, column: string): string {
  return `connections:${coachId}:${id}:${column}`;
}
