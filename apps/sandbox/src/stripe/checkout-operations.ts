import {
  createCheckoutSession,
  expireCheckoutSession,
  findCheckoutSession,
  type CreateCheckoutParameters,
} from './checkout-sessions';
import type { CHECKOUT_OPERATIONS } from './checkout-shapes';
import type { CheckoutSessionRow } from './checkout-session-row';
import { listPage, type ListParameters } from './lists';
import { presentCheckoutSession, presentLineItem } from './present-checkout';
import { id, matching, page, type StripeCall } from './stripe-call';
import { mergeMetadata } from './stripe-model';
import type { Metadata } from './stripe-rows';

type Filters = Pick<Partial<CheckoutSessionRow>, 'customer' | 'payment_intent' | 'status'>;

export const CHECKOUT_HANDLERS = {
  createCheckoutSession: (call: StripeCall<CreateCheckoutParameters>) =>
    presentCheckoutSession(createCheckoutSession(call.model, call.parameters), call.model),
  retrieveCheckoutSession: (call: StripeCall) =>
    presentCheckoutSession(findCheckoutSession(call.model, id(call)), call.model),
  updateCheckoutSession: (call: StripeCall<{ metadata?: Metadata | '' }>) => {
    const row = findCheckoutSession(call.model, id(call));
    row.metadata = mergeMetadata(row.metadata, call.parameters.metadata);
    return presentCheckoutSession(call.model.tables.checkoutSessions.put(row), call.model);
  },
  expireCheckoutSession: (call: StripeCall) => {
    const row = findCheckoutSession(call.model, id(call));
    return presentCheckoutSession(expireCheckoutSession(call.model, row), call.model);
  },
  listCheckoutSessions: (call: StripeCall<ListParameters & Filters>) => {
    const { customer, payment_intent, status } = call.parameters;
    const rows = matching(call.model.tables.checkoutSessions.all(), { customer, payment_intent, status });
    return page(call, rows, (row) => presentCheckoutSession(row, call.model));
  },
  listCheckoutLineItems: (call: StripeCall<ListParameters>) => {
    const { items, currency, created } = findCheckoutSession(call.model, id(call));
    // Stripe lists line items in the order in which they were given.
    const newestFirst = items.map((item) => ({ ...item, created })).toReversed();
    return listPage(newestFirst, call.parameters, call.path, (item) => presentLineItem(item, currency));
  },
} satisfies Record<keyof typeof CHECKOUT_OPERATIONS, unknown>;
