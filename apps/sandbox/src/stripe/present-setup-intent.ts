import type Stripe from 'stripe';
import { challenge } from './challenge';
import { presentPaymentMethod } from './present-payments';
import type { SetupIntentRow } from './setup-intent-row';
import type { StripeModel } from './stripe-model';

export function presentSetupIntent(row: SetupIntentRow, model: StripeModel): Stripe.SetupIntent {
  return {
    id: row.id,
    object: 'setup_intent',
    allowed_payment_method_types: null,
    application: null,
    automatic_payment_methods: row.automatic_payment_methods,
    cancellation_reason: row.cancellation_reason,
    client_secret: row.client_secret,
    created: row.created,
    customer: row.customer,
    customer_account: null,
    description: row.description,
    excluded_payment_method_types: null,
    flow_directions: null,
    last_setup_error: presentLastError(row, model),
    latest_attempt: null,
    livemode: false,
    managed_payments: null,
    mandate: null,
    metadata: row.metadata,
    next_action:
      row.status === 'requires_action'
        ? { type: 'use_stripe_sdk', use_stripe_sdk: challenge(model, row.id, row.client_secret) }
        : null,
    on_behalf_of: null,
    payment_method: row.payment_method,
    payment_method_configuration_details: null,
    payment_method_options: {
      card: { mandate_options: null, network: null, request_three_d_secure: 'automatic' },
    },
    payment_method_types: ['card'],
    single_use_mandate: null,
    status: row.status,
    usage: row.usage,
  };
}

function presentLastError(row: SetupIntentRow, model: StripeModel): Stripe.SetupIntent.LastSetupError | null {
  const error = row.last_setup_error;
  if (!error) return null;
  const method = model.tables.paymentMethods.get(error.paymentMethod);
  return {
    type: 'card_error',
    code: error.code,
    message: error.message,
    ...(error.decline_code && { decline_code: error.decline_code }),
    ...(method && { payment_method: presentPaymentMethod(method) }),
  };
}
