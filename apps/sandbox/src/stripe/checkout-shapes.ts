import {
  created,
  expand,
  LARGEST_AMOUNT,
  list,
  metadata,
  metadataObject,
  object,
  oneOf,
  operation,
  optionalText,
  text,
  type OperationShape,
} from './shape-parts';

const wholeNumber = { type: 'integer', minimum: 0, maximum: LARGEST_AMOUNT } as const;
const lineItem = object(
  {
    price_data: object(
      {
        currency: text(3),
        product_data: object({ name: text(), description: optionalText(40_000) }, ['name']),
        unit_amount: wholeNumber,
      },
      ['currency', 'product_data', 'unit_amount'],
    ),
    quantity: { type: 'integer', minimum: 1, maximum: 999_999 },
  },
  ['price_data', 'quantity'],
);
const paymentIntentData = object({
  application_fee_amount: wholeNumber,
  capture_method: oneOf('automatic', 'automatic_async'),
  description: text(1_000),
  metadata: metadataObject,
  on_behalf_of: text(),
  receipt_email: text(),
  setup_future_usage: oneOf('off_session', 'on_session'),
  statement_descriptor_suffix: text(22),
  transfer_data: object({ destination: text(), amount: wholeNumber }, ['destination']),
  transfer_group: text(),
});

/** Checkout Sessions of mode payment, whose page the sandbox hosts. */
export const CHECKOUT_OPERATIONS = {
  createCheckoutSession: operation(
    'POST',
    '/v1/checkout/sessions',
    object(
      {
        allowed_payment_method_types: { type: 'array', items: oneOf('card'), minItems: 1 },
        cancel_url: text(),
        client_reference_id: text(200),
        customer: text(),
        customer_creation: oneOf('always', 'if_required'),
        customer_email: text(800),
        expires_at: { type: 'integer' },
        line_items: { type: 'array', items: lineItem, minItems: 1, maxItems: 100 },
        locale: text(),
        metadata: metadataObject,
        mode: oneOf('payment'),
        payment_intent_data: paymentIntentData,
        submit_type: oneOf('auto', 'book', 'donate', 'pay'),
        success_url: text(),
        ui_mode: oneOf('hosted_page'),
        expand,
      },
      ['line_items', 'mode'],
    ),
  ),
  retrieveCheckoutSession: operation('GET', '/v1/checkout/sessions/{id}'),
  updateCheckoutSession: operation('POST', '/v1/checkout/sessions/{id}', object({ metadata, expand })),
  expireCheckoutSession: operation('POST', '/v1/checkout/sessions/{id}/expire'),
  listCheckoutSessions: operation(
    'GET',
    '/v1/checkout/sessions',
    list({
      created,
      customer: text(),
      payment_intent: text(),
      status: oneOf('complete', 'expired', 'open'),
    }),
  ),
  listCheckoutLineItems: operation('GET', '/v1/checkout/sessions/{id}/line_items', list({})),
} satisfies Record<string, OperationShape>;
