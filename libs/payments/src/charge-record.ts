import type { Actor } from '@app/accounts';

/** What the client owes it for. */
export type ChargeReason = 'pay_later' | 'no_show' | 'late_cancellation';

/** `on_session`: the client is there and pays. `off_session`: their saved card is charged without them. */
export type PaymentMode = 'on_session' | 'off_session';

/**
 * `planned`: waits for its next attempt. `requested`: a job has it. `needs_action`: the bank wants the client to confirm
 * it. `given_up`: the card is not tried again by itself. `settled`: paid or canceled.
 */
export type ChargeState = 'planned' | 'requested' | 'needs_action' | 'given_up' | 'settled';

/** What a client is to be charged for a session, on the card they have saved for the coach. */
export interface NewCharge {
  coachId: string;
  sessionId: string;
  clientId: string;
  /** Minor units of `currency`, on its charge step. */
  amountMinor: number;
  currency: string;
  /** The platform's share, basis points. */
  applicationFeeBps: number;
  /** The coach's account, which receives the transfer. */
  stripeAccountId: string;
  reason: ChargeReason;
  /** Business instant from which the card may be charged; one that has passed means now. */
  dueAt: Date;
  actor: Actor;
  /** Business time. */
  now: Date;
}
