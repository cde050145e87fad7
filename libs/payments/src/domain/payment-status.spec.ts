import {
  isUnpaid,
  mayMovePayment,
  PAYMENT_MOVES,
  settledStatus,
  statusOfIntent,
  type PaymentStatus,
} from './payment-status';

const STATUSES: PaymentStatus[] = [
  'requires_payment',
  'processing',
  'paid',
  'failed',
  'canceled',
  'partially_refunded',
  'refunded',
  'disputed',
];

/** Rows: from; columns in the order of STATUSES; x: allowed. */
const TABLE: Record<PaymentStatus, string> = {
  //                   rq pr pa fa ca pt rf di
  requires_payment: '   .  x  x  x  x  .  .  .',
  processing: '         .  .  x  x  x  .  .  .',
  paid: '               .  .  .  .  .  x  x  x',
  failed: '             x  x  x  .  x  .  .  .',
  canceled: '           .  .  x  .  .  .  .  .',
  partially_refunded: ' .  .  x  .  .  .  x  x',
  refunded: '           .  .  x  .  .  x  .  x',
  disputed: '           .  .  x  .  .  x  x  .',
};

describe('moves of a payment', () => {
  const pairs = STATUSES.flatMap((from) =>
    TABLE[from]
      .trim()
      .split(/\s+/)
      .map((mark, index) => ({ from, to: STATUSES[index] ?? from, allowed: mark === 'x' })),
  );

  it('covers every pair', () => {
    expect(pairs).toHaveLength(STATUSES.length ** 2);
    expect(Object.keys(PAYMENT_MOVES).toSorted()).toEqual(STATUSES.toSorted());
  });

  it.each(pairs)('$from → $to: $allowed', ({ from, to, allowed }) => {
    expect(mayMovePayment(from, to)).toBe(allowed);
  });

  it('never lets what was paid become unpaid', () => {
    for (const from of STATUSES.filter((status) => !isUnpaid(status))) {
      for (const to of STATUSES.filter(isUnpaid)) expect(mayMovePayment(from, to)).toBe(false);
    }
  });
});

describe('what a PaymentIntent means', () => {
  it.each([
    ['requires_payment_method', false, 'requires_payment'],
    ['requires_payment_method', true, 'failed'],
    ['requires_confirmation', false, 'requires_payment'],
    ['requires_action', false, 'requires_payment'],
    ['processing', false, 'processing'],
    ['succeeded', false, 'paid'],
    ['succeeded', true, 'paid'],
    ['canceled', true, 'canceled'],
  ])('%s (error: %s) → %s', (status, hasError, expected) => {
    expect(statusOfIntent(status, hasError)).toBe(expected);
  });

  it('does not guess at a status it does not know', () => {
    expect(() => statusOfIntent('teleported', false)).toThrow('teleported');
  });
});

describe('status after refunds', () => {
  it.each([
    [10_000, 0, 'paid'],
    [10_000, 1, 'partially_refunded'],
    [10_000, 9_999, 'partially_refunded'],
    [10_000, 10_000, 'refunded'],
  ])('%i captured, %i given back → %s', (captured, refunded, expected) => {
    expect(settledStatus(captured, refunded)).toBe(expected);
  });
});
