import { Conflict, Invalid, NotFound, Unavailable } from '@app/common';

/** Also the answer for somebody else's connection. */
export class ConnectionNotFound extends NotFound {
  constructor() {
    super('connections.not_found', 'There is no such connection.');
  }
}

/** Only the coach can help: the platform no longer accepts the permission they gave. */
export class ConnectionNeedsAttention extends Conflict {
  constructor() {
    super('connections.needs_attention', 'The platform no longer accepts this connection. Connect it again.');
  }
}

export class PlatformNotSupported extends NotFound {
  constructor() {
    super('connections.platform_not_supported', 'This platform cannot be connected.');
  }
}

/** The state of a sign-in at the platform is unknown, used or older than ten minutes. */
export class OAuthStateInvalid extends Invalid {
  constructor() {
    super('connections.state_invalid', 'This attempt to connect has ended. Start again.');
  }
}

export class ConnectionRefused extends Invalid {
  constructor() {
    super('connections.refused', 'The platform did not give its permission. Start again.');
  }
}

/** The platform did not answer, or answered with a fault of its own; the same call may work later. */
export class PlatformUnavailable extends Unavailable {
  constructor(platform: string, cause: unknown) {
    super('connections.platform_unavailable', `${platform} does not answer at this moment.`, { cause });
  }
}

/** An API call was answered 401: the access token is no longer good. Thrown by a platform's client. */
export class AccessTokenRefused extends Error {
  constructor() {
    super('The platform refused the access token.');
  }
}

/** The token endpoint refused the code or refresh token for good (RFC 6749, 5.2: invalid_grant). */
export class GrantRefused extends Error {
  constructor() {
    super('The platform refused the grant.');
  }
}
