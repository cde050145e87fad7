import { findCustomer } from './customers';
import type { ListParameters } from './lists';
import { presentPaymentMethod } from './present-payments';
import { presentSetupIntent } from './present-setup-intent';
import type { SETUP_OPERATIONS } from './setup-shapes';
import {
  cancelSetupIntent,
  confirmSetupIntent,
  createSetupIntent,
  findSetupIntent,
  updateSetupIntent,
  type ConfirmSetupParameters,
  type CreateSetupIntentParameters,
  type SetupIntentParameters,
} from './setup-intents';
import { id, matching, page, type StripeCall } from './stripe-call';

export const SETUP_HANDLERS = {
  createSetupIntent: (call: StripeCall<CreateSetupIntentParameters>) =>
    presentSetupIntent(createSetupIntent(call.model, call.parameters), call.model),
  retrieveSetupIntent: (call: StripeCall) =>
    presentSetupIntent(findSetupIntent(call.model, id(call)), call.model),
  updateSetupIntent: (call: StripeCall<SetupIntentParameters>) => {
    const row = findSetupIntent(call.model, id(call));
    return presentSetupIntent(updateSetupIntent(call.model, row, call.parameters), call.model);
  },
  confirmSetupIntent: (call: StripeCall<ConfirmSetupParameters>) => {
    const row = findSetupIntent(call.model, id(call));
    return presentSetupIntent(confirmSetupIntent(call.model, row, call.parameters), call.model);
  },
  cancelSetupIntent: (call: StripeCall<{ cancellation_reason?: string }>) => {
    const row = findSetupIntent(call.model, id(call));
    const { cancellation_reason: reason } = call.parameters;
    return presentSetupIntent(cancelSetupIntent(call.model, row, reason), call.model);
  },
  listSetupIntents: (call: StripeCall<ListParameters & { customer?: string; payment_method?: string }>) => {
    const { customer, payment_method } = call.parameters;
    const rows = matching(call.model.tables.setupIntents.all(), { customer, payment_method });
    return page(call, rows, (row) => presentSetupIntent(row, call.model));
  },
  listCustomerPaymentMethods: (call: StripeCall<ListParameters>) => {
    const customer = findCustomer(call.model, id(call), 'customer').id;
    return page(call, matching(call.model.tables.paymentMethods.all(), { customer }), presentPaymentMethod);
  },
} satisfies Record<keyof typeof SETUP_OPERATIONS, unknown>;
