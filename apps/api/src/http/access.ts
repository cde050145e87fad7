import { applyDecorators, SetMetadata } from '@nestjs/common';
import { ApiBearerAuth, ApiExtension } from '@nestjs/swagger';

export type Role = 'coach' | 'client' | 'admin';

/**
 * Who may call an operation. `anyone` needs no sign-in (links with a token of their own, sign-in, webhooks);
 * `object` names the kind of thing an id in the path belongs to: foreign ones answer 404.
 */
export interface AccessRule {
  roles: readonly Role[] | 'anyone';
  object?: string;
  /** Why the operation is open to everybody, for the reader of the document. */
  because?: string;
}

export const ACCESS = 'access';

/** Declares who may call the operation; lands in the document as `x-access`. Start-up fails without it. */
export function Access(rule: AccessRule): MethodDecorator & ClassDecorator {
  const documented = rule.roles === 'anyone' ? [] : [ApiBearerAuth()];
  return applyDecorators(SetMetadata(ACCESS, rule), ApiExtension('x-access', rule), ...documented);
}
