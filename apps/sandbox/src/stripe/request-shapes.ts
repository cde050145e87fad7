import type { JsonSchema } from '../shared/json-schema';
import { CHECKOUT_OPERATIONS } from './checkout-shapes';
import { DISPUTE_OPERATIONS } from './dispute-shapes';
import { SETUP_OPERATIONS } from './setup-shapes';
import {
  amount,
  automaticPaymentMethods,
  created,
  expand,
  flag,
  LARGEST_AMOUNT,
  list,
  metadata,
  metadataObject,
  object,
  oneOf,
  operation,
  optionalText,
  text,
  unsettable,
  type OperationShape,
} from './shape-parts';

export type { OperationShape } from './shape-parts';

const businessProfile = object({
  name: optionalText(),
  mcc: optionalText(4),
  product_description: optionalText(40_000),
  support_email: optionalText(),
  support_phone: optionalText(),
  support_url: optionalText(),
  url: optionalText(),
});
const capability = object({ requested: flag });
const payoutSchedule = object({ interval: oneOf('manual', 'daily', 'weekly', 'monthly') });
const accountParameters: Record<string, JsonSchema> = {
  business_profile: businessProfile,
  business_type: oneOf('individual', 'company', 'non_profit', 'government_entity'),
  capabilities: object({ card_payments: capability, transfers: capability }),
  email: text(),
  metadata,
  settings: object({ payouts: object({ schedule: payoutSchedule }) }),
  expand,
};
const controller = object({
  fees: object({ payer: oneOf('account', 'application') }),
  losses: object({ payments: oneOf('application', 'stripe') }),
  requirement_collection: oneOf('application', 'stripe'),
  stripe_dashboard: object({ type: oneOf('express', 'full', 'none') }),
});

const confirmParameters: Record<string, JsonSchema> = {
  payment_method: text(),
  off_session: flag,
  error_on_requires_action: flag,
  receipt_email: unsettable(text()),
  return_url: text(),
  setup_future_usage: unsettable(oneOf('on_session', 'off_session')),
  expand,
};
const paymentIntentParameters: Record<string, JsonSchema> = {
  customer: text(),
  description: text(1_000),
  metadata,
  receipt_email: unsettable(text()),
  setup_future_usage: unsettable(oneOf('on_session', 'off_session')),
  statement_descriptor: text(22),
  statement_descriptor_suffix: text(22),
  transfer_group: text(),
  payment_method: text(),
  expand,
};
const customerParameters: Record<string, JsonSchema> = {
  description: optionalText(),
  email: optionalText(512),
  name: optionalText(256),
  phone: optionalText(20),
  preferred_locales: { type: 'array', items: text(), maxItems: 20 },
  metadata,
  expand,
};

