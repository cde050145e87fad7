import type { CheckoutPaymentData, CheckoutSessionRow } from './checkout-session-row';
import { chargeableCurrency } from './currencies';
import { createCustomer, findCustomer } from './customers';
import { emit } from './events';
import { confirmPaymentIntent } from './payment-confirmation';
import {
  checkConnectParameters,
  checkSuffix,
  createPaymentIntent,
  findPaymentIntent,
  cancelOpen,
} from './payment-intents';
import { checkoutUrl, presentCheckoutSession } from './present-checkout';
import { invalidRequest, resourceMissing } from './stripe-error';
import { mergeMetadata, type StripeModel } from './stripe-model';
import type { Metadata, PaymentIntentRow } from './stripe-rows';

const SHORTEST_SECONDS = 30 * 60;
const LONGEST_SECONDS = 24 * 3_600;

export interface CreateCheckoutParameters {
  allowed_payment_method_types?: string[];
  cancel_url?: string;
  client_reference_id?: string;
  customer?: string;
  customer_creation?: string;
  customer_email?: string;
  expires_at?: number;
  line_items: Array<{
    price_data: { currency: string; product_data: { name: string }; unit_amount: number };
    quantity: number;
  }>;
  locale?: string;
  metadata?: Metadata;
  mode: 'payment';
  payment_intent_data?: CheckoutPaymentData;
  submit_type?: string;
  success_url?: string;
}

export function findCheckoutSession(model: StripeModel, id: string): CheckoutSessionRow {
  const row = model.tables.checkoutSessions.get(id);
  if (!row) throw resourceMissing('checkout.session', id, 'session');
  return row;
}

/** @throws StripeError 400 for items of several currencies, an expiry out of range, or a fee or destination that cannot be */
export function createCheckoutSession(
  model: StripeModel,
  body: CreateCheckoutParameters,
): CheckoutSessionRow {
  const created = model.clock.nowSeconds();
  const total = body.line_items.reduce((sum, item) => sum + item.price_data.unit_amount * item.quantity, 0);
  const currency = chargeableCurrency(onlyCurrency(body), total);
  const paymentData = body.payment_intent_data ?? {};
  checkConnectParameters(model, { ...paymentData, amount: total, currency });
  checkSuffix(paymentData.statement_descriptor_suffix);
  checkUrls(body);
  if (body.customer && body.customer_email) {
    throw invalidRequest('You may only specify one of these parameters: customer, customer_email.');
  }
  const session: CheckoutSessionRow = {
    id: model.ids.text('cs_test_', 58),
    created,
    status: 'open',
    payment_status: 'unpaid',
    currency,
    amount_total: total,
    items: body.line_items.map((item) => ({
      id: model.ids.text('li_1'),
      name: item.price_data.product_data.name,
      quantity: item.quantity,
      unit_amount: item.price_data.unit_amount,
    })),
    customer: body.customer ? findCustomer(model, body.customer, 'customer').id : null,
    customer_creation: body.customer_creation ?? 'if_required',
    customer_email: body.customer_email ?? null,
    paidByEmail: null,
    client_reference_id: body.client_reference_id ?? null,
    success_url: body.success_url ?? '',
    cancel_url: body.cancel_url ?? null,
    expires_at: expiryOf(body, created),
    payment_intent: null,
    paymentData,
    allowed_payment_method_types: body.allowed_payment_method_types ?? null,
    locale: body.locale ?? null,
    submit_type: body.submit_type ?? null,
    metadata: mergeMetadata({}, body.metadata),
  };
  model.tables.due.put({
    id: model.ids.text('due_'),
    dueAt: session.expires_at,
    action: 'expire_checkout',
    subject: session.id,
  });
  return model.tables.checkoutSessions.put(session);
}

function onlyCurrency({ line_items: items }: CreateCheckoutParameters): string {
  const currencies = new Set(items.map((item) => item.price_data.currency.toLowerCase()));
  const [currency = ''] = currencies;
  if (currencies.size === 1) return currency;
  throw invalidRequest('All line items must have the same currency.', 'line_items');
}

function checkUrls(body: CreateCheckoutParameters): void {
  if (!body.success_url) {
    throw invalidRequest('Missing required param: success_url.', 'success_url', 'parameter_missing');
  }
  for (const name of ['success_url', 'cancel_url'] as const) {
    const url = body[name];
    if (url && !(/^https?:\/\//.test(url) && URL.canParse(url)))
      throw invalidRequest('Not a valid URL', name, 'url_invalid');
  }
}

function expiryOf(body: CreateCheckoutParameters, created: number): number {
  const expiry = body.expires_at ?? created + LONGEST_SECONDS;
  if (expiry >= created + SHORTEST_SECONDS && expiry <= created + LONGEST_SECONDS) return expiry;
  throw invalidRequest(
    'The `expires_at` timestamp must be between 30 minutes and 24 hours from Checkout Session creation.',
    'expires_at',
  );
}

/**
 * The client pays on the page. Only now is there a payment intent, as at Stripe; a declined card leaves the page open.
 *
 * @throws StripeError 400 when the page is not open any more, 402 `card_error` when the card declines
 */
export function payCheckoutSession(
  model: StripeModel,
  session: CheckoutSessionRow,
  payment: { paymentMethod: string; email?: string },
): PaymentIntentRow {
  assertOpen(session);
  session.paidByEmail = payment.email || session.paidByEmail;
  const intent = session.payment_intent
    ? findPaymentIntent(model, session.payment_intent)
    : makePaymentIntent(model, session);
  return confirmPaymentIntent(model, intent, {
    payment_method: payment.paymentMethod,
    return_url: checkoutUrl(session, model),
  });
}

function makePaymentIntent(model: StripeModel, session: CheckoutSessionRow): PaymentIntentRow {
  const data = session.paymentData;
  const email = session.paidByEmail ?? session.customer_email ?? undefined;
  const needsCustomer = session.customer_creation === 'always' || data.setup_future_usage !== undefined;
  if (!session.customer && needsCustomer) session.customer = createCustomer(model, { email }).id;
  const intent = createPaymentIntent(model, {
    ...data,
    amount: session.amount_total,
    currency: session.currency,
    ...(session.customer && { customer: session.customer }),
  });
  intent.checkoutSession = session.id;
  model.tables.paymentIntents.put(intent);
  session.payment_intent = intent.id;
  model.tables.checkoutSessions.put(session);
  return intent;
}

/**
 * Closes the page for good and cancels what was begun there.
 *
 * @throws StripeError 400 when it is complete or expired already
 */
export function expireCheckoutSession(model: StripeModel, session: CheckoutSessionRow): CheckoutSessionRow {
  assertOpen(session);
  session.status = 'expired';
  for (const due of model.tables.due.where((entry) => entry.subject === session.id))
    model.tables.due.delete(due.id);
  model.tables.checkoutSessions.put(session);
  const intent = session.payment_intent ? findPaymentIntent(model, session.payment_intent) : undefined;
  if (intent) cancelOpen(model, intent);
  emit(model, 'checkout.session.expired', presentCheckoutSession(session, model));
  return session;
}

function assertOpen(session: CheckoutSessionRow): void {
  if (session.status === 'open') return;
  throw invalidRequest(
    `Only Checkout Sessions with a status in ["open"] can be expired or paid. This one is ${session.status}.`,
    'session',
  );
}
