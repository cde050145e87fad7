import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';

const BODY_LIMIT_BYTES = 1_048_576;

/**
 * A bare Fastify server whose bodies stay text: each provider decodes its own. Its connections are cut on close, so
 * that a stopping sandbox does not wait for its clients.
 */
export function createServer(): FastifyInstance {
  const server = Fastify({ forceCloseConnections: true, bodyLimit: BODY_LIMIT_BYTES });
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body));
  return server;
}

/** Starts listening and returns the address, for example `http://127.0.0.1:3901`. Port 0 takes a free one. */
export async function listen(server: FastifyInstance, host: string, port: number): Promise<string> {
  await server.listen({ host, port });
  const address = server.server.address();
  const actualPort = typeof address === 'object' && address ? address.port : port;
  return `http://${host}:${actualPort}`;
}

export function rawBody(request: FastifyRequest): string {
  return typeof request.body === 'string' ? request.body : '';
}

export function pathOf(request: FastifyRequest): string {
  return request.url.split('?', 1)[0] ?? request.url;
}

export function pathParameter(request: FastifyRequest, name: string): string {
  return (request.params as Record<string, string>)[name] ?? '';
}

/** Cuts the connection without an answer, as a broken network does. */
export function cutConnection(request: FastifyRequest, reply: FastifyReply): void {
  reply.hijack();
  request.raw.socket.destroy();
}

/** The text of a header that may come once. */
export function header(request: FastifyRequest, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
}
