import type { SharedConfig } from '@app/common';
import { outboundFetch } from '@app/outbound';
import { z } from 'zod';
import { AccessTokenRefused, GrantRefused, PlatformUnavailable } from '../connections.errors';
import type { ExternalAccount, OAuthPlatform, TokenGrant } from './oauth-platform';

const grantAnswer = z.object({
  access_token: z.string().min(1),
  refresh_token: z.string().min(1).optional(),
  expires_in: z.number().int().positive(),
  scope: z.string().optional(),
});

const accountAnswer = z.object({ id: z.string().min(1), email: z.string().optional() });

type ZoomConfig = Pick<
  SharedConfig,
  'ZOOM_API_BASE' | 'ZOOM_OAUTH_BASE' | 'ZOOM_CLIENT_ID' | 'ZOOM_CLIENT_SECRET' | 'OUTBOUND_CAPTURE'
>;

/** User OAuth of Zoom: a refresh gives a new refresh token and ends the old one at once. */
export function zoomOAuth(config: ZoomConfig): OAuthPlatform {
  const request = outboundFetch({
    provider: 'zoom',
    ...(config.OUTBOUND_CAPTURE === undefined ? {} : { captureFile: config.OUTBOUND_CAPTURE }),
  });
  const credentials = Buffer.from(`${config.ZOOM_CLIENT_ID}:${config.ZOOM_CLIENT_SECRET}`).toString('base64');

  const send = async (url: string, init: RequestInit): Promise<{ response: Response; body: unknown }> => {
    try {
      const response = await request(url, init);
      const text = await response.text();
      if (response.status >= 500 || response.status === 429)
        throw new Error(`Zoom answered ${response.status}.`);
      return { response, body: parsed(text) };
    } catch (error) {
      throw new PlatformUnavailable('Zoom', error);
    }
  };

  const token = async (parameters: Record<string, string>): Promise<TokenGrant> => {
    const { response, body } = await send(`${config.ZOOM_OAUTH_BASE}/oauth/token`, {
      method: 'POST',
      headers: { authorization: `Basic ${credentials}` },
      body: new URLSearchParams(parameters),
    });
    if (response.status === 400) throw new GrantRefused();
    // 401 speaks of our own client id and secret, not of the coach's permission.
    if (!response.ok) throw new Error(`Zoom's token endpoint answered ${response.status}.`);
    return grantOf(body);
  };

  return {
    authorizeUrl({ state, challenge, redirectUri }) {
      const url = new URL(`${config.ZOOM_OAUTH_BASE}/oauth/authorize`);
      url.search = new URLSearchParams({
        response_type: 'code',
        client_id: config.ZOOM_CLIENT_ID,
        redirect_uri: redirectUri,
        state,
        code_challenge: challenge,
        code_challenge_method: 'S256',
      }).toString();
      return url.toString();
    },

    exchange: ({ code, verifier, redirectUri }) =>
      token({ grant_type: 'authorization_code', code, redirect_uri: redirectUri, code_verifier: verifier }),

    refresh: (refreshToken) => token({ grant_type: 'refresh_token', refresh_token: refreshToken }),

    async revoke(accessToken) {
      const { response } = await send(`${config.ZOOM_OAUTH_BASE}/oauth/revoke`, {
        method: 'POST',
        headers: { authorization: `Basic ${credentials}` },
        body: new URLSearchParams({ token: accessToken }),
      });
      if (response.status === 400) throw new GrantRefused();
      if (!response.ok) throw new Error(`Zoom's revocation endpoint answered ${response.status}.`);
    },

    async account(accessToken): Promise<ExternalAccount> {
      const { response, body } = await send(`${config.ZOOM_API_BASE}/v2/users/me`, {
        headers: { authorization: `Bearer ${accessToken}` },
      });
      if (response.status === 401) throw new AccessTokenRefused();
      const account = accountAnswer.safeParse(body);
      if (!response.ok || !account.success) throw new PlatformUnavailable('Zoom', response.status);
      return { id: account.data.id, email: account.data.email ?? null };
    },
  };
}

function grantOf(body: unknown): TokenGrant {
  const grant = grantAnswer.safeParse(body);
  // The cause would hold the answer, and the answer holds tokens.
  if (!grant.success)
    throw new PlatformUnavailable('Zoom', 'The token endpoint answered in an unknown form.');
  return {
    accessToken: grant.data.access_token,
    refreshToken: grant.data.refresh_token,
    expiresInSeconds: grant.data.expires_in,
    scopes: grant.data.scope ?? '',
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined; // an HTML page: no shape below fits it
  }
}
