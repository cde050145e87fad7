import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { ApiParam } from '@nestjs/swagger';
import type { Principal } from '@app/accounts';
import { ID_PREFIXES, Invalid, NotFound, parsePublicId, type IdKind } from '@app/common';
import type { FastifyRequest } from 'fastify';
import { exampleId } from './fields';

/** The person behind the request, put there by the access guard. */
export const CurrentPrincipal = createParamDecorator((_: unknown, context: ExecutionContext): Principal => {
  const { principal } = context.switchToHttp().getRequest<FastifyRequest>();
  if (principal === undefined) throw new Error('An operation open to anyone asked for the principal.');
  return principal;
});

const PlainId = createParamDecorator((kind: IdKind, context: ExecutionContext): string => {
  const { id } = context.switchToHttp().getRequest<FastifyRequest<{ Params: { id?: string } }>>().params;
  const uuid = parsePublicId(kind, id ?? '');
  if (uuid === null) throw new NotFound(`${kind}.not_found`, 'There is nothing with this id.');
  return uuid;
});

/** A prefixed id in the path as plain uuid; what cannot be an id of this kind is simply not found. */
export function IdParam(kind: IdKind): ParameterDecorator {
  const schema = {
    type: 'string',
    pattern: `^${ID_PREFIXES[kind]}_[0-9a-z]{26}$`,
    example: exampleId(kind),
  } as const;
  const document = ApiParam({ name: 'id', schema });
  return (controller, method, index) => {
    PlainId(kind)(controller, method, index);
    const descriptor = method === undefined ? undefined : Object.getOwnPropertyDescriptor(controller, method);
    if (method !== undefined && descriptor !== undefined) document(controller, method, descriptor);
  };
}

/** The version named by `If-Match`, if any; a service compares it in its conditional update. */
export const ExpectedVersion = createParamDecorator(
  (_: unknown, context: ExecutionContext): number | undefined => {
    const header = context.switchToHttp().getRequest<FastifyRequest>().headers['if-match'];
    if (header === undefined || header === '*') return undefined;
    const version = /^"(\d{1,9})"$/.exec(header)?.[1];
    if (version === undefined)
      throw new Invalid('http.if_match', 'If-Match takes one ETag as it was given, such as "3".');
    return Number(version);
  },
);

/** Address of the caller; behind a proxy that is trusted (TRUST_PROXY) the one it names. */
export const CallerAddress = createParamDecorator(
  (_: unknown, context: ExecutionContext): string => context.switchToHttp().getRequest<FastifyRequest>().ip,
);

/** The id under which the logs and the audit know this request. */
export const RequestId = createParamDecorator(
  (_: unknown, context: ExecutionContext): string => context.switchToHttp().getRequest<FastifyRequest>().id,
);
