import { applyDecorators, SetMetadata } from '@nestjs/common';
import { ApiHeader } from '@nestjs/swagger';

/**
 * `required` on operations that book, charge, refund, cancel or message; `ignored` where the answer carries a
 * secret or a provider is asked, so that nothing of it is stored. Every other POST takes a key (domain.md 17).
 */
export type IdempotencyRule = 'required' | 'ignored';

export const IDEMPOTENCY = 'idempotency';

export function Idempotent(): MethodDecorator {
  return applyDecorators(
    SetMetadata(IDEMPOTENCY, 'required'),
    ApiHeader({
      name: 'Idempotency-Key',
      required: true,
      description:
        'Your name for this one effect, such as a UUID. The same key gives the same answer for 7 days.',
      schema: { type: 'string', minLength: 1, maxLength: 255 },
    }),
  );
}

/** The key is ignored and the answer never stored. */
export function NeverStored(): MethodDecorator {
  return SetMetadata(IDEMPOTENCY, 'ignored');
}
