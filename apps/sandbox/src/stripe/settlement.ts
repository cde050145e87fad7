import { findCharge } from './charges';
import { expireCheckoutSession, findCheckoutSession } from './checkout-sessions';
import { findDispute, loseDispute, openDispute, winDispute } from './disputes';
import { failRefund, succeedRefund } from './refunds';
import { failProcessing, succeed } from './payment-confirmation';
import { findPaymentIntent } from './payment-intents';
import type { StripeModel } from './stripe-model';
import type { DueRow } from './stripe-rows';
import { behaviourOf } from './test-methods';

/** Does what has come due by the business clock: refunds arrive or fail, payments are processed, banks decide. */
export function settleDue(model: StripeModel): void {
  const now = model.clock.nowSeconds();
  const ownCause = { ...model, cause: { requestId: null, idempotencyKey: null } };
  const ripe = model.tables.due.where((row) => row.dueAt <= now).toSorted((a, b) => a.dueAt - b.dueAt);
  for (const due of ripe) {
    if (!model.tables.due.get(due.id)) continue; // an earlier one of this round made it pointless
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
    case 'open_dispute':
      disputeAsCardDoes(model, due.subject);
      return;
    case 'win_dispute':
      winDispute(model, findDispute(model, due.subject));
      return;
    case 'lose_dispute':
      loseDispute(model, findDispute(model, due.subject));
      return;
    case 'expire_checkout':
      expireCheckoutSession(model, findCheckoutSession(model, due.subject));
      return;
    case 'succeed_payment':
    case 'fail_payment': {
      const intent = findPaymentIntent(model, due.subject);
      const method = model.tables.paymentMethods.get(intent.payment_method ?? '');
      if (intent.status !== 'processing' || !method) return;
      if (due.action === 'succeed_payment') succeed(model, intent, method);
      else failProcessing(model, intent, method);
    }
  }
}

/** A charge that was refunded in full meanwhile has nothing left to dispute. */
function disputeAsCardDoes(model: StripeModel, chargeId: string): void {
  const charge = findCharge(model, chargeId);
  const method = model.tables.paymentMethods.get(charge.payment_method ?? '');
  const course = method && behaviourOf(method).dispute;
  if (course && !charge.dispute && charge.amount_refunded < charge.amount) openDispute(model, charge, course);
}
