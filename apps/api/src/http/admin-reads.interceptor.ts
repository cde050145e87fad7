import { Injectable, type CallHandler, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { actorOf, Audit, type Principal } from '@app/accounts';
import { ID_PREFIXES, parsePublicId, type IdKind } from '@app/common';
import { Database } from '@app/database';
import { PLATFORM } from '@app/outbox';
import type { FastifyRequest } from 'fastify';
import { mergeMap, type Observable } from 'rxjs';
import { ACCESS, type AccessRule } from './access';
import type { AnswerLayer } from './answer-layer';

/** These modules put an admin's readings on record themselves, under the coach. */
const RECORDED_BY_THEIR_MODULE: readonly string[] = ['client', 'note'];

/** What an admin looks at in a practice is on record before the answer leaves (domain.md 2: every access audited). */
@Injectable()
export class AdminReadsInterceptor implements AnswerLayer {
  constructor(
    private readonly reflector: Reflector,
    private readonly database: Database,
    private readonly audit: Audit,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const request = context.switchToHttp().getRequest<FastifyRequest<{ Params: { id?: string } }>>();
    const { principal } = request;
    const object = this.objectOf(context);
    if (request.method !== 'GET' || principal?.kind !== 'admin' || object === undefined) return next.handle();
    const id = request.params.id === undefined ? null : uuidOf(object, request.params.id);
    return next.handle().pipe(
      mergeMap(async (view: unknown) => {
        await this.record(principal, object, id, request.url);
        return view;
      }),
    );
  }

  concerns(context: ExecutionContext): boolean {
    return this.objectOf(context) !== undefined;
  }

  /** What the operation shows, unless its module records that itself. */
  private objectOf(context: ExecutionContext): string | undefined {
    const { object } = this.reflector.getAllAndOverride<AccessRule>(ACCESS, [
      context.getHandler(),
      context.getClass(),
    ]);
    return object !== undefined && RECORDED_BY_THEIR_MODULE.includes(object) ? undefined : object;
  }

  /** Of a list, what was asked for tells what was seen. */
  private async record(principal: Principal, object: string, id: string | null, url: string): Promise<void> {
    await this.database.transaction(() =>
      this.audit.record({
        coachId: PLATFORM,
        actor: actorOf(principal),
        action: `${object}.${id === null ? 'list' : 'read'}`,
        objectType: object,
        objectId: id ?? PLATFORM,
        cause: `GET ${url}`,
      }),
    );
  }
}

function uuidOf(object: string, id: string): string | null {
  return Object.hasOwn(ID_PREFIXES, object) ? parsePublicId(object as IdKind, id) : null;
}
