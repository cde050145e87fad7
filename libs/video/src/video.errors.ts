import { Conflict, Forbidden, NotFound, Unavailable } from '@app/common';
import type { MeetingState, SessionStatus } from '@app/sessions';

export class JoinNotOpen extends Conflict {
  /** @param startsAt of the session that is meant; a link of a series means the next one */
  constructor(availableAt: Date, startsAt: Date) {
    super('video.join_not_open', 'Joining opens 15 minutes before the start.', {
      extensions: { availableAt: availableAt.toISOString(), startsAt: startsAt.toISOString() },
    });
  }
}

export class JoinWindowClosed extends Conflict {
  constructor(closedAt: Date) {
    super('video.join_window_closed', 'The time to join is over.', {
      extensions: { closedAt: closedAt.toISOString() },
    });
  }
}

/** Awaiting payment, or cancelled. */
export class NotJoinable extends Conflict {
  constructor(status: SessionStatus) {
    super('video.not_joinable', `The session is ${status}: there is nothing to join.`, {
      extensions: { sessionStatus: status },
    });
  }
}

/** The link of a series of which nothing is planned that could be joined. */
export class NoOccurrenceToJoin extends Conflict {
  constructor() {
    super('video.no_occurrence_to_join', 'No session of this series is to be joined now.');
  }
}

export class MeetingNotReady extends Conflict {
  constructor(state: MeetingState) {
    super('video.meeting_not_ready', 'The meeting is not ready yet. Try again in a moment.', {
      extensions: { state, retryAfterSeconds: 10 },
    });
  }
}

export class ParticipantsOnly extends Forbidden {
  constructor() {
    super('video.participants_only', 'Only the coach and the client of a session join it.');
  }
}

export class JoinLinkNotFound extends NotFound {
  constructor() {
    super('video.link_not_found', 'This link leads to no session.');
  }
}

/** The host link could not be had; whoever is signed in at the platform may start by the guest link too. */
export class HostLinkUnavailable extends Unavailable {
  constructor(joinUrl: string, cause: unknown) {
    super('video.host_link_unavailable', 'The platform gives no host link at this moment.', {
      help: 'Try again, or open joinUrl while you are signed in at the platform as the host.',
      extensions: { joinUrl },
      cause,
    });
  }
}

/** Somebody else works on the same meeting; the job comes again. */
export class MeetingBusy extends Unavailable {
  constructor() {
    super('video.meeting_busy', 'The meeting is being changed by another process.');
  }
}

/** The platform is away for longer: the job is not tried at once, and never given up for it. */
export class MeetingPostponed extends Error {
  readonly retryAfterSeconds = 0; // on top of the pause of the re-drive

  constructor(cause: unknown) {
    super('The platform does not answer for some time.', { cause });
  }
}

/** The platform knows no such meeting (any more). */
export class MeetingGone extends Error {
  constructor() {
    super('The platform has no such meeting.');
  }
}

/** It cannot be deleted while people are in it. */
export class MeetingRunning extends Error {
  constructor() {
    super('The meeting is running.');
  }
}

/** The platform refuses the call whatever is tried; `code` is its own number for the reason. */
export class PlatformRefused extends Error {
  constructor(readonly code: number) {
    super(`The platform refused the call with code ${code}.`);
  }
}

/** A limit of the platform is used up. */
export class PlatformLimitReached extends Error {
  /** @param retryAfter the header `Retry-After`; Zoom leaves it out for its daily limit */
  constructor(readonly retryAfter: string | null) {
    super('A rate limit of the platform is used up.');
  }
}
