import type { DomainError, FieldError } from '@app/common';

/** RFC 9457 body. `code` is stable; `requestId` finds the log lines. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  instance: string;
  code: string;
  requestId: string;
  errors?: readonly FieldError[];
  [extension: string]: unknown;
}

const STATUS: Record<DomainError['kind'], number> = {
  invalid: 400,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  precondition_failed: 412,
  rule_violation: 422,
  too_many: 429,
  unavailable: 503,
};

const TITLE: Record<number, string> = {
  400: 'The request is not valid',
  401: 'Sign in first',
  403: 'Not allowed',
  404: 'Not found',
  405: 'Method not allowed',
  409: 'Conflict with the present state',
  412: 'Changed meanwhile',
  413: 'Too large',
  414: 'The address is too long',
  415: 'Unsupported media type',
  422: 'A rule forbids this',
  429: 'Too many requests',
  500: 'Something went wrong on our side',
  503: 'Not available for the moment',
};

export interface RequestFacts {
  url: string;
  id: string;
}

export function problemOf(error: DomainError, request: RequestFacts): Problem {
  return {
    ...error.extensions,
    ...problem(STATUS[error.kind], error.code, error.message, request),
    ...(error.help === undefined ? {} : { help: error.help }),
    ...(error.errors.length > 0 ? { errors: error.errors } : {}),
  };
}

export function problem(status: number, code: string, detail: string, request: RequestFacts): Problem {
  return {
    type: `https://errors.practice.example/${code}`,
    title: TITLE[status] ?? 'Error',
    status,
    detail,
    instance: request.url.split('?')[0] ?? '/',
    code,
    requestId: request.id,
  };
}
