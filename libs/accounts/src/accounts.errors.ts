import { NotFound, PreconditionFailed, RuleViolation, Unauthenticated } from '@app/common';

/** The same for an unknown address, a wrong password and a disabled account. */
export class InvalidCredentials extends Unauthenticated {
  constructor() {
    super('auth.invalid_credentials', 'E-mail and password do not match an account.');
  }
}

/** The same for a refresh token that never was, has ended or was used before. */
export class SessionEnded extends Unauthenticated {
  constructor() {
    super('auth.refresh_invalid', 'This sign-in has ended. Sign in again.');
  }
}

export class LinkSpent extends RuleViolation {
  constructor() {
    super('auth.link_invalid', 'This link has expired or was used already. Ask for a new one.');
  }
}

/** Also the answer for somebody else's client: ids cannot be probed. */
export class ClientNotFound extends NotFound {
  constructor() {
    super('clients.not_found', 'There is no such client.');
  }
}

export class VersionMismatch extends PreconditionFailed {
  constructor(currentVersion: number) {
    super('http.version_mismatch', 'This was changed meanwhile. Read it again, then repeat the change.', {
      extensions: { currentEtag: `"${currentVersion}"` },
    });
  }
}

/** @throws VersionMismatch when the caller named a version that is not the present one */
export function assertVersion(expected: number | undefined, current: number): void {
  if (expected !== undefined && expected !== current) throw new VersionMismatch(current);
}
