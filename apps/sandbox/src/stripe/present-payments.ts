import type Stripe from 'stripe';
import { challenge } from './challenge';
import type { StripeModel } from './stripe-model';
import type { ChargeRow, CustomerRow, PaymentIntentRow, PaymentMethodRow, RefundRow } from './stripe-rows';

const EMPTY_ADDRESS = { city: null, country: null, line1: null, line2: null, postal_code: null, state: null };
const BILLING_DETAILS = { address: EMPTY_ADDRESS, email: null, name: null, phone: null, tax_id: null };

export function presentCustomer(row: CustomerRow): Stripe.Customer {
  return {
    id: row.id,
    object: 'customer',
    address: null,
    balance: 0,
    created: row.created,
    currency: null,
    default_source: null,
    delinquent: false,
    description: row.description,
    email: row.email,
    invoice_settings: {
      custom_fields: null,
      default_payment_method: null,
      footer: null,
      rendering_options: null,
    },
    livemode: false,
    metadata: row.metadata,
    name: row.name,
    phone: row.phone,
    preferred_locales: row.preferred_locales,
    shipping: null,
    tax_exempt: 'none',
  };
}

export function presentPaymentMethod(row: PaymentMethodRow): Stripe.PaymentMethod {
  return {
    id: row.id,
    object: 'payment_method',
    billing_details: BILLING_DETAILS,
    card: {
      brand: row.brand,
      checks: { address_line1_check: null, address_postal_code_check: null, cvc_check: 'pass' },
      country: 'US',
      display_brand: row.brand,
      exp_month: 12,
      exp_year: 2034,
      fingerprint: `sandbox${row.last4}`,
      funding: 'credit',
      generated_from: null,
      last4: row.last4,
      networks: { available: [row.brand], preferred: null },
      regulated_status: 'unregulated',
      three_d_secure_usage: { supported: true },
      wallet: null,
    },
    created: row.created,
    customer: row.customer,
    customer_account: null,
    livemode: false,
    metadata: row.metadata,
    type: 'card',
  };
}

export function presentPaymentIntent(row: PaymentIntentRow, model: StripeModel): Stripe.PaymentIntent {
  return {
    id: row.id,
    object: 'payment_intent',
    allowed_payment_method_types: null,
    amount: row.amount,
    amount_capturable: 0,
    amount_details: { tip: {} },
    amount_received: row.status === 'succeeded' ? row.amount : 0,
    application: null,
    application_fee_amount: row.application_fee_amount,
    automatic_payment_methods: row.automatic_payment_methods,
    canceled_at: row.canceled_at,
    cancellation_reason: row.cancellation_reason,
    capture_method: row.capture_method,
    client_secret: row.client_secret,
    confirmation_method: row.confirmation_method,
    created: row.created,
    currency: row.currency,
    customer: row.customer,
    customer_account: null,
    description: row.description,
    excluded_payment_method_types: null,
    last_payment_error: presentLastError(row, model),
    latest_charge: row.latest_charge,
    livemode: false,
    managed_payments: null,
    metadata: row.metadata,
    next_action:
      row.status === 'requires_action'
        ? { type: 'use_stripe_sdk', use_stripe_sdk: challenge(model, row.id, row.client_secret) }
        : null,
    on_behalf_of: row.on_behalf_of,
    payment_method: row.payment_method,
    payment_method_configuration_details: null,
    payment_method_options: {
      card: { installments: null, mandate_options: null, network: null, request_three_d_secure: 'automatic' },
    },
    payment_method_types: ['card'],
    payment_record: null,
    processing: row.status === 'processing' ? { type: 'card', card: {} } : null,
    receipt_email: row.receipt_email,
    review: null,
    setup_future_usage: row.setup_future_usage,
    shipping: null,
    source: null,
    statement_descriptor: row.statement_descriptor,
    statement_descriptor_suffix: row.statement_descriptor_suffix,
    status: row.status,
    transfer_data: row.transfer_data,
    transfer_group: row.transfer_group,
  };
}

function presentLastError(
  row: PaymentIntentRow,
  model: StripeModel,
): Stripe.PaymentIntent.LastPaymentError | null {
  const error = row.last_payment_error;
  if (!error) return null;
  const method = model.tables.paymentMethods.get(error.paymentMethod);
  return {
    type: 'card_error',
    code: error.code,
    message: error.message,
    ...(error.decline_code && { decline_code: error.decline_code }),
    ...(error.charge && { charge: error.charge }),
    ...(method && { payment_method: presentPaymentMethod(method) }),
  };
}

const LONGEST_DESCRIPTOR = 22;

