import { findCustomer } from './customers';
import { emit } from './events';
import { presentPaymentMethod } from './present-payments';
import { presentSetupIntent } from './present-setup-intent';
import type { SetupIntentRow, SetupIntentStatus } from './setup-intent-row';
import { invalidRequest, resourceMissing, StripeError } from './stripe-error';
import { mergeMetadata, type StripeModel } from './stripe-model';
import type { Metadata, PaymentMethodRow } from './stripe-rows';
import { behaviourOf, usablePaymentMethod, type Decline } from './test-methods';

export interface ConfirmSetupParameters {
  payment_method?: string;
  return_url?: string;
}

export interface SetupIntentParameters {
  customer?: string;
  description?: string;
  metadata?: Metadata | '';
  payment_method?: string;
}

export interface CreateSetupIntentParameters extends SetupIntentParameters, ConfirmSetupParameters {
  automatic_payment_methods?: { enabled: boolean; allow_redirects?: 'always' | 'never' };
  confirm?: boolean;
  payment_method?: string;
  usage?: 'off_session' | 'on_session';
}

const OPEN: readonly SetupIntentStatus[] = [
  'requires_payment_method',
  'requires_confirmation',
  'requires_action',
];

export function findSetupIntent(model: StripeModel, id: string): SetupIntentRow {
  const row = model.tables.setupIntents.get(id);
  if (!row) throw resourceMissing('setupintent', id, 'intent');
  return row;
}

/** @throws StripeError 404 for an unknown customer or method; 402 when confirmed and declined */
export function createSetupIntent(model: StripeModel, body: CreateSetupIntentParameters): SetupIntentRow {
  const customer = body.customer ? findCustomer(model, body.customer, 'customer').id : null;
  const method = body.payment_method ? usablePaymentMethod(model, body.payment_method, customer).id : null;
  const id = model.ids.text('seti_1');
  const row: SetupIntentRow = {
    id,
    created: model.clock.nowSeconds(),
    status: method ? 'requires_confirmation' : 'requires_payment_method',
    client_secret: `${id}_secret_${model.ids.text()}`,
    usage: body.usage ?? 'off_session',
    customer,
    payment_method: method,
    automatic_payment_methods: body.automatic_payment_methods ?? { enabled: true, allow_redirects: 'always' },
    description: body.description ?? null,
    cancellation_reason: null,
    last_setup_error: null,
    metadata: mergeMetadata({}, body.metadata),
  };
  if (body.confirm) methodToSetUp(row, body); // refuses before anything is made
  save(model, row);
  emit(model, 'setup_intent.created', presentSetupIntent(row, model));
  return body.confirm ? confirmSetupIntent(model, row, { return_url: body.return_url }) : row;
}

export function updateSetupIntent(
  model: StripeModel,
  row: SetupIntentRow,
  body: SetupIntentParameters,
): SetupIntentRow {
  if (!OPEN.includes(row.status)) throw unexpectedState(model, row, 'update');
  row.metadata = mergeMetadata(row.metadata, body.metadata);
  row.description = body.description ?? row.description;
  if (body.customer) row.customer = findCustomer(model, body.customer, 'customer').id;
  if (body.payment_method) {
    row.payment_method = usablePaymentMethod(model, body.payment_method, row.customer).id;
    row.status = 'requires_confirmation';
  }
  return save(model, row);
}

/**
 * Saves the card, as the API's confirm and a browser with the client secret both do.
 *
 * @throws StripeError 402 `card_error` when the bank declines
 */
export function confirmSetupIntent(
  model: StripeModel,
  row: SetupIntentRow,
  body: ConfirmSetupParameters,
): SetupIntentRow {
  if (!OPEN.includes(row.status)) throw unexpectedState(model, row, 'confirm');
  const method = usablePaymentMethod(model, methodToSetUp(row, body), row.customer);
  row.payment_method = method.id;
  row.last_setup_error = null;
  save(model, row);
  const { authentication } = behaviourOf(method);
  if (authentication !== 'always' && authentication !== 'until_set_up') return carryOut(model, row, method);
  row.status = 'requires_action';
  save(model, row);
  emit(model, 'setup_intent.requires_action', presentSetupIntent(row, model));
  return row;
}

