import { createHash } from 'node:crypto';
import {
  HttpStatus,
  Injectable,
  type CallHandler,
  type ExecutionContext,
  RequestMethod,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { Conflict, Invalid, RuleViolation } from '@app/common';
import { Database, sql, type RawBuilder } from '@app/database';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { from, lastValueFrom, type Observable } from 'rxjs';
import type { AnswerLayer } from './answer-layer';
import { IDEMPOTENCY, type IdempotencyRule } from './idempotency';

const HTTP_CODE = '__httpCode__';
const HTTP_METHOD = 'method';

interface Stored {
  fingerprint: Buffer | null;
  status: number | null;
  body: unknown;
}

interface Scope {
  principal: string;
  route: string;
  key: string;
  fingerprint: Buffer;
}

/** One effect per key: the answer is stored in the transaction of the effect, only when it is a success. */
@Injectable()
export class IdempotencyInterceptor implements AnswerLayer {
  constructor(
    private readonly database: Database,
    private readonly reflector: Reflector,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const key = keyOf(request);
    if (key === undefined) {
      if (this.ruleOf(context) !== 'required') return next.handle();
      throw new Invalid(
        'idempotency.key_required',
        'Send an Idempotency-Key header: your name for this one effect, such as a UUID.',
      );
    }
    const scope = scopeOf(request, key);
    const reply = context.switchToHttp().getResponse<FastifyReply>();
    const status =
      this.reflector.get<number | undefined>(HTTP_CODE, context.getHandler()) ?? HttpStatus.CREATED;
    return from(
      this.once(scope, status, reply, () => lastValueFrom(next.handle(), { defaultValue: undefined })),
    );
  }

  concerns(context: ExecutionContext): boolean {
    const method = this.reflector.get<RequestMethod | undefined>(HTTP_METHOD, context.getHandler());
    return method === RequestMethod.POST && this.ruleOf(context) !== 'ignored';
  }

  private ruleOf(context: ExecutionContext): IdempotencyRule | undefined {
    return this.reflector.get<IdempotencyRule | undefined>(IDEMPOTENCY, context.getHandler());
  }

  private async once(
    scope: Scope,
    status: number,
    reply: FastifyReply,
    act: () => Promise<unknown>,
  ): Promise<unknown> {
    try {
      return await this.attempt(scope, status, reply, act);
    } catch (error) {
      // The first holder may have committed between our look and our lock. Then ours was refused because of what it did,
      // or met its row: now its answer is there.
      const stored = await this.database.maybe(storedAnswer(scope));
      if (stored === undefined) throw error;
      return replay(stored, scope, reply);
    }
  }

  private attempt(
    scope: Scope,
    status: number,
    reply: FastifyReply,
    act: () => Promise<unknown>,
  ): Promise<unknown> {
    return this.database.transaction(async () => {
      const stored = await this.lockAndLook(scope);
      if (stored.fingerprint !== null) return replay(stored, scope, reply);
      const answer = await act();
      await this.database.execute(sql`
        insert into idempotency_keys (principal, route, key, fingerprint, status, body)
        values (${scope.principal}, ${scope.route}, ${scope.key}, ${scope.fingerprint}, ${status}, ${JSON.stringify(answer ?? null)}::jsonb)`);
      return answer;
    });
  }

  private async lockAndLook({ principal, route, key }: Scope): Promise<Stored> {
    const stored = await this.database.one(sql<Stored & { locked: boolean }>`
      select pg_try_advisory_xact_lock(hashtextextended(${`${principal} ${route} ${key}`}::text, 0)) as locked,
             k.fingerprint, k.status, k.body
      from (select 1) one left join idempotency_keys k
        on k.principal = ${principal}::text and k.route = ${route}::text and k.key = ${key}::text`);
    if (!stored.locked) {
      throw new Conflict('idempotency.in_progress', 'A request with this key is still running.', {
        extensions: { retryAfterSeconds: 1 },
      });
    }
    return stored;
  }
}

function storedAnswer({ principal, route, key }: Scope): RawBuilder<Stored> {
  return sql<Stored>`
    select fingerprint, status, body from idempotency_keys
    where principal = ${principal}::text and route = ${route}::text and key = ${key}::text`;
}

function replay(stored: Stored, scope: Scope, reply: FastifyReply): unknown {
  if (!stored.fingerprint?.equals(scope.fingerprint)) {
    throw new RuleViolation(
      'idempotency.key_reused',
      'This Idempotency-Key was used for another request. Take a new one.',
    );
  }
  void reply.status(stored.status ?? HttpStatus.CREATED).header('idempotency-replayed', 'true');
  return stored.body;
}

function keyOf(request: FastifyRequest): string | undefined {
  const header = request.headers['idempotency-key'];
  if (header === undefined) return undefined;
  if (
    typeof header !== 'string' ||
    header.length < 1 ||
    header.length > 255 ||
    !/^[\x21-\x7e]+$/.test(header)
  ) {
    throw new Invalid('idempotency.key_invalid', 'An Idempotency-Key has 1 to 255 visible ASCII characters.');
  }
  return header;
}

function scopeOf(request: FastifyRequest, key: string): Scope {
  return {
    principal: request.principal?.accountId ?? `address:${request.ip}`,
    route: `${request.method} ${request.url.split('?')[0]}`,
    key,
    fingerprint: createHash('sha256').update(canonical(request.body)).digest(),
  };
}

/** The same JSON whatever the order of its members. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${members.map(([name, inner]) => `${JSON.stringify(name)}:${canonical(inner)}`).join(',')}}`;
  }
  return JSON.stringify(value) ?? 'null';
}
