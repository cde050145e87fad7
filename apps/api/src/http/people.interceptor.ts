import {
  UseInterceptors,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { catchError, map, type Observable } from 'rxjs';
import { asPage, pageOf, wantsPage, type PageContent } from './plain-page';

/** An error that is told to a person: as a page (ProblemFilter). */
export class ToldToPerson extends Error {}

/**
 * An operation that a link in a mail leads to: a program gets its answer as ever, a browser the same as a page.
 *
 * @param render absent where the handler sends its page itself: then only what goes wrong is made one
 */
export function ForPeople<Answer>(render?: (answer: Answer) => PageContent): PeopleDecorator<Answer> {
  return UseInterceptors(new PageInterceptor(render as ((answer: unknown) => PageContent) | undefined));
}

type PeopleDecorator<Answer> = (
  target: object,
  name: string | symbol,
  handler: { value?: (...given: never[]) => Promise<Answer> },
) => void;

class PageInterceptor implements NestInterceptor {
  constructor(private readonly render: ((answer: unknown) => PageContent) | undefined) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const http = context.switchToHttp();
    if (!wantsPage(http.getRequest<FastifyRequest>())) return next.handle();
    const { render } = this;
    return next.handle().pipe(
      map((answer: unknown) => {
        if (render === undefined) return answer;
        asPage(http.getResponse<FastifyReply>());
        return pageOf(render(answer));
      }),
      catchError((cause: unknown) => {
        throw new ToldToPerson('Told as a page.', { cause });
      }),
    );
  }
}