function methodToSetUp(row: SetupIntentRow, body: ConfirmSetupParameters): string {
  const methodId = body.payment_method ?? row.payment_method;
  if (!methodId) {
    throw invalidRequest(
      "You cannot confirm this SetupIntent because it's missing a payment method.",
      'payment_method',
      'setup_intent_unexpected_state',
    );
  }
  const methods = row.automatic_payment_methods;
  if (methods?.enabled && methods.allow_redirects !== 'never' && !body.return_url) {
    throw invalidRequest(
      'This SetupIntent might redirect your customer, so you must provide a `return_url`. Or set automatic_payment_methods[allow_redirects] to never.',
      'return_url',
    );
  }
  return methodId;
}

function carryOut(model: StripeModel, row: SetupIntentRow, method: PaymentMethodRow): SetupIntentRow {
  const { decline, canBeSaved } = behaviourOf(method);
  if (decline && !canBeSaved) throw refuse(model, row, method, decline);
  row.status = 'succeeded';
  method.customer = row.customer;
  if (row.usage === 'off_session') method.isSetUpOffSession = true;
  model.tables.paymentMethods.put(method);
  save(model, row);
  if (row.customer) emit(model, 'payment_method.attached', presentPaymentMethod(method));
  emit(model, 'setup_intent.succeeded', presentSetupIntent(row, model));
  return row;
}

function refuse(
  model: StripeModel,
  row: SetupIntentRow,
  method: PaymentMethodRow,
  decline: Omit<Decline, 'declineCode'> & { declineCode?: string },
): StripeError {
  const declineCode = decline.declineCode ? { decline_code: decline.declineCode } : {};
  row.status = 'requires_payment_method';
  row.payment_method = null;
  row.last_setup_error = {
    code: decline.code,
    ...declineCode,
    message: decline.message,
    paymentMethod: method.id,
  };
  save(model, row);
  emit(model, 'setup_intent.setup_failed', presentSetupIntent(row, model));
  return new StripeError(402, {
    type: 'card_error',
    code: decline.code,
    ...declineCode,
    message: decline.message,
    setup_intent: presentSetupIntent(row, model),
    payment_method: presentPaymentMethod(method),
  });
}

/** The client answered the bank's challenge: with success the card is saved, without it the card is dropped. */
export function authenticateSetupIntent(
  model: StripeModel,
  row: SetupIntentRow,
  isPassed: boolean,
): SetupIntentRow {
  const method = row.payment_method ? model.tables.paymentMethods.get(row.payment_method) : undefined;
  if (row.status !== 'requires_action' || !method) throw unexpectedState(model, row, 'authenticate');
  if (isPassed) return carryOut(model, row, method);
  refuse(model, row, method, {
    code: 'setup_intent_authentication_failure',
    message:
      'We are unable to authenticate your payment method. Please choose a different payment method and try again.',
  });
  return row;
}

export function cancelSetupIntent(model: StripeModel, row: SetupIntentRow, reason?: string): SetupIntentRow {
  if (!OPEN.includes(row.status)) throw unexpectedState(model, row, 'cancel');
  row.status = 'canceled';
  row.cancellation_reason = reason ?? null;
  save(model, row);
  emit(model, 'setup_intent.canceled', presentSetupIntent(row, model));
  return row;
}

function unexpectedState(model: StripeModel, row: SetupIntentRow, act: string): StripeError {
  return new StripeError(400, {
    type: 'invalid_request_error',
    code: 'setup_intent_unexpected_state',
    message: `You cannot ${act} this SetupIntent because it has a status of ${row.status}.`,
    setup_intent: presentSetupIntent(row, model),
  });
}

function save(model: StripeModel, row: SetupIntentRow): SetupIntentRow {
  return model.tables.setupIntents.put(row);
}
