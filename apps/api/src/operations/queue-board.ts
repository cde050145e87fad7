import cookie from '@fastify/cookie';
import { createBullBoard } from '@bull-board/api';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import { FastifyAdapter } from '@bull-board/fastify';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { SignIn } from '@app/accounts';
import { DomainError, escapeHtml } from '@app/common';
import { createQueue, queueBackend, QUEUES } from '@app/outbox';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ApiConfig } from '../config';

const COOKIE = 'queue_board';
const COOKIE_SECONDS = 15 * 60;

/** Bull Board at /queues behind an admin sign-in of its own; the cookie is for that path only. */
export async function protectQueueBoard(app: NestFastifyApplication, config: ApiConfig): Promise<void> {
  const backend = queueBackend({ databaseUrl: config.DATABASE_URL, redisUrl: config.REDIS_URL });
  const queues = QUEUES.map((name) => createQueue(name, backend));
  const board = new FastifyAdapter();
  board.setBasePath('/queues');
  createBullBoard({ queues: queues.map((queue) => new BullMQAdapter(queue)), serverAdapter: board });
  const signIn = app.get(SignIn);

  const server = app.getHttpAdapter().getInstance();
  await server.register(cookie);
  server.addHook('onClose', async () => {
    await Promise.all(queues.map((queue) => queue.close()));
  });
  server.get('/queues/sign-in', (_request, reply) => page(reply, 200, ''));
  server.post('/queues/sign-in', async (request, reply) => {
    try {
      const { email, password } = credentials(request);
      const tokens = await signIn.signIn(email, password, request.ip);
      const principal = await signIn.verifyAccessToken(tokens.accessToken);
      if (principal.kind !== 'admin') return page(reply, 403, 'Only an admin may see the queues.');
      const secure = config.PUBLIC_URL.startsWith('https:');
      reply.setCookie(COOKIE, tokens.accessToken, {
        path: '/queues',
        httpOnly: true,
        sameSite: 'strict',
        secure,
        maxAge: COOKIE_SECONDS,
      });
      return reply.redirect('/queues', 303);
    } catch (error) {
      if (error instanceof DomainError) return page(reply, 401, error.message);
      throw error;
    }
  });
  await server.register(async (scope) => {
    scope.addHook('onRequest', async (request, reply) => {
      if (!(await isAdmin(request, signIn))) await reply.redirect('/queues/sign-in', 303);
    });
    await scope.register(board.registerPlugin() as never, { prefix: '/queues' });
  });
}

async function isAdmin(request: FastifyRequest, signIn: SignIn): Promise<boolean> {
  const token = request.cookies[COOKIE];
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

function page(reply: FastifyReply, status: number, message: string): FastifyReply {
  return reply.status(status).type('text/html; charset=utf-8')
    .send(`<!doctype html><html lang="en"><head><title>Queues: sign in</title><meta name="viewport" content="width=device-width"></head>
<body style="font-family:sans-serif;max-width:20rem;margin:4rem auto"><h1>Queues</h1><p role="alert">${escapeHtml(message)}</p>
<form method="post" action="/queues/sign-in"><p><label>E-mail<br><input name="email" type="email" autocomplete="username" required></label></p>
<p><label>Password<br><input name="password" type="password" autocomplete="current-password" required></label></p>
<p><button>Sign in</button></p></form></body></html>`);
}
