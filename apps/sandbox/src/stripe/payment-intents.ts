import { chargeableCurrency } from './currencies';
import { findCustomer } from './customers';
import { emit } from './events';
import {
  CONFIRMABLE,
  confirmPaymentIntent,
  methodToConfirm,
  unexpectedState,
  type ConfirmParameters,
} from './payment-confirmation';
import { canReceiveTransfers } from './present-connect';
import { presentPaymentIntent } from './present-payments';
import { invalidRequest, resourceMissing } from './stripe-error';
import { mergeMetadata, type StripeModel } from './stripe-model';
import type { Metadata, PaymentIntentRow, PaymentIntentStatus } from './stripe-rows';
import { usablePaymentMethod } from './test-methods';

export interface PaymentIntentParameters {
  customer?: string;
  description?: string;
  metadata?: Metadata | '';
  receipt_email?: string;
  setup_future_usage?: string;
  statement_descriptor?: string;
  statement_descriptor_suffix?: string;
  transfer_group?: string;
  payment_method?: string;
}

export interface CreatePaymentIntentParameters extends PaymentIntentParameters, ConfirmParameters {
  payment_method?: string;
  receipt_email?: string;
  setup_future_usage?: string;
  amount: number;
  currency: string;
  application_fee_amount?: number;
  automatic_payment_methods?: { enabled: boolean; allow_redirects?: 'always' | 'never' };
  capture_method?: string;
  confirm?: boolean;
  confirmation_method?: string;
  on_behalf_of?: string;
  transfer_data?: { destination: string; amount?: number };
}

const CANCELABLE: readonly PaymentIntentStatus[] = [...CONFIRMABLE, 'processing'];

export function findPaymentIntent(model: StripeModel, id: string, param = 'intent'): PaymentIntentRow {
  const row = model.tables.paymentIntents.get(id);
  if (!row) throw resourceMissing('payment_intent', id, param);
  return row;
}

/** @throws StripeError 400 for an amount, fee or destination that cannot be; 402 when confirmed and declined */
export function createPaymentIntent(
  model: StripeModel,
  body: CreatePaymentIntentParameters,
): PaymentIntentRow {
  const currency = chargeableCurrency(body.currency, body.amount);
  checkConnectParameters(model, body);
  checkSuffix(body.statement_descriptor_suffix);
  if (body.customer) findCustomer(model, body.customer, 'customer');
  if (body.off_session && !body.confirm) {
    throw invalidRequest('off_session can only be used with confirm=true.', 'off_session');
  }
  const id = model.ids.text('pi_3');
  const row: PaymentIntentRow = {
    id,
    created: model.clock.nowSeconds(),
    amount: body.amount,
    currency,
    status: 'requires_payment_method',
    client_secret: `${id}_secret_${model.ids.text()}`,
    application_fee_amount: body.application_fee_amount ?? null,
    transfer_data: body.transfer_data ?? null,
    transfer_group: body.transfer_group ?? null,
    on_behalf_of: body.on_behalf_of ?? null,
    customer: body.customer ?? null,
    payment_method: null,
    latest_charge: null,
    automatic_payment_methods: body.automatic_payment_methods ?? { enabled: true, allow_redirects: 'always' },
    capture_method: body.capture_method ?? 'automatic_async',
    confirmation_method: body.confirmation_method ?? 'automatic',
    setup_future_usage: body.setup_future_usage || null,
    description: body.description ?? null,
    receipt_email: body.receipt_email || null,
    statement_descriptor: body.statement_descriptor ?? null,
    statement_descriptor_suffix: body.statement_descriptor_suffix ?? null,
    canceled_at: null,
    cancellation_reason: null,
    last_payment_error: null,
    metadata: mergeMetadata({}, body.metadata),
  };
  if (body.payment_method) {
    row.payment_method = usablePaymentMethod(model, body.payment_method, row.customer).id;
    row.status = 'requires_confirmation';
  }
  if (body.confirm) methodToConfirm(row, body); // refuses before anything is made
  save(model, row);
  emit(model, 'payment_intent.created', presentPaymentIntent(row, model));
  return body.confirm
    ? confirmPaymentIntent(model, row, { ...body, payment_method: row.payment_method ?? undefined })
    : row;
}

/**
 * What banks can print: a letter at least, and none of the characters that Stripe names in its statement descriptors page.
 *
 * @throws StripeError 400
 */