const PAYMENT_OPERATIONS = {
  createAccount: operation(
    'POST',
    '/v1/accounts',
    object({
      ...accountParameters,
      country: text(2),
      default_currency: text(3),
      type: oneOf('express', 'custom', 'standard'),
      controller,
    }),
  ),
  retrieveAccount: operation('GET', '/v1/accounts/{id}'),
  updateAccount: operation('POST', '/v1/accounts/{id}', object(accountParameters)),
  listAccounts: operation('GET', '/v1/accounts', list({ created })),
  createAccountLink: operation(
    'POST',
    '/v1/account_links',
    object(
      {
        account: text(),
        type: oneOf('account_onboarding', 'account_update'),
        refresh_url: text(),
        return_url: text(),
        collect: oneOf('currently_due', 'eventually_due'),
        collection_options: object({
          fields: oneOf('currently_due', 'eventually_due'),
          future_requirements: oneOf('include', 'omit'),
        }),
        expand,
      },
      ['account', 'type'],
    ),
  ),

  createCustomer: operation(
    'POST',
    '/v1/customers',
    object({ ...customerParameters, payment_method: text() }),
  ),
  retrieveCustomer: operation('GET', '/v1/customers/{id}'),
  updateCustomer: operation('POST', '/v1/customers/{id}', object(customerParameters)),
  listCustomers: operation('GET', '/v1/customers', list({ created, email: text(512) })),

  retrievePaymentMethod: operation('GET', '/v1/payment_methods/{id}'),
  listPaymentMethods: operation(
    'GET',
    '/v1/payment_methods',
    list({ customer: text(), type: oneOf('card') }),
  ),
  attachPaymentMethod: operation(
    'POST',
    '/v1/payment_methods/{id}/attach',
    object({ customer: text(), expand }, ['customer']),
  ),
  detachPaymentMethod: operation('POST', '/v1/payment_methods/{id}/detach'),

  createPaymentIntent: operation(
    'POST',
    '/v1/payment_intents',
    object(
      {
        ...paymentIntentParameters,
        ...confirmParameters,
        amount,
        currency: text(3),
        application_fee_amount: { type: 'integer', minimum: 0, maximum: LARGEST_AMOUNT },
        automatic_payment_methods: automaticPaymentMethods,
        capture_method: oneOf('automatic', 'automatic_async'),
        confirm: flag,
        confirmation_method: oneOf('automatic', 'manual'),
        metadata: metadataObject,
        on_behalf_of: text(),
        transfer_data: object({ destination: text(), amount: { ...amount, minimum: 0 } }, ['destination']),
      },
      ['amount', 'currency'],
    ),
  ),
  retrievePaymentIntent: operation(
    'GET',
    '/v1/payment_intents/{id}',
    object({ client_secret: text(), expand }),
  ),
  updatePaymentIntent: operation('POST', '/v1/payment_intents/{id}', object(paymentIntentParameters)),
  listPaymentIntents: operation('GET', '/v1/payment_intents', list({ created, customer: text() })),
  confirmPaymentIntent: operation('POST', '/v1/payment_intents/{id}/confirm', object(confirmParameters)),
  cancelPaymentIntent: operation(
    'POST',
    '/v1/payment_intents/{id}/cancel',
    object({
      cancellation_reason: oneOf('abandoned', 'duplicate', 'fraudulent', 'requested_by_customer'),
      expand,
    }),
  ),

  retrieveCharge: operation('GET', '/v1/charges/{id}'),
  listCharges: operation(
    'GET',
    '/v1/charges',
    list({ created, customer: text(), payment_intent: text(), transfer_group: text() }),
  ),

  createRefund: operation(
    'POST',
    '/v1/refunds',
    object({
      amount,
      charge: text(),
      payment_intent: text(),
      metadata,
      reason: oneOf('duplicate', 'fraudulent', 'requested_by_customer'),
      refund_application_fee: flag,
      reverse_transfer: flag,
      expand,
    }),
  ),
  retrieveRefund: operation('GET', '/v1/refunds/{id}'),
  updateRefund: operation('POST', '/v1/refunds/{id}', object({ metadata, expand })),
  listRefunds: operation('GET', '/v1/refunds', list({ created, charge: text(), payment_intent: text() })),

  retrieveTransfer: operation('GET', '/v1/transfers/{id}'),
  listTransfers: operation(
    'GET',
    '/v1/transfers',
    list({ created, destination: text(), transfer_group: text() }),
  ),
  createTransferReversal: operation(
    'POST',
    '/v1/transfers/{id}/reversals',
    object({ amount, description: optionalText(), metadata, refund_application_fee: flag, expand }),
  ),
  listTransferReversals: operation('GET', '/v1/transfers/{id}/reversals', list({})),
  retrieveTransferReversal: operation('GET', '/v1/transfers/{transferId}/reversals/{id}'),

  retrieveApplicationFee: operation('GET', '/v1/application_fees/{id}'),
  listApplicationFees: operation('GET', '/v1/application_fees', list({ created, charge: text() })),
  createFeeRefund: operation(
    'POST',
    '/v1/application_fees/{id}/refunds',
    object({ amount, metadata: metadataObject, expand }),
  ),
  listFeeRefunds: operation('GET', '/v1/application_fees/{id}/refunds', list({})),
  retrieveFeeRefund: operation('GET', '/v1/application_fees/{feeId}/refunds/{id}'),

  retrieveBalance: operation('GET', '/v1/balance'),
  retrieveBalanceTransaction: operation('GET', '/v1/balance_transactions/{id}'),
  listBalanceTransactions: operation(
    'GET',
    '/v1/balance_transactions',
    list({ created, currency: text(3), source: text(), type: text() }),
  ),

  retrieveEvent: operation('GET', '/v1/events/{id}'),
  listEvents: operation(
    'GET',
    '/v1/events',
    list({ created, type: text(), types: { type: 'array', items: text(), maxItems: 20 } }),
  ),
} satisfies Record<string, OperationShape>;

/** Every operation of Stripe that the sandbox has. */
export const STRIPE_OPERATIONS = {
  ...PAYMENT_OPERATIONS,
  ...SETUP_OPERATIONS,
  ...CHECKOUT_OPERATIONS,
  ...DISPUTE_OPERATIONS,
} satisfies Record<string, OperationShape>;

export type PaymentOperationName = keyof typeof PAYMENT_OPERATIONS;
export type StripeOperationName = keyof typeof STRIPE_OPERATIONS;
