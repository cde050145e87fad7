import { Conflict, NotFound, RuleViolation, TooMany } from '@app/common';
import type { SessionAction } from './domain/allowed-actions';
import type { ProposalStatus } from './domain/rescheduling';

/** Also the answer for somebody else's. */
export class ProposalNotFound extends NotFound {
  constructor() {
    super('proposals.not_found', 'There is no such proposal.');
  }
}

/** One answer for a link that never was, is over, or is for another purpose: tokens cannot be probed. */
export class ProposalLinkNotFound extends NotFound {
  constructor() {
    super('links.not_found', 'This link leads nowhere, or its time is over.');
  }
}

/** With less notice than the terms ask for, the coach decides. */
export class RescheduleNeedsConsent extends Conflict {
  constructor(freeRescheduleHours: number, movableUntil: Date, allowedActions: SessionAction[]) {
    super(
      'sessions.reschedule_needs_consent',
      `Less than ${freeRescheduleHours} hours before the start your coach decides about another time.`,
      {
        help: 'Ask for other times with POST …/reschedule-proposals.',
        extensions: { movableUntil: movableUntil.toISOString(), allowedActions },
      },
    );
  }
}

export class AlreadyAtThisTime extends RuleViolation {
  constructor() {
    super('sessions.already_at_this_time', 'The session has this time already.');
  }
}

export class TimesRefused extends RuleViolation {
  constructor(detail: string) {
    super('proposals.times', detail, { errors: [{ pointer: '/times', code: 'proposals.times', detail }] });
  }
}

/** One at a time: what is open is answered or withdrawn first. */
export class ProposalAlreadyOpen extends Conflict {
  constructor(extensions: { proposalId: string; madeBy: 'coach' | 'client' }) {
    super('proposals.already_open', 'Another proposal for this session waits for its answer.', {
      help: 'Answer it, or withdraw it, first.',
      extensions,
    });
  }
}

export class TooManyRequests extends TooMany {
  constructor(most: number) {
    super('proposals.too_many_requests', `${most} of your requests already wait for this coach.`);
  }
}

export class ProposalClosed extends Conflict {
  constructor(status: Exclude<ProposalStatus, 'open'>) {
    super('proposals.closed', `This proposal is ${status} and takes no answer any more.`, {
      extensions: { proposalStatus: status },
    });
  }
}

export class NotYoursToAnswer extends Conflict {
  constructor(what: 'answer' | 'withdraw') {
    super(
      `proposals.not_yours_to_${what}`,
      what === 'answer' ? 'The other side answers this proposal.' : 'The other side made this proposal.',
    );
  }
}

export class TimeNotOffered extends RuleViolation {
  constructor(times: readonly Date[]) {
    super('proposals.time_not_offered', 'This is not one of the proposed times.', {
      extensions: { times: times.map((time) => time.toISOString()) },
      errors: [
        { pointer: '/startsAt', code: 'proposals.time_not_offered', detail: 'Take one of the times.' },
      ],
    });
  }
}

export class TimePassed extends Conflict {
  constructor() {
    super('proposals.time_passed', 'This time has passed.');
  }
}
