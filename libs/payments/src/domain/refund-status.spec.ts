import { mayMoveRefund, RETRYABLE_STATUSES, statusOfStripeRefund, type RefundStatus } from './refund-status';

const STATUSES: RefundStatus[] = ['pending', 'submitted', 'succeeded', 'failed', 'needs_attention'];

/** Rows: from; columns in the order of STATUSES; x: allowed. */
const TABLE: Record<RefundStatus, string> = {
  //               pe su ok fa at
  pending: '       .  x  x  x  x',
  submitted: '     .  .  x  x  x',
  succeeded: '     .  .  .  x  .',
  failed: '        x  .  .  .  .',
  needs_attention: 'x  x  x  x  .',
};

describe('moves of a refund (A95)', () => {
  const pairs = STATUSES.flatMap((from) =>
    TABLE[from]
      .trim()
      .split(/\s+/)
      .map((mark, index) => ({ from, to: STATUSES[index] ?? from, allowed: mark === 'x' })),
  );

  it('covers every pair', () => {
    expect(pairs).toHaveLength(STATUSES.length ** 2);
  });

  it.each(pairs)('$from → $to: $allowed', ({ from, to, allowed }) => {
    expect(mayMoveRefund(from, to)).toBe(allowed);
  });

  it('can be tried again from wherever a person is asked for', () => {
    for (const status of RETRYABLE_STATUSES) expect(mayMoveRefund(status, 'pending')).toBe(true);
  });
});

describe("what Stripe's status means", () => {
  it.each([
    ['pending', 'submitted'],
    ['requires_action', 'submitted'],
    [null, 'submitted'],
    ['succeeded', 'succeeded'],
    ['failed', 'failed'],
    ['canceled', 'failed'],
  ])('%s → %s', (status, expected) => {
    expect(statusOfStripeRefund(status)).toBe(expected);
  });

  it('does not guess at a status it does not know', () => {
    expect(() => statusOfStripeRefund('lost')).toThrow('lost');
  });
});
