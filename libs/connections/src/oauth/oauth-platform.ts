/** What a token endpoint gives (RFC 6749, 5.1). */
export interface TokenGrant {
  accessToken: string;
  /** Absent where the platform lets the old one live on. */
  refreshToken: string | undefined;
  expiresInSeconds: number;
  scopes: string;
}

export interface ExternalAccount {
  id: string;
  email: string | null;
}

/** Where to send the coach, and what proves that the answer belongs to this attempt. */
export interface AuthorizationRequest {
  state: string;
  /** S256 of the verifier (RFC 7636). */
  challenge: string;
  redirectUri: string;
}

export interface CodeExchange {
  code: string;
  verifier: string;
  redirectUri: string;
}

/**
 * The OAuth side of one platform. Calls throw `GrantRefused` when the platform refuses for good,
 * `AccessTokenRefused` on 401, `PlatformUnavailable` when it gives no answer to rely on.
 */
export interface OAuthPlatform {
  authorizeUrl(request: AuthorizationRequest): string;
  exchange(exchange: CodeExchange): Promise<TokenGrant>;
  refresh(refreshToken: string): Promise<TokenGrant>;
  revoke(accessToken: string): Promise<void>;
  /** Whose account it is; also the cheapest proof that the connection works. */
  account(accessToken: string): Promise<ExternalAccount>;
}
