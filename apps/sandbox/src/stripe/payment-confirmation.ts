import { chargeDeclined, chargeSucceeded } from './charges';
import { tellCheckoutOfPayment } from './checkout-outcome';
import { emit } from './events';
import { presentPaymentIntent, presentPaymentMethod } from './present-payments';
import { invalidRequest, StripeError } from './stripe-error';
import type { StripeModel } from './stripe-model';
import type { PaymentIntentRow, PaymentIntentStatus, PaymentMethodRow } from './stripe-rows';
import { behaviourOf, needsAuthentication, usablePaymentMethod, type Decline } from './test-methods';

export interface ConfirmParameters {
  payment_method?: string;
  off_session?: boolean;
  error_on_requires_action?: boolean;
  receipt_email?: string;
  return_url?: string;
  setup_future_usage?: string;
}

export const CONFIRMABLE: readonly PaymentIntentStatus[] = [
  'requires_payment_method',
  'requires_confirmation',
  'requires_action',
];

const AUTHENTICATION_REQUIRED: Decline = {
  code: 'authentication_required',
  declineCode: 'authentication_required',
  message: 'Your card was declined. This transaction requires authentication.',
};

/**
 * Tries to take the money, as the API's confirm and a browser with the client secret both do.
 *
 * @throws StripeError 402 `card_error` when the card declines or (off-session) needs authentication
 */
export function confirmPaymentIntent(
  model: StripeModel,
  row: PaymentIntentRow,
  body: ConfirmParameters,
): PaymentIntentRow {
  if (!CONFIRMABLE.includes(row.status)) throw unexpectedState(model, row, 'confirm');
  const methodId = methodToConfirm(row, body);
  const method = usablePaymentMethod(model, methodId, row.customer);
  row.payment_method = method.id;
  row.receipt_email = body.receipt_email ?? row.receipt_email;
  row.setup_future_usage = body.setup_future_usage ?? row.setup_future_usage;
  row.last_payment_error = null;
  save(model, row);
  return attemptPayment(model, row, method, body);
}

/**
 * The payment method a confirmation would use.
 *
 * @throws StripeError 400 without one, or when a redirect might happen and nobody said where to return
 */
export function methodToConfirm(row: PaymentIntentRow, body: ConfirmParameters): string {
  const methodId = body.payment_method ?? row.payment_method;
  if (!methodId) {
    throw invalidRequest(
      "You cannot confirm this PaymentIntent because it's missing a payment method.",
      'payment_method',
      'payment_intent_unexpected_state',
    );
  }
  const methods = row.automatic_payment_methods;
  if (methods?.enabled && methods.allow_redirects !== 'never' && !body.return_url) {
    throw invalidRequest(
      'This PaymentIntent might redirect your customer, so you must provide a `return_url`. Or set automatic_payment_methods[allow_redirects] to never.',
      'return_url',
    );
  }
  return methodId;
}

function attemptPayment(
  model: StripeModel,
  row: PaymentIntentRow,
  method: PaymentMethodRow,
  body: ConfirmParameters,
): PaymentIntentRow {
  if (!needsAuthentication(method, body.off_session === true)) return carryOut(model, row, method);
  if (body.off_session || body.error_on_requires_action) {
    throw refuse(model, row, method, AUTHENTICATION_REQUIRED);
  }
  row.status = 'requires_action';
  save(model, row);
  emit(model, 'payment_intent.requires_action', presentPaymentIntent(row, model));
  return row;
}

/** What the bank does once it need not ask the client. */
function carryOut(model: StripeModel, row: PaymentIntentRow, method: PaymentMethodRow): PaymentIntentRow {
  const { processing, decline } = behaviourOf(method);
  if (processing) return process(model, row, processing);
  if (decline) throw refuse(model, row, method, decline);
  return succeed(model, row, method);
}

