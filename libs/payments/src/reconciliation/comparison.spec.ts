import {
  differencesOf,
  type OurRefund,
  type OurSide,
  type TheirPayment,
  type TheirRefund,
  type TheirSide,
} from './comparison';

const NOW = new Date('2026-11-20T10:00:00Z');
const LONG_AGO = new Date('2026-11-01T10:00:00Z');
const KEPT = { amountMinor: 320, currency: 'EUR' };
const OWN = { coachId: 'coach', id: 'payment' };

const ours = (change: Partial<OurSide> = {}): OurSide => ({
  coachId: 'coach',
  id: 'payment',
  intentId: 'pi_1',
  status: 'paid',
  amountMinor: 10_000,
  capturedMinor: 10_000,
  currency: 'EUR',
  feeReturnedMinor: 0,
  transferReversedMinor: 0,
  processingFee: KEPT,
  refunds: [],
  disputes: [],
  changedAt: LONG_AGO,
  ...change,
});
const payment = (change: Partial<TheirPayment> = {}): TheirPayment => ({
  own: OWN,
  status: 'paid',
  receivedMinor: 10_000,
  currency: 'EUR',
  refundedMinor: 0,
  feeReturnedMinor: 0,
  transferReversedMinor: 0,
  processingFee: KEPT,
  ...change,
});
const theirs = (change: Partial<TheirSide> = {}): TheirSide => ({
  intentId: 'pi_1',
  payment: payment(),
  refunds: [],
  disputes: [],
  madeAt: LONG_AGO,
  ...change,
});
const ourRefund = (change: Partial<OurRefund> = {}): OurRefund => ({
  id: 'refund',
  stripeRefundId: 're_1',
  attempt: 1,
  status: 'succeeded',
  amountMinor: 4_000,
  currency: 'EUR',
  requestedAt: LONG_AGO,
  ...change,
});
const theirRefund = (change: Partial<TheirRefund> = {}): TheirRefund => ({
  id: 're_1',
  own: { coachId: 'coach', id: 'refund' },
  attempt: 1,
  status: 'succeeded',
  amountMinor: 4_000,
  currency: 'EUR',
  ...change,
});

const kinds = (mine: OurSide | undefined, stripes: TheirSide): string[] =>
  differencesOf(mine, stripes, NOW).map(({ kind, objectId }) => `${kind} ${objectId}`);
const unpaid = { status: 'requires_payment', capturedMinor: 0 } as const;

