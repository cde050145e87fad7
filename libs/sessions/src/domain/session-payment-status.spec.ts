import type { SessionPaymentStatus } from '../session-record';
import { netMinor, sessionPaymentStatus, type PaymentFacts } from './session-payment-status';

const paid: PaymentFacts = {
  status: 'paid',
  capturedMinor: 10_000,
  refundedMinor: 0,
  applicationFeeMinor: 1_000,
  feeReturnedMinor: 0,
  openRefunds: 0,
  failedRefunds: 0,
  disputeTakenMinor: 0,
};

describe('A34 A136 the one payment status that a session shows', () => {
  it.each<[string, Partial<PaymentFacts>, SessionPaymentStatus]>([
    ['waiting for the card', { status: 'requires_payment' }, 'unpaid'],
    ['called off unpaid', { status: 'canceled' }, 'unpaid'],
    ['under way', { status: 'processing' }, 'processing'],
    ['declined', { status: 'failed' }, 'failed'],
    ['paid', {}, 'paid'],
    ['a refund asked for', { openRefunds: 1 }, 'refund_pending'],
    ['half given back', { status: 'partially_refunded', refundedMinor: 5_000 }, 'partially_refunded'],
    ['all given back', { status: 'refunded', refundedMinor: 10_000 }, 'refunded'],
    ['a refund failed, another is open', { failedRefunds: 1, openRefunds: 1 }, 'refund_failed'],
    [
      'a refund failed, all has arrived by others',
      { status: 'refunded', refundedMinor: 10_000, failedRefunds: 1 },
      'refunded',
    ],
    ['disputed', { status: 'disputed', openRefunds: 1 }, 'disputed'],
  ])('%s', (_title, change, expected) => {
    expect(sessionPaymentStatus('card', { ...paid, ...change })).toBe(expected);
  });

  it('needs no payment when free or from a package, and is unpaid before there is one', () => {
    expect(sessionPaymentStatus('free', undefined)).toBe('free');
    expect(sessionPaymentStatus('package', undefined)).toBe('covered_by_package');
    expect(sessionPaymentStatus('card', undefined)).toBe('unpaid');
  });

  it.each<[string, Partial<PaymentFacts> | undefined, number]>([
    ['nothing yet', undefined, 0],
    ['not captured', { capturedMinor: 0 }, 0],
    ['captured less fee', {}, 9_000],
    ['half refunded with half the fee', { refundedMinor: 5_000, feeReturnedMinor: 500 }, 4_500],
    ['all refunded with the fee', { refundedMinor: 10_000, feeReturnedMinor: 1_000 }, 0],
  ])('A139 net: %s', (_title, change, expected) => {
    expect(netMinor(change === undefined ? undefined : { ...paid, ...change })).toBe(expected);
  });
});
