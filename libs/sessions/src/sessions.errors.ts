import { Conflict, NotFound, RuleViolation, TooMany } from '@app/common';
import type { SessionAction } from './domain/allowed-actions';
import type { SessionStatus } from './session-record';

/** Also the answer for somebody else's session: ids cannot be probed. */
export class SessionNotFound extends NotFound {
  constructor() {
    super('sessions.not_found', 'There is no such session.');
  }
}

export class ActionNotAllowed extends Conflict {
  constructor(action: SessionAction, status: SessionStatus, allowedActions: SessionAction[]) {
    super(
      'sessions.action_not_allowed',
      `"${action}" is not possible: the session is ${status} at this moment.`,
      {
        // `status` itself is the problem's HTTP status (RFC 9457).
        extensions: { sessionStatus: status, allowedActions },
      },
    );
  }
}

/** Somebody else changed the session between reading and writing. */
export class SessionChanged extends Conflict {
  constructor() {
    super('sessions.changed', 'The session was changed meanwhile. Read it again.');
  }
}

export class FundingUnavailable extends RuleViolation {
  constructor(funding: string, available: string[]) {
    super('sessions.funding_unavailable', `This offering cannot be booked with "${funding}".`, {
      extensions: { available },
    });
  }
}

export class PolicyNotAccepted extends RuleViolation {
  constructor(extensions: { policyId: string; text: string }) {
    super('policies.not_accepted', 'Accept the terms that apply: send their id as acceptedPolicyId.', {
      extensions,
    });
  }
}

export class TooManyHolds extends TooMany {
  constructor(most: number) {
    super('sessions.too_many_holds', `${most} bookings already wait for payment. Pay or cancel one first.`);
  }
}

export class QuoteNotFound extends NotFound {
  constructor() {
    super('quotes.not_found', 'There is no such quote for this session.');
  }
}

export class QuoteStale extends Conflict {
  constructor(afterRollback: () => Promise<Record<string, unknown>>) {
    super('quotes.stale', 'The quote has expired or no longer fits. A fresh one is attached.', {
      afterRollback,
    });
  }
}