describe('what differs between both sides of a payment', () => {
  it.each<[string, OurSide | undefined, TheirSide, string[]]>([
    ['nothing', ours(), theirs(), []],
    [
      'nothing of a payment under way',
      ours(unpaid),
      theirs({ payment: payment({ status: 'processing' }) }),
      [],
    ],
    ['paid there alone', ours(unpaid), theirs(), ['payment_paid_unknown pi_1']],
    [
      'paid there though it was called off here',
      ours({ status: 'canceled', capturedMinor: 0 }),
      theirs(),
      ['payment_paid_unknown pi_1'],
    ],
    [
      'paid there, not yet known by its PaymentIntent',
      ours({ ...unpaid, intentId: null }),
      theirs(),
      ['payment_paid_unknown pi_1'],
    ],
    [
      'another amount',
      ours(),
      theirs({ payment: payment({ receivedMinor: 9_999 }) }),
      ['payment_amount pi_1'],
    ],
    ['another currency', ours(), theirs({ payment: payment({ currency: 'USD' }) }), ['payment_amount pi_1']],
    [
      'another amount, not known here',
      ours(unpaid),
      theirs({ payment: payment({ receivedMinor: 1 }) }),
      ['payment_amount pi_1'],
    ],
    [
      'paid here alone',
      ours(),
      theirs({ payment: payment({ status: 'requires_payment', receivedMinor: 0 }) }),
      ['payment_not_paid_there pi_1'],
    ],
    [
      'canceled there alone',
      ours(unpaid),
      theirs({ payment: payment({ status: 'canceled', receivedMinor: 0 }) }),
      ['payment_canceled_unknown pi_1'],
    ],
    [
      'canceled here alone',
      ours({ ...unpaid, status: 'canceled' }),
      theirs({ payment: payment({ status: 'failed', receivedMinor: 0 }) }),
      ['payment_open_there pi_1'],
    ],
    ['not there', ours(), theirs({ payment: undefined }), ['payment_missing_there pi_1']],
    ['not here', undefined, theirs(), ['payment_unknown_here pi_1']],
    ['not here, and not ours', undefined, theirs({ payment: payment({ own: undefined }) }), []],
    ['not here, not paid', undefined, theirs({ payment: payment({ status: 'failed' }) }), []],
    ['not here, given back', undefined, theirs({ payment: payment({ refundedMinor: 10_000 }) }), []],
    ['a second capture of it', ours(), theirs({ intentId: 'pi_2' }), ['payment_charged_twice pi_2']],
    [
      'a second capture, given back',
      ours(),
      theirs({ intentId: 'pi_2', payment: payment({ refundedMinor: 10_000 }) }),
      [],
    ],
    [
      'a processing fee that is not booked',
      ours({ processingFee: null }),
      theirs(),
      ['processing_fee_unknown_here pi_1'],
    ],
    [
      'another processing fee',
      ours({ processingFee: { ...KEPT, amountMinor: 319 } }),
      theirs(),
      ['processing_fee pi_1'],
    ],
    [
      'a processing fee in another currency',
      ours({ processingFee: { ...KEPT, currency: 'USD' } }),
      theirs(),
      ['processing_fee pi_1'],
    ],
    [
      'no processing fee, which is not booked',
      ours({ processingFee: null }),
      theirs({ payment: payment({ processingFee: { ...KEPT, amountMinor: 0 } }) }),
      [],
    ],
    [
      'a processing fee of which Stripe does not say yet',
      ours(),
      theirs({ payment: payment({ processingFee: null }) }),
      [],
    ],
    ['a refund made there', ours(), theirs({ refunds: [theirRefund()] }), ['refund_unknown_here re_1']],
    ['an attempt that was given up', ours(), theirs({ refunds: [theirRefund({ status: 'failed' })] }), []],
    [
      'a refund under way, known by our id',
      ours({ refunds: [ourRefund({ stripeRefundId: null, status: 'pending', requestedAt: NOW })] }),
      theirs({ refunds: [theirRefund()] }),
      ['refund_state re_1'],
    ],
    [
      'a refund of an earlier attempt',
      ours({
        refunds: [ourRefund({ stripeRefundId: null, attempt: 2, status: 'pending', requestedAt: NOW })],
      }),
      theirs({ refunds: [theirRefund()] }),
      ['refund_unknown_here re_1'],
    ],
    [
      'a refund that failed later',
      ours({ refunds: [ourRefund()] }),
      theirs({ refunds: [theirRefund({ status: 'failed' })] }),
      ['refund_failed_unknown re_1'],
    ],
    [
      'a refund of another amount',
      ours({ refunds: [ourRefund()] }),
      theirs({ refunds: [theirRefund({ amountMinor: 4_001 })] }),
      ['refund_amount re_1'],
    ],
    ['a refund that is not there', ours({ refunds: [ourRefund()] }), theirs(), ['refund_missing_there re_1']],
    [
      'a refund not sent for a day',
      ours({ refunds: [ourRefund({ stripeRefundId: null, status: 'pending' })] }),
      theirs(),
      ['refund_not_sent refund'],
    ],
    [
      'a refund not sent yet',
      ours({ refunds: [ourRefund({ stripeRefundId: null, status: 'pending', requestedAt: NOW })] }),
      theirs(),
      [],
    ],
    [
      'a refund that waits for the bank',
      ours({
        refunds: [ourRefund({ stripeRefundId: null, status: 'pending' })],
        disputes: [{ stripeDisputeId: 'dp_1', status: 'needs_response', isUnderWay: true }],
      }),
      theirs({ disputes: [{ id: 'dp_1', status: 'needs_response' }] }),
      [],
    ],
    [
      'a fee given back there',
      ours(),
      theirs({ payment: payment({ feeReturnedMinor: 1 }) }),
      ['fee_returned pi_1'],
    ],
    [
      'a transfer taken back there',
      ours(),
      theirs({ payment: payment({ transferReversedMinor: 1 }) }),
      ['transfer_reversed pi_1'],
    ],
    [
      'no sums while a refund is under way',
      ours({ refunds: [ourRefund({ status: 'submitted' })] }),
      theirs({
        payment: payment({ feeReturnedMinor: 600 }),
        refunds: [theirRefund({ status: 'submitted' })],
      }),
      [],
    ],
    [
      'no sums beside what explains them',
      ours(),
      theirs({ payment: payment({ feeReturnedMinor: 600 }), refunds: [theirRefund()] }),
      ['refund_unknown_here re_1'],
    ],
    [
      'a dispute not known here',
      ours(),
      theirs({ disputes: [{ id: 'dp_1', status: 'needs_response' }] }),
      ['dispute_unknown_here dp_1'],
    ],
    [
      'a dispute that stands elsewhere',
      ours({ disputes: [{ stripeDisputeId: 'dp_1', status: 'needs_response', isUnderWay: true }] }),
      theirs({ disputes: [{ id: 'dp_1', status: 'lost' }] }),
      ['dispute_state dp_1'],
    ],
    [
      'a dispute that is not there',
      ours({ disputes: [{ stripeDisputeId: 'dp_1', status: 'lost', isUnderWay: false }] }),
      theirs(),
      ['dispute_missing_there dp_1'],
    ],
  ])('%s', (_, mine, stripes, expected) => {
    expect(kinds(mine, stripes)).toEqual(expected);
  });

  it('tells all that differs of one payment', () => {
    expect(
      kinds(
        ours(unpaid),
        theirs({ refunds: [theirRefund()], disputes: [{ id: 'dp_1', status: 'needs_response' }] }),
      ),
    ).toEqual(['payment_paid_unknown pi_1', 'refund_unknown_here re_1', 'dispute_unknown_here dp_1']);
  });
});
