import { createHash, timingSafeEqual } from 'node:crypto';
import type { AuthorizationCodeRow, TokenRow, ZoomModel, ZoomUserRow } from './zoom-model';
import { ZoomError } from './zoom-error';

const ACCESS_TOKEN_SECONDS = 3_600;
const CODE_LIFETIME_MS = 10 * 60_000;
export const GRANTED_SCOPES =
  'meeting:read:meeting meeting:write:meeting meeting:read:list_meetings user:read:user';

/** An answer of the token endpoint that is not a token: `{reason, error}`. */
export class OAuthError extends Error {
  constructor(
    readonly status: number,
    readonly error: string,
    readonly reason: string,
  ) {
    super(reason);
  }
}

export interface TokenAnswer {
  access_token: string;
  token_type: 'bearer';
  refresh_token: string;
  expires_in: number;
  scope: string;
  api_url: string;
}

/** The user with this e-mail address; a new one is made on first sight. */
export function userByEmail(model: ZoomModel, email: string): ZoomUserRow {
  const wanted = email.toLowerCase();
  const known = model.tables.users.where((user) => user.email === wanted)[0];
  if (known) return known;
  const [name = 'Host'] = wanted.split('@', 1);
  return model.tables.users.put({
    id: model.ids.text('', 22),
    account_id: model.ids.text('', 22),
    email: wanted,
    first_name: name.charAt(0).toUpperCase() + name.slice(1),
    last_name: 'Sandbox',
    timezone: 'UTC',
  });
}

export function issueCode(
  model: ZoomModel,
  user: ZoomUserRow,
  redirectUri: string,
  challenge: AuthorizationCodeRow['challenge'],
): string {
  return model.tables.codes.put({
    id: model.ids.text('', 32),
    user: user.id,
    redirectUri,
    challenge,
    expiresAtMs: model.clock.realMs() + CODE_LIFETIME_MS,
  }).id;
}

/** @throws OAuthError 401 when HTTP Basic does not carry the configured client */
export function authenticateClient(model: ZoomModel, authorization: string | undefined): void {
  const [scheme = '', credentials = ''] = (authorization ?? '').split(' ', 2);
  const [id = '', ...secret] = Buffer.from(credentials, 'base64').toString('utf8').split(':');
  const isKnown = same(id, model.settings.clientId) && same(secret.join(':'), model.settings.clientSecret);
  if (scheme.toLowerCase() !== 'basic' || !isKnown) {
    throw new OAuthError(401, 'invalid_client', 'Invalid client_id or client_secret');
  }
}

function same(given: string, wanted: string): boolean {
  return timingSafeEqual(hashOf(given), hashOf(wanted));
}

function hashOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** @throws OAuthError 400 for a bad, used or expired code or refresh token, a wrong redirect or verifier */
export function exchangeToken(model: ZoomModel, parameters: URLSearchParams): TokenAnswer {
  switch (parameters.get('grant_type')) {
    case 'authorization_code':
      return exchangeCode(model, parameters);
    case 'refresh_token':
      return refresh(model, parameters.get('refresh_token') ?? '');
    default:
      throw new OAuthError(400, 'unsupported_grant_type', 'unsupported grant type');
  }
}

function exchangeCode(model: ZoomModel, parameters: URLSearchParams): TokenAnswer {
  const code = model.tables.codes.get(parameters.get('code') ?? '');
  if (code) model.tables.codes.delete(code.id); // single use, whatever comes of it
  if (!code || code.expiresAtMs < model.clock.realMs()) {
    throw new OAuthError(400, 'invalid_grant', 'Invalid authorization code');
  }
  if (parameters.get('redirect_uri') !== code.redirectUri) {
    throw new OAuthError(400, 'invalid_grant', 'Redirect URI mismatch');
  }
  if (code.challenge && !verifies(code.challenge, parameters.get('code_verifier') ?? '')) {
    throw new OAuthError(400, 'invalid_grant', 'Invalid code verifier');
  }
  return issueTokens(model, code.user, null);
}

function verifies(challenge: { method: string; value: string }, verifier: string): boolean {
  const expected =
    challenge.method === 'S256' ? createHash('sha256').update(verifier).digest('base64url') : verifier;
  return verifier !== '' && same(expected, challenge.value);
}

function refresh(model: ZoomModel, refreshToken: string): TokenAnswer {
  const token = model.tables.tokens.where((row) => row.refreshToken === refreshToken)[0];
  if (token?.state !== 'active') throw new OAuthError(400, 'invalid_request', 'Invalid Token!');
  token.state = 'rotated';
  model.tables.tokens.put(token);
  return issueTokens(model, token.user, token.id);
}

function issueTokens(model: ZoomModel, userId: string, refreshedFrom: string | null): TokenAnswer {
  const token = model.tables.tokens.put({
    id: model.ids.text('zat_', 40),
    refreshToken: model.ids.text('zrt_', 40),
    user: userId,
    expiresAtMs: model.clock.realMs() + ACCESS_TOKEN_SECONDS * 1_000,
    refreshedFrom,
    state: 'active',
  });
  return {
    access_token: token.id,
    token_type: 'bearer',
    refresh_token: token.refreshToken,
    expires_in: ACCESS_TOKEN_SECONDS,
    scope: GRANTED_SCOPES,
    api_url: model.settings.baseUrl,
  };
}

/** Revokes the pair that a token, access or refresh, belongs to. Unknown tokens are nobody's. */
export function revokeToken(model: ZoomModel, text: string): void {
  for (const token of model.tables.tokens.where((row) => row.id === text || row.refreshToken === text)) {
    revoke(model, token);
  }
}

/** What happens when a coach removes the app in Zoom's own settings. */
export function revokeUser(model: ZoomModel, email: string): number {
  const user = userByEmail(model, email);
  const tokens = model.tables.tokens.where((row) => row.user === user.id && row.state !== 'revoked');
  for (const token of tokens) revoke(model, token);
  return tokens.length;
}

function revoke(model: ZoomModel, token: TokenRow): void {
  token.state = 'revoked';
  model.tables.tokens.put(token);
}

/**
 * The user of a bearer token. An access token stays valid until its hour is over, also when its refresh token rotated.
 *
 * @throws ZoomError 401 code 124
 */
export function authenticateUser(model: ZoomModel, authorization: string | undefined): ZoomUserRow {
  const [scheme = '', text = ''] = (authorization ?? '').split(' ', 2);
  const token = scheme.toLowerCase() === 'bearer' ? model.tables.tokens.get(text) : undefined;
  const user = token && token.state !== 'revoked' ? model.tables.users.get(token.user) : undefined;
  if (!token || !user) throw new ZoomError(401, 124, 'Invalid access token.');
  if (token.expiresAtMs <= model.clock.realMs()) throw new ZoomError(401, 124, 'Access token is expired.');
  return user;
}
