/** What went wrong, from the caller's point of view. The api alone turns a kind into an HTTP status. */
export type ErrorKind =
  | 'invalid'
  | 'unauthenticated'
  | 'forbidden'
  | 'not_found'
  | 'conflict'
  | 'precondition_failed'
  | 'rule_violation'
  | 'too_many'
  | 'unavailable';

/** One fault of the input. */
export interface FieldError {
  /** JSON pointer (RFC 6901) into the request, such as "/price/amount". */
  readonly pointer: string;
  readonly code: string;
  readonly detail: string;
}

export interface DomainErrorOptions {
  /** A short summary that does not change from one occurrence to the next; by default the kind's. */
  readonly title?: string;
  /** What the caller can do about it. */
  readonly help?: string;
  /** Facts for programs: allowedActions, alternatives, currentEtag, retryAfterSeconds, … JSON values only. */
  readonly extensions?: Readonly<Record<string, unknown>>;
  readonly errors?: readonly FieldError[];
  readonly cause?: unknown;
  /**
   * Further extensions, worked out when the answer is written: the transaction has been rolled back by then, so
   * this may take time (alternatives) or write (a fresh quote) without holding a lock.
   */
  readonly afterRollback?: () => Promise<Readonly<Record<string, unknown>>>;
}

/**
 * An outcome the caller is told about (RFC 9457). Anything that is not a DomainError is a bug.
 * The code is stable, `<module>.<what>`; the message is shown to people and must hold nothing private.
 */
export abstract class DomainError extends Error {
  abstract readonly kind: ErrorKind;
  readonly code: string;
  readonly help: string | undefined;
  readonly extensions: Readonly<Record<string, unknown>>;
  readonly errors: readonly FieldError[];
  readonly afterRollback: DomainErrorOptions['afterRollback'];
  private readonly ownTitle: string | undefined;

  constructor(code: string, detail: string, options: DomainErrorOptions = {}) {
    super(detail, 'cause' in options ? { cause: options.cause } : undefined);
    this.name = new.target.name;
    this.code = code;
    this.help = options.help;
    this.extensions = options.extensions ?? {};
    this.errors = options.errors ?? [];
    this.afterRollback = options.afterRollback;
    this.ownTitle = options.title;
  }

  get title(): string {
    return this.ownTitle ?? KIND_TITLES[this.kind];
  }

  /** What happened this time, for people. */
  get detail(): string {
    return this.message;
  }
}

const KIND_TITLES: Record<ErrorKind, string> = {
  invalid: 'The request is not valid',
  unauthenticated: 'Sign-in is required',
  forbidden: 'This is not allowed',
  not_found: 'Not found',
  conflict: 'This conflicts with the present state',
  precondition_failed: 'This was changed in the meantime',
  rule_violation: 'A rule does not allow this',
  too_many: 'Too many requests',
  unavailable: 'Temporarily unavailable',
};

/** The request cannot be understood: a malformed or missing value. */
export class Invalid extends DomainError {
  readonly kind = 'invalid';
}

/** Nobody is signed in, or the proof of it is no longer good. */
export class Unauthenticated extends DomainError {
  readonly kind = 'unauthenticated';
}

/** The caller may know of the thing but not do this to it. For things of others use NotFound. */
export class Forbidden extends DomainError {
  readonly kind = 'forbidden';
}

/** There is no such thing, or it belongs to somebody else. */
export class NotFound extends DomainError {
  readonly kind = 'not_found';
}

/** The present state does not allow it, or somebody else was faster. */
export class Conflict extends DomainError {
  readonly kind = 'conflict';
}

/** The caller's version of the thing is not the present one. */
export class PreconditionFailed extends DomainError {
  readonly kind = 'precondition_failed';
}

/** The request is understood, but breaks a rule whatever the state. */
export class RuleViolation extends DomainError {
  readonly kind = 'rule_violation';
}

/** A limit is used up; `retryAfterSeconds` among the extensions says when to come back. */
export class TooMany extends DomainError {
  readonly kind = 'too_many';
}

/** Something this depends on is not answering; trying again later may help. */
export class Unavailable extends DomainError {
  readonly kind = 'unavailable';
}
