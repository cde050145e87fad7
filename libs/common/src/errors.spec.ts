import {
  Conflict,
  DomainError,
  Forbidden,
  Invalid,
  NotFound,
  PreconditionFailed,
  RuleViolation,
  TooMany,
  Unauthenticated,
  Unavailable,
} from './errors';

describe('domain errors', () => {
  it.each([
    [Invalid, 'invalid'],
    [Unauthenticated, 'unauthenticated'],
    [Forbidden, 'forbidden'],
    [NotFound, 'not_found'],
    [Conflict, 'conflict'],
    [PreconditionFailed, 'precondition_failed'],
    [RuleViolation, 'rule_violation'],
    [TooMany, 'too_many'],
    [Unavailable, 'unavailable'],
  ])('%p is of kind %s', (ErrorClass, kind) => {
    const error = new ErrorClass('things.code', 'What happened.');
    expect(error).toBeInstanceOf(DomainError);
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({
      kind,
      code: 'things.code',
      detail: 'What happened.',
      extensions: {},
      errors: [],
    });
    expect(error.title.length).toBeGreaterThan(0);
    expect(error.name).toBe(ErrorClass.name);
  });

  it('carries what programs and people need', () => {
    const cause = new Error('unique violation');
    const error = new Conflict('sessions.slot_taken', 'Somebody was faster.', {
      title: 'The time is taken',
      help: 'Choose another time.',
      extensions: { alternatives: ['2026-03-28T09:00:00Z'] },
      errors: [{ pointer: '/startsAt', code: 'taken', detail: 'is taken' }],
      cause,
    });
    expect(error).toMatchObject({
      title: 'The time is taken',
      help: 'Choose another time.',
      extensions: { alternatives: ['2026-03-28T09:00:00Z'] },
      errors: [{ pointer: '/startsAt', code: 'taken', detail: 'is taken' }],
      cause,
    });
  });

  it('is a base for errors of modules', () => {
    class SessionNotCancellable extends Conflict {
      constructor(state: string) {
        super('sessions.not_cancellable', `A session that is ${state} cannot be cancelled.`, {
          extensions: { allowedActions: [] },
        });
      }
    }
    const error = new SessionNotCancellable('completed');
    expect(error.name).toBe('SessionNotCancellable');
    expect(error.kind).toBe('conflict');
    expect(error.message).toBe('A session that is completed cannot be cancelled.');
    expect(String(error.stack)).toContain('SessionNotCancellable');
  });
});
