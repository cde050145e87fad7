import type { CanActivate, ExecutionContext } from '@nestjs/common';
import { Invalid } from '@app/common';
import type { FastifyRequest } from 'fastify';

const DEEPEST = 20;

/**
 * PostgreSQL stores no U+0000 in text; it is refused for every operation, in body, query and path, before any code
 * meets it. So is JSON that is nested deeper than any request of ours.
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
    if (value.includes('\u0000')) throw unstorable();
    return;
  }
  if (typeof value !== 'object' || value === null || Buffer.isBuffer(value)) return;
  if (depth > DEEPEST) throw new Invalid('http.too_deep', `JSON is nested deeper than ${DEEPEST} levels.`);
  for (const [name, inner] of Object.entries(value)) {
    if (name.includes('\u0000')) throw unstorable();
    check(inner, depth + 1);
  }
}

function unstorable(): Invalid {
  return new Invalid('http.nul_character', 'The character U+0000 cannot be stored. Leave it out.');
}
