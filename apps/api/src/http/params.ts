import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { ApiHeader, ApiParam } from '@nestjs/swagger';
import type { Principal } from '@app/accounts';
import { ID_PREFIXES, Invalid, parsePublicId, type IdKind } from '@app/common';
import type { FastifyRequest } from 'fastify';
import { exampleId } from './fields';

/** The person behind the request, put there by the access guard. */
export const CurrentPrincipal = createParamDecorator((_: unknown, context: ExecutionContext): Principal => {
  const { principal } = context.switchToHttp().getRequest<FastifyRequest>();
  if (principal === undefined) throw new Error('An operation open to anyone asked for the principal.');
  return principal;
});

/** The nil uuid, which no row of ours has. */
const NO_ID = '00000000-0000-0000-0000-000000000000';

const PlainId = createParamDecorator((kind: IdKind, context: ExecutionContext): string => {
  const { id } = context.switchToHttp().getRequest<FastifyRequest<{ Params: { id?: string } }>>().params;
  return parsePublicId(kind, id ?? '') ?? NO_ID;
});

/**
 * A prefixed id in the path as plain uuid. What cannot be an id of this kind becomes one that nothing has, so that it
 * is answered in the words of the module, like every id that is not there.
 */
export function IdParam(kind: IdKind): ParameterDecorator {
  const schema = {
    type: 'string',
    pattern: `^${ID_PREFIXES[kind]}_[0-9a-z]{26}$`,
    example: exampleId(kind),
  } as const;
  const document = ApiParam({ name: 'id', schema });
  return documented(PlainId(kind), document);
}

const IfMatch = createParamDecorator((_: unknown, context: ExecutionContext): number | undefined => {
  const header = context.switchToHttp().getRequest<FastifyRequest>().headers['if-match'];
  if (header === undefined || header === '*') return undefined;
  const version = /^"(\d{1,9})"$/.exec(header)?.[1];
  if (version === undefined)
    throw new Invalid('http.if_match', 'If-Match takes one ETag as it was given, such as "3".');
  return Number(version);
});

/** The version named by `If-Match`, if any; a service compares it in its conditional update. */
export function ExpectedVersion(): ParameterDecorator {
  const document = ApiHeader({
    name: 'If-Match',
    required: false,
    description: 'The ETag that was read: when the resource has changed since, nothing is done (412).',
    schema: { type: 'string' },
  });
  return documented(IfMatch(), document);
}

/** Reads a parameter, and describes it in the document as the method's own. */
function documented(read: ParameterDecorator, document: MethodDecorator): ParameterDecorator {
  return (controller, method, index) => {
    read(controller, method, index);
    const descriptor = method === undefined ? undefined : Object.getOwnPropertyDescriptor(controller, method);
    if (method !== undefined && descriptor !== undefined) document(controller, method, descriptor);
  };
}

/** Address of the caller; behind a proxy that is trusted (TRUST_PROXY) the one it names. */
export const CallerAddress = createParamDecorator(
  (_: unknown, context: ExecutionContext): string => context.switchToHttp().getRequest<FastifyRequest>().ip,
);

/** The id under which the logs and the audit know this request. */
export const RequestId = createParamDecorator(
  (_: unknown, context: ExecutionContext): string => context.switchToHttp().getRequest<FastifyRequest>().id,
);
