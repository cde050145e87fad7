import { invalidRequest, resourceMissing, StripeError } from './stripe-error';
import type { StripeModel } from './stripe-model';
import type { DisputeReason } from './dispute-row';
import type { PaymentMethodRow } from './stripe-rows';
import { presentPaymentMethod } from './present-payments';

export interface Decline {
  code: string;
  declineCode: string;
  message: string;
}

export type RefundCourse = 'pending' | 'fails_later' | 'pending_then_fails';

/** What a card's bank does; a card without any of these pays at once. */
export interface CardBehaviour {
  /** When the bank asks the client to authenticate: at each payment, until saved for off-session use, or only on-session. */
  authentication?: 'always' | 'until_set_up' | 'on_session';
  /** Said once the authentication, where there is one, was passed. */
  decline?: Decline;
  /** The card can be saved although it declines when charged. */
  canBeSaved?: boolean;
  /** The payment stays `processing` for a while, then ends so. */
  processing?: 'succeeds' | 'fails';
  refund?: RefundCourse;
  dispute?: { reason: DisputeReason; isInquiry: boolean };
}

interface TestMethod {
  brand: string;
  last4: string;
  behaviour: CardBehaviour;
}

const visa = (last4: string, behaviour: CardBehaviour = {}): TestMethod => ({
  brand: 'visa',
  last4,
  behaviour,
});
const declined = (last4: string, declineCode: string, code: string, message: string): TestMethod =>
  visa(last4, { decline: { declineCode, code, message } });

const chargeDeclined = declined('0002', 'generic_decline', 'card_declined', 'Your card was declined.');
const insufficientFunds = declined(
  '9995',
  'insufficient_funds',
  'card_declined',
  'Your card has insufficient funds.',
);
const expiredCard = declined('0069', 'expired_card', 'expired_card', 'Your card has expired.');

/** Stripe's test payment methods (docs.stripe.com/testing) that the sandbox knows; `pm_sandbox_…` are its own. */
export const TEST_METHODS: Record<string, TestMethod> = {
  pm_card_visa: visa('4242'),
  pm_card_mastercard: { brand: 'mastercard', last4: '4444', behaviour: {} },
  pm_card_amex: { brand: 'amex', last4: '8431', behaviour: {} },
  pm_card_chargeDeclined: chargeDeclined,
  pm_card_visa_chargeDeclined: chargeDeclined,
  pm_card_chargeDeclinedInsufficientFunds: insufficientFunds,
  pm_card_visa_chargeDeclinedInsufficientFunds: insufficientFunds,
  pm_card_chargeDeclinedExpiredCard: expiredCard,
  pm_card_chargeDeclinedIncorrectCvc: declined(
    '0127',
    'incorrect_cvc',
    'incorrect_cvc',
    "Your card's security code is incorrect.",
  ),
  pm_card_chargeDeclinedProcessingError: declined(
    '0119',
    'processing_error',
    'processing_error',
    'An error occurred while processing your card. Try again in a little bit.',
  ),
  pm_card_chargeCustomerFail: visa('0341', { ...chargeDeclined.behaviour, canBeSaved: true }),
  pm_card_authenticationRequired: visa('3184', { authentication: 'always' }),
  pm_card_authenticationRequiredOnSetup: visa('3155', { authentication: 'until_set_up' }),
  pm_card_authenticationRequiredSetupForOffSession: visa('0446', { authentication: 'on_session' }),
  pm_card_authenticationRequiredChargeDeclinedInsufficientFunds: visa('3178', {
    ...insufficientFunds.behaviour,
    authentication: 'always',
    canBeSaved: true,
  }),
  pm_card_pendingRefund: visa('7726', { refund: 'pending' }),
  pm_card_refundFail: visa('5126', { refund: 'fails_later' }),
  pm_card_createDispute: visa('0259', { dispute: { reason: 'fraudulent', isInquiry: false } }),
  pm_card_createDisputeProductNotReceived: visa('2685', {
    dispute: { reason: 'product_not_received', isInquiry: false },
  }),
  pm_card_createDisputeInquiry: visa('1976', { dispute: { reason: 'fraudulent', isInquiry: true } }),
  pm_sandbox_processing: visa('4242', { processing: 'succeeds' }),
  pm_sandbox_processingFails: visa('4242', {
    ...chargeDeclined.behaviour,
    processing: 'fails',
    canBeSaved: true,
  }),
  pm_sandbox_pendingRefundFails: visa('4242', { refund: 'pending_then_fails' }),
};

export function behaviourOf(method: PaymentMethodRow): CardBehaviour {
  return TEST_METHODS[method.testId]?.behaviour ?? {};
}

/** Would the bank ask the client now? @param isOffSession the client is not there to answer */
export function needsAuthentication(method: PaymentMethodRow, isOffSession: boolean): boolean {
  switch (behaviourOf(method).authentication) {
    case 'always':
      return true;
    case 'until_set_up':
      return !(isOffSession && method.isSetUpOffSession);
    case 'on_session':
      return !isOffSession;
    case undefined:
      return false;
  }
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

/**
 * The payment method of an id, if it may be used for this customer.
 *
 * @throws StripeError 404 for an unknown id; 400 when it is another customer's, or was used up or detached
 */
export function usablePaymentMethod(
  model: StripeModel,
  id: string,
  customer: string | null,
): PaymentMethodRow {
  const method = findPaymentMethod(model, id);
  if (method.isSpent) {
    throw invalidRequest(
      'The provided PaymentMethod was previously used with a PaymentIntent without Customer attachment, or was detached from a Customer. It may not be used again.',
      'payment_method',
    );
  }
  if (method.customer && method.customer !== customer) {
    throw invalidRequest(
      `The payment method supplied (${method.id}) belongs to the Customer ${method.customer}. Please include that Customer in the \`customer\` parameter.`,
      'payment_method',
    );
  }
  return method;
}

/**
 * A bank that declines also refuses to have the card saved, unless it only declines later.
 *
 * @throws StripeError 402 `card_error`
 */
export function assertCanBeSaved(method: PaymentMethodRow): void {
  const { decline, canBeSaved } = behaviourOf(method);
  if (!decline || canBeSaved) return;
  throw new StripeError(402, {
    type: 'card_error',
    code: decline.code,
    decline_code: decline.declineCode,
    message: decline.message,
    payment_method: presentPaymentMethod(method),
  });
}