function process(model: StripeModel, row: PaymentIntentRow, end: 'succeeds' | 'fails'): PaymentIntentRow {
  row.status = 'processing';
  save(model, row);
  emit(model, 'payment_intent.processing', presentPaymentIntent(row, model));
  model.tables.due.put({
    id: model.ids.text('due_'),
    dueAt: model.clock.nowSeconds() + model.settings.processingSeconds,
    action: end === 'fails' ? 'fail_payment' : 'succeed_payment',
    subject: row.id,
  });
  tellCheckoutOfPayment(model, row);
  return row;
}

/** A processing payment arrives, or the client passed the bank's authentication. */
export function succeed(
  model: StripeModel,
  row: PaymentIntentRow,
  method: PaymentMethodRow,
): PaymentIntentRow {
  row.status = 'succeeded';
  row.latest_charge = chargeSucceeded(model, row, method).id;
  keepMethod(model, row, method);
  save(model, row);
  emit(model, 'payment_intent.succeeded', presentPaymentIntent(row, model));
  tellCheckoutOfPayment(model, row);
  return row;
}

/** After a payment the card is the customer's, if that was asked for; one of nobody cannot be used again. */
function keepMethod(model: StripeModel, row: PaymentIntentRow, method: PaymentMethodRow): void {
  if (row.setup_future_usage && row.customer) {
    method.customer = row.customer;
    if (row.setup_future_usage === 'off_session') method.isSetUpOffSession = true;
  }
  method.isSpent = method.customer === null;
  model.tables.paymentMethods.put(method);
}

/** A processing payment did not arrive. */
export function failProcessing(model: StripeModel, row: PaymentIntentRow, method: PaymentMethodRow): void {
  const { decline } = behaviourOf(method);
  if (decline) refuse(model, row, method, decline);
}

function refuse(
  model: StripeModel,
  row: PaymentIntentRow,
  method: PaymentMethodRow,
  decline: Decline,
): StripeError {
  const charge = chargeDeclined(model, row, method, decline);
  row.status = 'requires_payment_method';
  row.latest_charge = charge.id;
  row.payment_method = null;
  row.last_payment_error = {
    code: decline.code,
    decline_code: decline.declineCode,
    message: decline.message,
    charge: charge.id,
    paymentMethod: method.id,
  };
  save(model, row);
  emit(model, 'payment_intent.payment_failed', presentPaymentIntent(row, model));
  tellCheckoutOfPayment(model, row);
  return new StripeError(402, {
    type: 'card_error',
    code: decline.code,
    decline_code: decline.declineCode,
    message: decline.message,
    charge: charge.id,
    payment_intent: presentPaymentIntent(row, model),
    payment_method: presentPaymentMethod(method),
  });
}

/**
 * The client answered the bank's challenge: with success the payment goes on, without it the method is dropped.
 *
 * @throws StripeError 402 when the bank declines although the client authenticated; 400 when nobody was asked
 */
export function authenticatePaymentIntent(
  model: StripeModel,
  row: PaymentIntentRow,
  isPassed: boolean,
): PaymentIntentRow {
  const method = row.payment_method ? model.tables.paymentMethods.get(row.payment_method) : undefined;
  if (row.status !== 'requires_action' || !method) throw unexpectedState(model, row, 'authenticate');
  if (isPassed) return carryOut(model, row, method);
  row.status = 'requires_payment_method';
  row.payment_method = null;
  row.last_payment_error = {
    code: 'payment_intent_authentication_failure',
    message:
      'We are unable to authenticate your payment method. Please choose a different payment method and try again.',
    paymentMethod: method.id,
  };
  save(model, row);
  emit(model, 'payment_intent.payment_failed', presentPaymentIntent(row, model));
  return row;
}

export function unexpectedState(model: StripeModel, row: PaymentIntentRow, act: string): StripeError {
  return new StripeError(400, {
    type: 'invalid_request_error',
    code: 'payment_intent_unexpected_state',
    message: `You cannot ${act} this PaymentIntent because it has a status of ${row.status}.`,
    payment_intent: presentPaymentIntent(row, model),
  });
}

function save(model: StripeModel, row: PaymentIntentRow): PaymentIntentRow {
  return model.tables.paymentIntents.put(row);
}
