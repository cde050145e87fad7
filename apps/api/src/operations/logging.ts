import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { PARAMS_PROVIDER_TOKEN, PinoLogger, type Params } from 'nestjs-pino';

/** Paths that end in a secret. */
const LINK_WITH_TOKEN = /^(\/j\/|\/v1\/(?:booking-confirmations|series-confirmations|links)\/).+$/;

const HEALTH = '/health';

/** JSON lines with the request id; never bodies, tokens or cookies (reliability.md R26). */
export function logOptions(level: string): Params {
  return {
    // Requests are logged by Fastify's own hooks below: its middleware engine costs each request more than the line.
    forRoutes: [],
    pinoHttp: {
      level,
      redact: {
        paths: [
          '*.password',
          '*.passcode',
          '*.token',
          '*.accessToken',
          '*.refreshToken',
          '*.clientSecret',
          '*.client_secret',
          'err.config',
          'err.raw',
          'err.headers',
        ],
        censor: '[redacted]',
      },
    },
  };
}

/** One line per request; whatever is logged on the way carries the same request id. */
export function logRequests(app: NestFastifyApplication): void {
  const server = app.getHttpAdapter().getInstance();
  const logger = new PinoLogger(app.get<Params>(PARAMS_PROVIDER_TOKEN));
  server.addHook('onRequest', (request, _reply, done) => {
    logger.runInContext(() => done(), { bindings: { requestId: request.id } });
  });
  server.addHook('onResponse', (request, reply, done) => {
    done();
    if (request.url.startsWith(HEALTH)) return;
    const line = {
      requestId: request.id,
      // The query may hold one-time codes of OAuth callbacks; the path of a link holds its token.
      req: { method: request.method, path: safePath(request.url) },
      res: { statusCode: reply.statusCode },
      responseTime: Math.round(reply.elapsedTime),
    };
    if (reply.statusCode >= 500) PinoLogger.root.error(line, 'request errored');
    else PinoLogger.root.info(line, 'request completed');
  });
}

function safePath(url: string): string {
  const path = url.split('?')[0] ?? '/';
  return path.replace(LINK_WITH_TOKEN, '$1[token]');
}