export function presentCharge(row: ChargeRow, model: StripeModel): Stripe.Charge {
  const isPaid = row.status === 'succeeded';
  return {
    id: row.id,
    object: 'charge',
    amount: row.amount,
    amount_captured: isPaid ? row.amount : 0,
    amount_refunded: row.amount_refunded,
    application: row.account ? 'ca_sandbox' : null,
    application_fee: row.application_fee,
    application_fee_amount: row.application_fee_amount,
    balance_transaction: row.balance_transaction,
    billing_details: BILLING_DETAILS,
    calculated_statement_descriptor: row.statement_descriptor_suffix
      ? `SANDBOX* ${row.statement_descriptor_suffix}`.slice(0, LONGEST_DESCRIPTOR)
      : 'SANDBOX',
    captured: isPaid,
    created: row.created,
    currency: row.currency,
    customer: row.customer,
    description: row.description,
    disputed: row.dispute !== undefined,
    failure_balance_transaction: null,
    failure_code: row.failure_code,
    failure_message: row.failure_message,
    fraud_details: {},
    livemode: false,
    metadata: row.metadata,
    on_behalf_of: row.on_behalf_of,
    outcome: presentOutcome(row),
    paid: isPaid,
    payment_intent: row.payment_intent,
    payment_method: row.payment_method,
    payment_method_details: presentMethodDetails(row, model),
    receipt_email: row.receipt_email,
    receipt_number: null,
    receipt_url: isPaid && row.account === null ? `${model.settings.baseUrl}/receipts/${row.id}` : null,
    refunded: isPaid && row.amount_refunded === row.amount,
    review: null,
    shipping: null,
    source: null,
    source_transfer: row.source_transfer,
    statement_descriptor: null,
    statement_descriptor_suffix: row.statement_descriptor_suffix,
    status: row.status,
    ...(row.transfer && { transfer: row.transfer }),
    transfer_data: row.transfer_data,
    transfer_group: row.transfer_group,
  };
}

function presentOutcome(row: ChargeRow): Stripe.Charge.Outcome {
  const isPaid = row.status === 'succeeded';
  return {
    advice_code: null,
    network_advice_code: null,
    network_decline_code: null,
    network_status: isPaid ? 'approved_by_network' : 'declined_by_network',
    reason: row.decline_code,
    risk_level: 'normal',
    risk_score: 20,
    seller_message: isPaid
      ? 'Payment complete.'
      : 'The bank did not return any further details with this decline.',
    type: isPaid ? 'authorized' : 'issuer_declined',
  };
}

function presentMethodDetails(row: ChargeRow, model: StripeModel): Stripe.Charge.PaymentMethodDetails | null {
  const method = row.payment_method ? model.tables.paymentMethods.get(row.payment_method) : undefined;
  if (!method) return null;
  return {
    type: 'card',
    card: {
      amount_authorized: row.amount,
      authorization_code: null,
      brand: method.brand,
      checks: { address_line1_check: null, address_postal_code_check: null, cvc_check: 'pass' },
      country: 'US',
      exp_month: 12,
      exp_year: 2034,
      electronic_commerce_indicator: null,
      extended_authorization: { status: 'disabled' },
      fingerprint: `sandbox${method.last4}`,
      funding: 'credit',
      incremental_authorization: { status: 'unavailable' },
      installments: null,
      last4: method.last4,
      mandate: null,
      multicapture: { status: 'unavailable' },
      network: method.brand,
      network_token: { used: false },
      network_transaction_id: null,
      overcapture: { maximum_amount_capturable: row.amount, status: 'unavailable' },
      regulated_status: 'unregulated',
      three_d_secure: null,
      transaction_link_id: null,
      wallet: null,
    },
  };
}

export function presentRefund(row: RefundRow): Stripe.Refund {
  return {
    id: row.id,
    object: 'refund',
    amount: row.amount,
    balance_transaction: row.balance_transaction,
    charge: row.charge,
    created: row.created,
    currency: row.currency,
    customer: null,
    customer_account: null,
    destination_details: {
      card: { reference_status: 'pending', reference_type: 'acquirer_reference_number', type: 'refund' },
      type: 'card',
    },
    ...(row.failure_balance_transaction && { failure_balance_transaction: row.failure_balance_transaction }),
    ...(row.failure_reason && { failure_reason: row.failure_reason }),
    metadata: row.metadata,
    payment_intent: row.payment_intent,
    payment_method: row.payment_method,
    ...(row.pending_reason && { pending_reason: row.pending_reason }),
    reason: row.reason,
    receipt_number: null,
    source_transfer_reversal: row.source_transfer_reversal,
    status: row.status,
    transfer_reversal: row.transfer_reversal,
  };
}
