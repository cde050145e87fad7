import { SignIn } from '@app/accounts';
import { DomainError, escapeHtml } from '@app/common';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ApiConfig } from '../config';

const COOKIE = 'admin_page';
const COOKIE_SECONDS = 15 * 60;

/** Answers a request that is no admin's with the way to sign in. */
export type AdminHook = (request: FastifyRequest, reply: FastifyReply) => Promise<void>;

/**
 * A sign-in of its own for pages that a browser opens without our tokens (`/queues`, and `/docs` where DOCS=admin):
 * the cookie is for that path only.
 *
 * @returns what guards the pages below the path
 */
export function addAdminSignIn(
  server: FastifyInstance,
  signIn: SignIn,
  config: ApiConfig,
  path: string,
): AdminHook {
  server.get(`${path}/sign-in`, (_request, reply) => page(reply, path, 200, ''));
  server.post(`${path}/sign-in`, async (request, reply) => {
    try {
      const { email, password } = credentials(request);
      const tokens = await signIn.signIn(email, password, request.ip);
      const principal = await signIn.verifyAccessToken(tokens.accessToken);
      if (principal.kind !== 'admin') return page(reply, path, 403, 'Only an admin may see this.');
      const secure = config.PUBLIC_URL.startsWith('https:');
      const options = { path, httpOnly: true, sameSite: 'strict' as const, secure, maxAge: COOKIE_SECONDS };
      return reply.setCookie(COOKIE, tokens.accessToken, options).redirect(path, 303);
    } catch (error) {
      if (error instanceof DomainError) return page(reply, path, 401, error.message);
      throw error;
    }
  });
  return async (request, reply) => {
    if (!(await isAdmin(request, signIn))) await reply.redirect(`${path}/sign-in`, 303);
  };
}

async function isAdmin(request: FastifyRequest, signIn: SignIn): Promise<boolean> {
  const token = request.cookies[COOKIE] ?? /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1];
  if (token === undefined) return false;
  try {
    return (await signIn.verifyAccessToken(token)).kind === 'admin';
  } catch (error) {
    if (error instanceof DomainError) return false;
    throw error;
  }
}

function credentials(request: FastifyRequest): { email: string; password: string } {
  const body = (request.body ?? {}) as Record<string, unknown>;
  const text = (value: unknown): string => (typeof value === 'string' ? value : '');
  return { email: text(body['email']), password: text(body['password']) };
}

function page(reply: FastifyReply, path: string, status: number, message: string): FastifyReply {
  return reply.status(status).type('text/html; charset=utf-8')
    .send(`<!doctype html><html lang="en"><head><title>Sign in</title><meta name="viewport" content="width=device-width"></head>
<body style="font-family:sans-serif;max-width:20rem;margin:4rem auto"><h1>For admins</h1><p role="alert">${escapeHtml(message)}</p>
<form method="post" action="${path}/sign-in"><p><label>E-mail<br><input name="email" type="email" autocomplete="username" required></label></p>
<p><label>Password<br><input name="password" type="password" autocomplete="current-password" required></label></p>
<p><button>Sign in</button></p></form></body></html>`);
}
