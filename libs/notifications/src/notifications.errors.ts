import { Conflict, NotFound, TooMany, Unavailable } from '@app/common';
import type { DeliveryState } from './notification-record';

/** Also the answer for somebody else's message. */
export class NotificationNotFound extends NotFound {
  constructor() {
    super('notifications.not_found', 'There is no such notification.');
  }
}

export class NotResendable extends Conflict {
  constructor(state: DeliveryState) {
    super(
      'notifications.not_resendable',
      state === 'queued'
        ? 'It is about to be sent.'
        : 'What it told of has been replaced by something newer.',
      { extensions: { state } },
    );
  }
}

export class SentJustNow extends TooMany {
  constructor(retryAfterSeconds: number) {
    super(
      'notifications.sent_just_now',
      'It was sent a moment ago. Look for it among unwanted mail, then try again.',
      {
        extensions: { retryAfterSeconds },
      },
    );
  }
}

/** The mail server does not take it at this moment; the job comes back after the pause. */
export class MailDelayed extends Unavailable {
  constructor(
    readonly retryAfterSeconds: number,
    cause: unknown,
  ) {
    super('notifications.mail_delayed', 'The mail server does not take the mail at this moment.', {
      extensions: { retryAfterSeconds },
      cause,
    });
  }
}
