import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { SignIn, type Principal } from '@app/accounts';
import { Forbidden, Unauthenticated } from '@app/common';
import type { FastifyRequest } from 'fastify';
import { ACCESS, type AccessRule } from './access';

declare module 'fastify' {
  interface FastifyRequest {
    principal?: Principal;
  }
}

/** Denies by default: an operation without a rule, a request without a valid token, a role that is not named. */
@Injectable()
export class AccessGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly signIn: SignIn,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const rule = this.reflector.getAllAndOverride<AccessRule | undefined>(ACCESS, [
      context.getHandler(),
      context.getClass(),
    ]);
    if (rule === undefined) throw new Forbidden('access.denied', 'Nobody may call this operation.');
    if (rule.roles === 'anyone') return true;
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const principal = await this.signIn.verifyAccessToken(bearerToken(request));
    if (!rule.roles.includes(principal.kind)) {
      throw new Forbidden('access.role', `This operation is for: ${rule.roles.join(', ')}.`);
    }
    request.principal = { ...principal, requestId: request.id };
    return true;
  }
}

function bearerToken(request: FastifyRequest): string {
  const match = /^Bearer ([A-Za-z0-9._~+/-]+=*)$/.exec(request.headers.authorization ?? '');
  if (match?.[1] === undefined) {
    throw new Unauthenticated('auth.token_missing', 'Send an access token: Authorization: Bearer <token>.');
  }
  return match[1];
}
