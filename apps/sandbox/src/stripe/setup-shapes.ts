import type { JsonSchema } from '../shared/json-schema';
import {
  automaticPaymentMethods,
  created,
  expand,
  flag,
  list,
  metadata,
  metadataObject,
  object,
  oneOf,
  operation,
  text,
  type OperationShape,
} from './shape-parts';

const confirmParameters: Record<string, JsonSchema> = { payment_method: text(), return_url: text(), expand };
const setupIntentParameters: Record<string, JsonSchema> = {
  customer: text(),
  description: text(1_000),
  metadata,
  payment_method: text(),
  expand,
};

/** What saves a card for later: SetupIntents, and the payment methods of a customer. */
export const SETUP_OPERATIONS = {
  createSetupIntent: operation(
    'POST',
    '/v1/setup_intents',
    object({
      ...setupIntentParameters,
      ...confirmParameters,
      automatic_payment_methods: automaticPaymentMethods,
      confirm: flag,
      metadata: metadataObject,
      usage: oneOf('off_session', 'on_session'),
    }),
  ),
  retrieveSetupIntent: operation('GET', '/v1/setup_intents/{id}', object({ client_secret: text(), expand })),
  updateSetupIntent: operation('POST', '/v1/setup_intents/{id}', object(setupIntentParameters)),
  confirmSetupIntent: operation('POST', '/v1/setup_intents/{id}/confirm', object(confirmParameters)),
  cancelSetupIntent: operation(
    'POST',
    '/v1/setup_intents/{id}/cancel',
    object({ cancellation_reason: oneOf('abandoned', 'duplicate', 'requested_by_customer'), expand }),
  ),
  listSetupIntents: operation(
    'GET',
    '/v1/setup_intents',
    list({ created, customer: text(), payment_method: text() }),
  ),
  listCustomerPaymentMethods: operation(
    'GET',
    '/v1/customers/{id}/payment_methods',
    list({ type: oneOf('card') }),
  ),
} satisfies Record<string, OperationShape>;
