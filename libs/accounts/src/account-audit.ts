import { PLATFORM } from '@app/outbox';
import type { AuditEntry } from './audit';
import type { Actor } from './actor';
import type { Principal } from './principal';

export type AccountKind = Principal['kind'];

/** An act on an account. A coach's stands among the acts of the practice, everybody else's under the platform. */
export function accountAct(
  account: { id: string; kind: AccountKind },
  actor: Actor,
  action: string,
  more: Pick<AuditEntry, 'objectVersion' | 'cause' | 'before' | 'after'> = {},
): AuditEntry {
  return {
    coachId: account.kind === 'coach' ? account.id : PLATFORM,
    actor,
    action,
    objectType: 'account',
    objectId: account.id,
    ...more,
  };
}
