import {
  defaultChoice,
  effectivePercent,
  refundDue,
  RefundOutOfRange,
  type CancellationMoney,
} from './cancellation';

const paid: CancellationMoney = {
  by: 'coach',
  choice: 'full',
  priceMinor: 10_000,
  capturedMinor: 10_000,
  refundedMinor: 0,
  currency: 'EUR',
  policyPercent: 50,
  refundCapPercent: null,
};

describe('what a cancellation gives back', () => {
  it.each<[string, Partial<CancellationMoney>, number]>([
    ['A84 full gives back all', {}, 10_000],
    ['A84 full gives back what is left', { refundedMinor: 2_500 }, 7_500],
    ['A86 none gives back nothing', { choice: 'none' }, 0],
    ['policy at 50 %', { choice: 'policy' }, 5_000],
    ['policy at 0 %', { choice: 'policy', policyPercent: 0 }, 0],
    ['policy at 100 %', { choice: 'policy', policyPercent: 100 }, 10_000],
    ['policy counts what went back before', { choice: 'policy', refundedMinor: 2_000 }, 3_000],
    ['policy never takes back a goodwill refund', { choice: 'policy', refundedMinor: 8_000 }, 0],
    ['policy rounds half up', { choice: 'policy', priceMinor: 101, capturedMinor: 101 }, 51],
    [
      'a move by the client caps the client',
      { by: 'client', choice: 'policy', policyPercent: 100, refundCapPercent: 0 },
      0,
    ],
    [
      'a move by the client does not cap the coach',
      { choice: 'policy', policyPercent: 100, refundCapPercent: 0 },
      10_000,
    ],
    ['A85 partial by amount', { choice: 'partial', amountMinor: 1 }, 1],
    ['A85 partial by percent', { choice: 'partial', percent: 33 }, 3_300],
    ['A85 partial may be all that is left', { choice: 'partial', amountMinor: 10_000 }, 10_000],
    [
      'yen have no cents',
      { choice: 'policy', currency: 'JPY', priceMinor: 1_001, capturedMinor: 1_001 },
      501,
    ],
    [
      'dinars go in steps of ten',
      { choice: 'policy', currency: 'KWD', priceMinor: 10_010, capturedMinor: 10_010 },
      5_010,
    ],
    ['nothing captured gives nothing back', { capturedMinor: 0 }, 0],
  ])('%s', (_title, change, expected) => {
    expect(refundDue({ ...paid, ...change })).toBe(expected);
  });

  it.each<[string, Partial<CancellationMoney>]>([
    ['nothing named', { choice: 'partial' }],
    ['zero', { choice: 'partial', amountMinor: 0 }],
    ['more than is left', { choice: 'partial', amountMinor: 9_000, refundedMinor: 2_000 }],
  ])('A85 refuses a partial refund: %s', (_title, change) => {
    expect(() => refundDue({ ...paid, ...change })).toThrow(RefundOutOfRange);
  });

  it('follows the policy when the client asks, and gives all back when the coach cancels', () => {
    expect([defaultChoice('client'), defaultChoice('coach'), defaultChoice('admin')]).toEqual([
      'policy',
      'full',
      'full',
    ]);
  });

  it('shows the percent that really applies', () => {
    expect(effectivePercent({ by: 'client', policyPercent: 100, refundCapPercent: 50 })).toBe(50);
    expect(effectivePercent({ by: 'client', policyPercent: 25, refundCapPercent: 50 })).toBe(25);
    expect(effectivePercent({ by: 'coach', policyPercent: 100, refundCapPercent: 50 })).toBe(100);
  });
});