export function checkSuffix(suffix: string | undefined): void {
  if (suffix === undefined || (/[a-z]/i.test(suffix) && !/[<>\\'"*]/.test(suffix))) return;
  throw invalidRequest(
    'The statement descriptor suffix must contain at least one letter and none of the characters < > \\ \' " *.',
    'statement_descriptor_suffix',
  );
}

/** @throws StripeError 400 for a fee or destination that cannot be, also by way of a Checkout Session */
export function checkConnectParameters(model: StripeModel, body: CreatePaymentIntentParameters): void {
  const { application_fee_amount: fee, transfer_data: transfer } = body;
  if (transfer) {
    const account = model.tables.accounts.get(transfer.destination);
    if (!account) throw resourceMissing('destination', transfer.destination, 'transfer_data[destination]');
    if (!canReceiveTransfers(account)) {
      throw invalidRequest(
        'Your destination account needs to have at least one of the following capabilities enabled: transfers, legacy_payments',
        'transfer_data[destination]',
        'insufficient_capabilities_for_transfer',
      );
    }
    if (transfer.amount !== undefined && transfer.amount > body.amount) {
      throw invalidRequest(
        'transfer_data[amount] must not be larger than the amount.',
        'transfer_data[amount]',
      );
    }
  }
  if (body.on_behalf_of && !model.tables.accounts.get(body.on_behalf_of)) {
    throw resourceMissing('account', body.on_behalf_of, 'on_behalf_of');
  }
  if (fee === undefined) return;
  if (!transfer) {
    throw invalidRequest(
      'Can only apply an application_fee_amount when the PaymentIntent is a destination payment (using `transfer_data[destination]`).',
      'application_fee_amount',
    );
  }
  if (transfer.amount !== undefined) {
    throw invalidRequest(
      'application_fee_amount and transfer_data[amount] exclude each other.',
      'application_fee_amount',
    );
  }
  if (fee > body.amount) {
    throw invalidRequest('Your application fee cannot be larger than the amount.', 'application_fee_amount');
  }
}

export function updatePaymentIntent(
  model: StripeModel,
  row: PaymentIntentRow,
  body: PaymentIntentParameters,
): PaymentIntentRow {
  const { metadata, ...changes } = body;
  const touchesPayment = Object.keys(changes).some((name) => name !== 'description' && name !== 'expand');
  if (touchesPayment && !CONFIRMABLE.includes(row.status)) throw unexpectedState(model, row, 'update');
  checkSuffix(changes.statement_descriptor_suffix);
  if (changes.customer) findCustomer(model, changes.customer, 'customer');
  row.metadata = mergeMetadata(row.metadata, metadata);
  row.description = changes.description ?? row.description;
  row.receipt_email = changes.receipt_email ?? row.receipt_email;
  row.statement_descriptor_suffix = changes.statement_descriptor_suffix ?? row.statement_descriptor_suffix;
  row.statement_descriptor = changes.statement_descriptor ?? row.statement_descriptor;
  row.transfer_group = changes.transfer_group ?? row.transfer_group;
  row.customer = changes.customer ?? row.customer;
  row.setup_future_usage = changes.setup_future_usage ?? row.setup_future_usage;
  if (changes.payment_method) {
    row.payment_method = usablePaymentMethod(model, changes.payment_method, row.customer).id;
    row.status = 'requires_confirmation';
  }
  return save(model, row);
}

/** @throws StripeError 400 when it is paid or cancelled, or belongs to a Checkout Session (which can be expired instead) */
export function cancelPaymentIntent(
  model: StripeModel,
  row: PaymentIntentRow,
  reason?: string,
): PaymentIntentRow {
  if (row.checkoutSession) {
    throw invalidRequest(
      'You cannot cancel this PaymentIntent because it was created by a Checkout Session. Expire that session instead.',
      'intent',
      'payment_intent_unexpected_state',
    );
  }
  return cancelOpen(model, row, reason);
}

/** Cancels whatever made it. */
export function cancelOpen(model: StripeModel, row: PaymentIntentRow, reason?: string): PaymentIntentRow {
  if (!CANCELABLE.includes(row.status)) throw unexpectedState(model, row, 'cancel');
  row.status = 'canceled';
  row.canceled_at = model.clock.nowSeconds();
  row.cancellation_reason = reason ?? null;
  for (const due of model.tables.due.where((entry) => entry.subject === row.id))
    model.tables.due.delete(due.id);
  save(model, row);
  emit(model, 'payment_intent.canceled', presentPaymentIntent(row, model));
  return row;
}

function save(model: StripeModel, row: PaymentIntentRow): PaymentIntentRow {
  return model.tables.paymentIntents.put(row);
}
