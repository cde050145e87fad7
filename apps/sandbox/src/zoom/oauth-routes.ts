import type { FastifyInstance, FastifyReply } from 'fastify';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FaultPlan } from '../shared/faults';
import { html, page, sendPage } from '../shared/html';
import { cutConnection, header, rawBody } from '../shared/http-server';
import {
  authenticateClient,
  exchangeToken,
  GRANTED_SCOPES,
  issueCode,
  OAuthError,
  revokeToken,
  userByEmail,
} from './oauth';
import type { ZoomModel } from './zoom-model';

const DEFAULT_HOST = 'host@zoom.sandbox.test';

/** The consent page (with a shortcut for tests and the demo), the token endpoint and revocation. */
export function addOAuthRoutes(server: FastifyInstance, model: ZoomModel, faults: FaultPlan): void {
  server.get('/oauth/authorize', (request, reply) => {
    const query = new URLSearchParams(request.url.split('?')[1]);
    const fault = authorizationFault(model, query);
    if (fault) return sendPage(reply, page('This request is not valid', html`<p>${fault}</p>`), 400);
    if (query.get('sandbox_auto_approve') === 'true') {
      return approve(model, reply, query, query.get('sandbox_user') ?? DEFAULT_HOST);
    }
    return sendPage(reply, consentPage(query));
  });

  server.post('/oauth/authorize', (request, reply) => {
    const query = new URLSearchParams(request.url.split('?')[1]);
    const form = new URLSearchParams(rawBody(request));
    const fault = authorizationFault(model, query);
    if (fault) return sendPage(reply, page('This request is not valid', html`<p>${fault}</p>`), 400);
    if (form.get('decision') === 'allow')
      return approve(model, reply, query, form.get('email') || DEFAULT_HOST);
    return redirectBack(reply, query, { error: 'access_denied' });
  });

  for (const [path, answer] of [
    ['/oauth/token', (parameters: URLSearchParams) => exchangeToken(model, parameters)],
    [
      '/oauth/revoke',
      (parameters: URLSearchParams) => {
        revokeToken(model, parameters.get('token') ?? '');
        return { status: 'success' };
      },
    ],
  ] as const) {
    server.post(path, async (request, reply) => {
      // Parameters may come in the query or in the form.
      const parameters = new URLSearchParams(`${request.url.split('?')[1] ?? ''}&${rawBody(request)}`);
      // Random faults leave the token endpoint alone: rotation makes a lost answer a lost connection.
      const fault = faults.injectedCall('zoom', `POST ${path}`);
      if (fault?.kind === 'reset') return cutConnection(request, reply);
      if (fault?.kind === 'rate_limit')
        return reply
          .code(429)
          .header('retry-after', '1')
          .send({ reason: 'Too many requests', error: 'rate_limit' });
      if (fault?.kind === 'server_error')
        return reply.code(500).send({ reason: 'Internal error', error: 'server_error' });
      if (fault?.kind === 'slow') await sleep(fault.delayMs, undefined, { ref: false });
      try {
        authenticateClient(model, header(request, 'authorization'));
        const body = answer(parameters);
        if (fault?.kind === 'timeout_after_commit') return cutConnection(request, reply);
        return reply.header('cache-control', 'no-store').send(body);
      } catch (error) {
        if (!(error instanceof OAuthError)) throw error;
        return reply.code(error.status).send({ reason: error.reason, error: error.error });
      }
    });
  }
}

function authorizationFault(model: ZoomModel, query: URLSearchParams): string | undefined {
  if (query.get('response_type') !== 'code') return 'response_type must be code.';
  if (query.get('client_id') !== model.settings.clientId) return 'The client_id is not known.';
  const redirectUri = query.get('redirect_uri') ?? '';
  if (!URL.canParse(redirectUri) || !/^https?:$/.test(new URL(redirectUri).protocol)) {
    return 'The redirect_uri must be an absolute http or https address.';
  }
  const method = query.get('code_challenge_method') ?? 'plain';
  if (query.has('code_challenge') && method !== 'S256' && method !== 'plain') {
    return 'code_challenge_method must be S256 or plain.';
  }
  return undefined;
}

function approve(model: ZoomModel, reply: FastifyReply, query: URLSearchParams, email: string): FastifyReply {
  const value = query.get('code_challenge');
  const challenge = value ? { value, method: query.get('code_challenge_method') ?? 'plain' } : null;
  const code = issueCode(model, userByEmail(model, email), query.get('redirect_uri') ?? '', challenge);
  return redirectBack(reply, query, { code });
}

function redirectBack(
  reply: FastifyReply,
  query: URLSearchParams,
  result: Record<string, string>,
): FastifyReply {
  const target = new URL(query.get('redirect_uri') ?? '');
  for (const [name, value] of Object.entries(result)) target.searchParams.set(name, value);
  const state = query.get('state');
  if (state !== null) target.searchParams.set('state', state);
  return reply.redirect(target.href, 302);
}

function consentPage(query: URLSearchParams): string {
  const body = html`<p class="note">A stand-in of Zoom's consent page. No account at Zoom is touched.</p>
    <p>The app asks for:</p>
    <ul>
      ${GRANTED_SCOPES.split(' ').map((scope) => html`<li><code>${scope}</code></li>`)}
    </ul>
    <p>You return to <code>${query.get('redirect_uri')}</code>.</p>
    <form method="post">
      <p>
        <label>Sign in as <input name="email" type="email" value="${DEFAULT_HOST}" required /></label>
      </p>
      <button name="decision" value="allow">Allow</button>
      <button name="decision" value="deny">Decline</button>
    </form>`;
  return page('Allow access to Zoom', body);
}
