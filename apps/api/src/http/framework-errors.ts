import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { problem } from './problem';
import { codeOf } from './problem.filter';

/** What Fastify refuses before there is a route: an address it cannot read, or one with a part that is too long. */
export function refuseAddress(error: FastifyError, request: FastifyRequest, reply: FastifyReply): void {
  const status = error.statusCode ?? 400;
  const body = problem(status, codeOf(status), 'The address could not be read.', {
    id: request.id,
    url: '/',
  });
  void reply
    .status(status)
    .header('x-request-id', request.id)
    .header('content-type', 'application/problem+json; charset=utf-8')
    .send(JSON.stringify(body));
}
