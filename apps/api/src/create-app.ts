import cookie from '@fastify/cookie';
import helmet from '@fastify/helmet';
import { RequestMethod, type DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { newId } from '@app/common';
import { SignIn } from '@app/accounts';
import { Logger } from 'nestjs-pino';
import type { ApiConfig } from './config';
import { sendEtags } from './http/etag';
import { refuseAddress } from './http/framework-errors';
import { StorableTextGuard } from './http/storable-text.guard';
import { MOST_BODY_BYTES } from './http/unreadable-body';
import { strictValidation } from './http/validation.pipe';
import { logRequests } from './operations/logging';
import { measureRequests } from './operations/metrics';
import { serveDocument } from './operations/openapi';
import { addAdminSignIn } from './operations/admin-sign-in';
import { serveQueueBoard } from './operations/queue-board';
import { followRequests } from './operations/shutdown';

/** helmet's own, but that images may be inline, and that the api itself speaks plain http behind its proxy. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'self'",
  "img-src 'self' data:",
  "style-src 'self' 'unsafe-inline'",
  "script-src 'self'",
  "base-uri 'self'",
  "font-src 'self' https: data:",
  "form-action 'self'",
  "frame-ancestors 'self'",
  "object-src 'none'",
  "script-src-attr 'none'",
].join(';');

/** Everything of the api but listening; also what the tests run. */
export async function createApi(module: DynamicModule, config: ApiConfig): Promise<NestFastifyApplication> {
  const app = await createRoutes(module, config);
  app.useLogger(app.get(Logger));
  // helmet would write the same policy anew for each answer.
  await app.register(helmet, { contentSecurityPolicy: false });
  app
    .getHttpAdapter()
    .getInstance()
    .addHook('onSend', (request, reply, _body, done) => {
      reply.header('x-request-id', request.id);
      if (!reply.hasHeader('content-security-policy'))
        reply.header('content-security-policy', CONTENT_SECURITY_POLICY);
      if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store');
      done();
    });
  logRequests(app);
  sendEtags(app);
  measureRequests(app);
  followRequests(app);
  await serveAdminPages(app, config);
  serveDocument(app, config);
  return app;
}

/** Pages that a browser opens without our tokens, behind a sign-in of their own. */
async function serveAdminPages(app: NestFastifyApplication, config: ApiConfig): Promise<void> {
  const server = app.getHttpAdapter().getInstance();
  const signIn = app.get(SignIn);
  // In a scope of its own: no other request looks for cookies.
  await server.register(async (pages) => {
    await pages.register(cookie);
    await serveQueueBoard(pages, addAdminSignIn(pages, signIn, config, '/queues'), config);
  });
  if (config.DOCS !== 'admin') return;
  await server.register(cookie);
  const guard = addAdminSignIn(server, signIn, config, '/docs');
  // By the route that was found, not by how the path was written.
  server.addHook('onRequest', async (request, reply) => {
    const route = request.routeOptions.url ?? '';
    const isDocument = route === '/openapi.json' || route === '/docs' || route.startsWith('/docs/');
    if (isDocument && route !== '/docs/sign-in') await guard(request, reply);
  });
}

/** The routes alone, without what connects to anything: enough for the document. */
export async function createRoutes(
  module: DynamicModule,
  config: ApiConfig,
): Promise<NestFastifyApplication> {
  const adapter = new FastifyAdapter({
    bodyLimit: MOST_BODY_BYTES,
    genReqId: () => `req_${newId()}`,
    trustProxy: config.TRUST_PROXY === undefined ? false : config.TRUST_PROXY.split(','),
    routerOptions: { maxParamLength: 200 },
    // What arrives on a connection that is still open is answered, too: `followRequests` tells it to end.
    return503OnClosing: false,
    frameworkErrors: refuseAddress,
  });
  const app = await NestFactory.create<NestFastifyApplication>(module, adapter, {
    bufferLogs: true,
    rawBody: true,
  });
  app.setGlobalPrefix('v1', {
    exclude: [
      { path: 'health/live', method: RequestMethod.GET },
      { path: 'health/ready', method: RequestMethod.GET },
      { path: 'metrics', method: RequestMethod.GET },
      { path: 'webhooks/stripe', method: RequestMethod.POST },
      { path: 'j/:token', method: RequestMethod.GET },
    ],
  });
  app.useGlobalPipes(strictValidation());
  app.useGlobalGuards(new StorableTextGuard());
  return app;
}
