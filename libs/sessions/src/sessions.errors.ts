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
    const detail = available.includes(funding)
      ? `An entitlement pays for sessions booked with "package", not with "${funding}": leave it out.`
      : `This offering cannot be booked with "${funding}".`;
    super('sessions.funding_unavailable', detail, { extensions: { available } });
  }
}

/** What is paid later is charged to a card that the client has saved for this coach, and agreed to (domain.md 12). */
export class SavedCardMissing extends RuleViolation {
  constructor() {
    super(
      'payment_methods.none_usable',
      'Paying later takes a saved card, and there is none for this coach.',
      {
        help: 'The client saves one with POST /v1/payment-methods/setup.',
      },
    );
  }
}

/** Only what is owed for a late cancellation or a missed session, and was not paid yet. */
export class NothingToWaive extends Conflict {
  constructor() {
    super('sessions.nothing_to_waive', 'There is no charge that could be waived.', {
      help: 'What is paid already is given back with POST /v1/payments/{id}/refunds.',
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

/** One answer for a link that never was, is over, or is for another purpose: tokens cannot be probed. */
export class ConfirmationLinkNotFound extends NotFound {
  constructor() {
    super(
      'sessions.confirmation_link_not_found',
      'This link leads nowhere, or what it was for has begun or is over.',
    );
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

/** What is over is voided only by a quote that says what it does: never by a call that was meant for what is to come. */
export class VoidNeedsQuote extends Conflict {
  constructor(status: SessionStatus, allowedActions: SessionAction[]) {
    super('sessions.quote_required', `The session is ${status}: voiding it takes a quote.`, {
      help: 'Ask for one with POST …/cancellation-quotes and send its id as quoteId.',
      extensions: { sessionStatus: status, allowedActions },
    });
  }
}

/** An admin marks only a coach who did not come. */
export class NoShowNotYours extends RuleViolation {
  constructor() {
    super('no_shows.not_yours', 'Only the coach can mark the client as not there.');
  }
}

export class StillWaiting extends Conflict {
  constructor(waitUntil: Date) {
    super(
      'no_shows.still_waiting',
      'The waiting time is not over. Send override and a reason to mark it now.',
      {
        extensions: { waitUntil: waitUntil.toISOString() },
      },
    );
  }
}

export class OverrideNeedsReason extends RuleViolation {
  constructor() {
    super('no_shows.reason_required', 'Say why the waiting time was not awaited.', {
      errors: [{ pointer: '/reason', code: 'required', detail: 'Goes with override.' }],
    });
  }
}

export class ContactIncomplete extends RuleViolation {
  constructor() {
    super('no_shows.channel_required', 'Say by which channel you tried to reach the client.', {
      errors: [{ pointer: '/channel', code: 'required', detail: 'Goes with a note about contact.' }],
    });
  }
}

export class AcceptanceNotYours extends RuleViolation {
  constructor() {
    super('policies.acceptance_not_yours', 'Only the client accepts the terms; leave acceptedPolicyId out.', {
      errors: [{ pointer: '/acceptedPolicyId', code: 'not_yours', detail: 'Is for the client to send.' }],
    });
  }
}
