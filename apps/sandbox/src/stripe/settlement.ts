import { failRefund, succeedRefund } from './refunds';
import { succeed } from './payment-confirmation';
import { findPaymentIntent } from './payment-intents';
import type { StripeModel } from './stripe-model';
import type { DueRow } from './stripe-rows';

/** Does what has come due by the business clock: pending refunds arrive, failing ones fail, payments are processed. */
export function settleDue(model: StripeModel): void {
  const now = model.clock.nowSeconds();
  const ownCause = { ...model, cause: { requestId: null, idempotencyKey: null } };
  for (const due of model.tables.due.where((row) => row.dueAt <= now)) {
    model.tables.due.delete(due.id);
    settle(ownCause, due);
  }
}

function settle(model: StripeModel, due: DueRow): void {
  switch (due.action) {
    case 'succeed_refund':
      succeedRefund(model, due.subject);
      return;
    case 'fail_refund':
      failRefund(model, due.subject);
      return;
    case 'succeed_payment': {
      const intent = findPaymentIntent(model, due.subject);
      const method = model.tables.paymentMethods.get(intent.payment_method ?? '');
      if (intent.status === 'processing' && method) succeed(model, intent, method);
    }
  }
}
