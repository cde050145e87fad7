import { resourceMissing } from './stripe-error';
import type { StripeModel } from './stripe-model';
import type { PaymentMethodRow } from './stripe-rows';

export type CardBehaviour =
  | { kind: 'succeeds'; refund?: 'pending' | 'fails_later' }
  | { kind: 'declined'; declineCode: string; code: string; message: string }
  | { kind: 'needs_authentication' }
  /** Not one of Stripe's cards: stands for methods whose payment stays `processing` for a while. */
  | { kind: 'processing' };

interface TestMethod {
  brand: string;
  last4: string;
  behaviour: CardBehaviour;
}

const declined = (last4: string, declineCode: string, code: string, message: string): TestMethod => ({
  brand: 'visa',
  last4,
  behaviour: { kind: 'declined', declineCode, code, message },
});
const chargeDeclined = declined('0002', 'generic_decline', 'card_declined', 'Your card was declined.');
const insufficientFunds = declined(
  '9995',
  'insufficient_funds',
  'card_declined',
  'Your card has insufficient funds.',
);

/** Stripe's test payment methods (docs.stripe.com/testing) that the sandbox knows. */
export const TEST_METHODS: Record<string, TestMethod> = {
  pm_card_visa: { brand: 'visa', last4: '4242', behaviour: { kind: 'succeeds' } },
  pm_card_mastercard: { brand: 'mastercard', last4: '4444', behaviour: { kind: 'succeeds' } },
  pm_card_amex: { brand: 'amex', last4: '8431', behaviour: { kind: 'succeeds' } },
  pm_card_chargeDeclined: chargeDeclined,
  pm_card_visa_chargeDeclined: chargeDeclined,
  pm_card_chargeDeclinedInsufficientFunds: insufficientFunds,
  pm_card_visa_chargeDeclinedInsufficientFunds: insufficientFunds,
  pm_card_chargeDeclinedExpiredCard: declined(
    '0069',
    'expired_card',
    'expired_card',
    'Your card has expired.',
  ),
  pm_card_authenticationRequired: {
    brand: 'visa',
    last4: '3184',
    behaviour: { kind: 'needs_authentication' },
  },
  pm_card_pendingRefund: { brand: 'visa', last4: '7726', behaviour: { kind: 'succeeds', refund: 'pending' } },
  pm_card_refundFail: {
    brand: 'visa',
    last4: '5126',
    behaviour: { kind: 'succeeds', refund: 'fails_later' },
  },
  pm_sandbox_processing: { brand: 'visa', last4: '4242', behaviour: { kind: 'processing' } },
};

export function behaviourOf(method: PaymentMethodRow): CardBehaviour {
  return TEST_METHODS[method.testId]?.behaviour ?? { kind: 'succeeds' };
}

/**
 * The stored payment method of an id. A test id makes a new one, as at Stripe.
 *
 * @throws StripeError 404 for an unknown id
 */
export function findPaymentMethod(model: StripeModel, id: string): PaymentMethodRow {
  const stored = model.tables.paymentMethods.get(id);
  if (stored) return stored;
  const test = TEST_METHODS[id];
  if (!test) throw resourceMissing('PaymentMethod', id, 'payment_method');
  return model.tables.paymentMethods.put({
    id: model.ids.text('pm_1'),
    created: model.clock.nowSeconds(),
    testId: id,
    brand: test.brand,
    last4: test.last4,
    customer: null,
    metadata: {},
  });
}
