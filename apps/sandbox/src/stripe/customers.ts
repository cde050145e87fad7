import { emit } from './events';
import { presentCustomer } from './present-payments';
import { resourceMissing } from './stripe-error';
import { mergeMetadata, type StripeModel } from './stripe-model';
import type { CustomerRow, Metadata, PaymentMethodRow } from './stripe-rows';
import { findPaymentMethod } from './test-methods';

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
  if (body.payment_method) attachPaymentMethod(model, body.payment_method, row.id);
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

export function attachPaymentMethod(model: StripeModel, id: string, customerId: string): PaymentMethodRow {
  const method = findPaymentMethod(model, id);
  method.customer = findCustomer(model, customerId, 'customer').id;
  return model.tables.paymentMethods.put(method);
}

export function detachPaymentMethod(model: StripeModel, id: string): PaymentMethodRow {
  const method = findPaymentMethod(model, id);
  method.customer = null;
  return model.tables.paymentMethods.put(method);
}
