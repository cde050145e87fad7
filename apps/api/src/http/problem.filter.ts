import { Catch, HttpException, Logger, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { DomainError } from '@app/common';
import { isDatabaseDown, isStatementTimeout } from '@app/database';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ToldToPerson } from './people.interceptor';
import { sendPage } from './plain-page';
import { problem, problemOf, type Problem } from './problem';
import { unreadableBody } from './unreadable-body';

/** The one place where an error becomes an answer. What is not a domain error is a bug and says nothing. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly logger = new Logger(ProblemFilter.name);

  async catch(caught: unknown, host: ArgumentsHost): Promise<void> {
    const error = caught instanceof ToldToPerson ? caught.cause : caught;
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    const body = { ...this.bodyOf(error, request), ...(await this.lateExtensions(error)) };
    if (body.status >= 500) this.logger.error({ err: error }, 'request failed');
    const retryAfter = body['retryAfterSeconds'] ?? (body.status === 503 ? 5 : undefined);
    if (typeof retryAfter === 'number')
      void reply.header('retry-after', String(Math.max(1, Math.ceil(retryAfter))));
    if (body.status === 401) void reply.header('www-authenticate', 'Bearer');
    if (caught instanceof ToldToPerson)
      return sendPage(reply, body.status, titleForPerson(body), body.detail);
    void reply
      .status(body.status)
      .header('content-type', 'application/problem+json; charset=utf-8')
      .send(JSON.stringify(body));
  }

  private async lateExtensions(error: unknown): Promise<Readonly<Record<string, unknown>>> {
    if (!(error instanceof DomainError) || error.afterRollback === undefined) return {};
    try {
      return await error.afterRollback();
    } catch (failure) {
      // The refusal stands without its help; what went wrong with the help is not the caller's matter.
      if (!(failure instanceof DomainError))
        this.logger.error({ err: failure }, 'the help of an error could not be worked out');
      return {};
    }
  }

  private bodyOf(error: unknown, request: FastifyRequest): Problem {
    if (error instanceof DomainError) return problemOf(error, request);
    const unreadable = unreadableBody(error);
    if (unreadable !== undefined)
      return problem(unreadable.status, unreadable.code, unreadable.detail, request);
    if (error instanceof HttpException)
      return problem(error.getStatus(), codeOf(error.getStatus()), safeDetail(error), request);
    if (isDatabaseDown(error))
      return problem(
        503,
        'service.database_unavailable',
        'The database cannot be reached. Try again shortly.',
        request,
      );
    if (isStatementTimeout(error))
      return problem(422, 'query.too_slow', 'This question takes too long. Narrow the range.', request);
    const status = statusOfFastifyError(error);
    if (status !== undefined)
      return problem(status, codeOf(status), 'The request could not be read.', request);
    return problem(
      500,
      'internal',
      'The error was logged. Name the request id when you ask about it.',
      request,
    );
  }
}

function titleForPerson({ status, title }: Problem): string {
  if (status >= 500) return title;
  return status === 404 ? 'This link leads nowhere' : 'This is not possible';
}

/** Fastify's own refusals (body too large, broken JSON, wrong media type) carry a 4xx status. */
function statusOfFastifyError(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('statusCode' in error)) return undefined;
  const { statusCode } = error;
  return typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500 ? statusCode : undefined;
}

export function codeOf(status: number): string {
  const codes: Record<number, string> = {
    400: 'http.bad_request',
    404: 'http.route_not_found',
    405: 'http.method_not_allowed',
    413: 'http.body_too_large',
    414: 'http.uri_too_long',
    415: 'http.unsupported_media_type',
    429: 'http.too_many_requests',
    431: 'http.headers_too_large',
    503: 'service.unavailable',
  };
  return codes[status] ?? `http.status_${status}`;
}

function safeDetail(error: HttpException): string {
  return error.getStatus() === 404 ? 'There is no such operation.' : 'The request could not be read.';
}
