import type { NestFastifyApplication } from '@nestjs/platform-fastify';

/** A resource carries its version as ETag; lists and problems have none. */
export function sendEtags(app: NestFastifyApplication): void {
  const server = app.getHttpAdapter().getInstance();
  server.addHook('preSerialization', (_request, reply, body: unknown, done) => {
    const version = reply.statusCode < 400 ? versionOf(body) : undefined;
    if (version !== undefined) reply.header('etag', `"${version}"`);
    done(null, body);
  });
}

function versionOf(body: unknown): number | undefined {
  if (typeof body !== 'object' || body === null || !('version' in body)) return undefined;
  return typeof body.version === 'number' ? body.version : undefined;
}
