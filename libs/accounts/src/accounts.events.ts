import { PLATFORM, type DomainEvent } from '@app/outbox';

type AccountEvent =
  /** A coach has an account; the first policy and the like are made because of it. */
  | 'coach_signed_up'
  /** Somebody signed up with an address that has an account: its owner is told. */
  | 'sign_up_repeated'
  | 'email_verification_requested'
  | 'password_reset_requested';

export function accountEvent(what: AccountEvent, accountId: string): DomainEvent {
  // A coach's own start concerns the practice; the mails concern a person.
  return {
    type: `accounts.${what}`,
    coachId: what === 'coach_signed_up' ? accountId : PLATFORM,
    payload: { accountId },
  };
}

export function clientInvited(coachId: string, clientId: string): DomainEvent {
  return { type: 'accounts.client_invited', coachId, payload: { clientId } };
}

export function clientRenamed(coachId: string, clientId: string): DomainEvent {
  return { type: 'accounts.client_renamed', coachId, payload: { clientId } };
}
