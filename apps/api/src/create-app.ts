import helmet from '@fastify/helmet';
import { RequestMethod, type DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { newId } from '@app/common';
import { Logger } from 'nestjs-pino';
import type { ApiConfig } from './config';
import { refuseAddress } from './http/framework-errors';
import { StorableTextGuard } from './http/storable-text.guard';
import { strictValidation } from './http/validation.pipe';
import { measureRequests } from './operations/metrics';
import { serveDocument } from './operations/openapi';
import { protectQueueBoard } from './operations/queue-board';

const MOST_BODY_BYTES = 256 * 1024;

/** Everything of the api but listening; also what the tests run. */
export async function createApi(module: DynamicModule, config: ApiConfig): Promise<NestFastifyApplication> {
  const app = await createRoutes(module, config);
  app.useLogger(app.get(Logger));
  await app.register(helmet, {
    contentSecurityPolicy: {
      directives: {
        defaultSrc: ["'self'"],
        imgSrc: ["'self'", 'data:'],
        styleSrc: ["'self'", "'unsafe-inline'"],
        scriptSrc: ["'self'"],
        // The api itself speaks plain http behind its proxy.
        upgradeInsecureRequests: null,
      },
    },
  });
  app
    .getHttpAdapter()
    .getInstance()
    .addHook('onSend', async (request, reply) => {
      reply.header('x-request-id', request.id);
      if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store');
    });
  measureRequests(app);
  await protectQueueBoard(app, config);
  serveDocument(app, config);
  return app;
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
    return503OnClosing: true,
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
