import { applyDecorators } from '@nestjs/common';
import { ApiExtension, ApiResponse } from '@nestjs/swagger';

/**
 * Documents the error codes of an operation by status, beside those that every operation can answer.
 *
 * @example Problems({ 409: ['sessions.slot_taken'], 422: ['policies.not_accepted'] })
 */
export function Problems(
  codes: Partial<Record<number, readonly string[]>>,
): MethodDecorator & ClassDecorator {
  const responses = Object.entries(codes).map(([status, list]) =>
    ApiResponse({
      status: Number(status),
      description: `\`code\`: ${(list ?? []).map((code) => `\`${code}\``).join(', ')}`,
      content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
    }),
  );
  return applyDecorators(ApiExtension('x-problem-codes', codes), ...responses);
}
