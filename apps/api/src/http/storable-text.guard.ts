import type { CanActivate, ExecutionContext } from '@nestjs/common';
import { Invalid } from '@app/common';
import type { FastifyRequest } from 'fastify';

const DEEPEST = 20;
/** U+0000, or half of a surrogate pair. */
const UNSTORABLE = /\0|\p{Surrogate}/u;

/**
 * PostgreSQL stores no U+0000 in text, and no UTF-8 has half a character; both are refused for every operation, in
 * body, query and path, before any code meets them. So is JSON that is nested deeper than any request of ours.
 */
export class StorableTextGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    if (request.url.includes('%00')) throw unstorable();
    check(request.body, 0);
    return true;
  }
}

function check(value: unknown, depth: number): void {
  if (typeof value === 'string') {
    if (UNSTORABLE.test(value)) throw unstorable();
    return;
  }
  if (typeof value !== 'object' || value === null || Buffer.isBuffer(value)) return;
  if (depth > DEEPEST) throw new Invalid('http.too_deep', `JSON is nested deeper than ${DEEPEST} levels.`);
  for (const [name, inner] of Object.entries(value)) {
    if (UNSTORABLE.test(name)) throw unstorable();
    check(inner, depth + 1);
  }
}

function unstorable(): Invalid {
  return new Invalid(
    'http.unstorable_text',
    'The text holds U+0000 or half of a character, which cannot be stored. Leave it out.',
  );
}
