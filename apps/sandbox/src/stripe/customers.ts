import { emit } from './events';
import { presentCustomer, presentPaymentMethod } from './present-payments';
import { invalidRequest, resourceMissing } from './stripe-error';
import { mergeMetadata, type StripeModel } from './stripe-model';
import type { CustomerRow, Metadata, PaymentMethodRow } from './stripe-rows';
import { assertCanBeSaved, findPaymentMethod, usablePaymentMethod } from './test-methods';

export interface CustomerParameters {
  description?: string;
  email?: string;
  name?: string;
  phone?: string;
  preferred_locales?: string[];
  metadata?: Metadata | '';
  payment_method?: string;
}

export function findCustomer(model: StripeModel, id: string, param = 'id'): CustomerRow {
  const row = model.tables.customers.get(id);
  if (!row) throw resourceMissing('customer', id, param);
  return row;
}

export function createCustomer(model: StripeModel, body: CustomerParameters): CustomerRow {
  const method = body.payment_method ? savableMethod(model, body.payment_method, null) : undefined;
  const row = model.tables.customers.put({
    id: model.ids.text('cus_', 14),
    created: model.clock.nowSeconds(),
    email: body.email || null,
    name: body.name || null,
    phone: body.phone || null,
    description: body.description || null,
    preferred_locales: body.preferred_locales ?? [],
    metadata: mergeMetadata({}, body.metadata),
  });
  if (method) attachPaymentMethod(model, method.id, row.id);
  emit(model, 'customer.created', presentCustomer(row));
  return row;
}

export function updateCustomer(model: StripeModel, row: CustomerRow, body: CustomerParameters): CustomerRow {
  row.email = changed(body.email, row.email);
  row.name = changed(body.name, row.name);
  row.phone = changed(body.phone, row.phone);
  row.description = changed(body.description, row.description);
  row.preferred_locales = body.preferred_locales ?? row.preferred_locales;
  row.metadata = mergeMetadata(row.metadata, body.metadata);
  return model.tables.customers.put(row);
}

/** An empty string unsets. */
function changed(value: string | undefined, current: string | null): string | null {
  return value === undefined ? current : value || null;
}

/** @throws StripeError 402 when the bank declines to have the card saved; 400 when it is another customer's or used up */
export function attachPaymentMethod(model: StripeModel, id: string, customerId: string): PaymentMethodRow {
  const customer = findCustomer(model, customerId, 'customer').id;
  const method = savableMethod(model, id, customer);
  method.customer = customer;
  model.tables.paymentMethods.put(method);
  emit(model, 'payment_method.attached', presentPaymentMethod(method));
  return method;
}

function savableMethod(model: StripeModel, id: string, customer: string | null): PaymentMethodRow {
  const method = usablePaymentMethod(model, id, customer);
  assertCanBeSaved(method);
  return method;
}

/** @throws StripeError 400 when nobody has it */
export function detachPaymentMethod(model: StripeModel, id: string): PaymentMethodRow {
  const method = findPaymentMethod(model, id);
  if (!method.customer) {
    throw invalidRequest(
      'The payment method you provided is not attached to a customer so detachment is impossible.',
      'payment_method',
    );
  }
  method.customer = null;
  method.isSpent = true;
  model.tables.paymentMethods.put(method);
  emit(model, 'payment_method.detached', presentPaymentMethod(method));
  return method;
}
