import {
  presentAccount,
  presentApplicationFee,
  presentBalanceTransaction,
  presentFeeRefund,
  presentTransfer,
  presentTransferReversal,
} from './present-connect';
import { presentCheckoutSession } from './present-checkout';
import { presentDispute } from './present-dispute';
import {
  presentCharge,
  presentCustomer,
  presentPaymentIntent,
  presentPaymentMethod,
  presentRefund,
} from './present-payments';
import { presentSetupIntent } from './present-setup-intent';
import { invalidRequest } from './stripe-error';
import type { StripeModel } from './stripe-model';

const MAX_DEPTH = 4;

/** What can be expanded of every object of a kind, though not every one has it. */
const OPTIONAL_PROPERTIES: Record<string, readonly string[]> = { charge: ['transfer'] };

/** The whole object behind an id, whatever its kind. */
export function presentById(model: StripeModel, id: string): object | undefined {
  const { tables } = model;
  const account = tables.accounts.get(id);
  if (account) return presentAccount(account);
  const customer = tables.customers.get(id);
  if (customer) return presentCustomer(customer);
  const method = tables.paymentMethods.get(id);
  if (method) return presentPaymentMethod(method);
  const intent = tables.paymentIntents.get(id);
  if (intent) return presentPaymentIntent(intent, model);
  const setup = tables.setupIntents.get(id);
  if (setup) return presentSetupIntent(setup, model);
  const session = tables.checkoutSessions.get(id);
  if (session) return presentCheckoutSession(session, model);
  const dispute = tables.disputes.get(id);
  if (dispute) return presentDispute(dispute, model);
  const charge = tables.charges.get(id);
  if (charge) return presentCharge(charge, model);
  const refund = tables.refunds.get(id);
  if (refund) return presentRefund(refund);
  const transfer = tables.transfers.get(id);
  if (transfer) return presentTransfer(transfer, model);
  const reversal = tables.transferReversals.get(id);
  if (reversal) return presentTransferReversal(reversal);
  const fee = tables.applicationFees.get(id);
  if (fee) return presentApplicationFee(fee, model);
  const feeRefund = tables.feeRefunds.get(id);
  if (feeRefund) return presentFeeRefund(feeRefund);
  const movement = tables.balanceTransactions.get(id);
  return movement && presentBalanceTransaction(movement, model);
}

/**
 * Replaces ids by their objects along paths such as `latest_charge.balance_transaction` or `data.charge`.
 *
 * @throws StripeError 400 for a path that leads nowhere or is too deep
 */
export function expand(model: StripeModel, answer: object, paths: string[]): void {
  for (const path of paths) {
    const parts = path.split('.');
    if (parts.length > MAX_DEPTH + 1)
      throw invalidRequest('You cannot expand more than 4 levels of a property.', 'expand');
    expandPath(model, answer as Record<string, unknown>, parts, path);
  }
}

function expandPath(
  model: StripeModel,
  target: Record<string, unknown>,
  parts: string[],
  path: string,
): void {
  const [name, ...rest] = parts;
  if (name === undefined) return;
  if (!(name in target) && isOptional(target, name)) return;
  if (!(name in target)) throw invalidRequest(`This property cannot be expanded (${path}).`, 'expand');
  const value = target[name];
  if (value === null || value === undefined) return;
  if (Array.isArray(value)) {
    for (const item of value as Array<Record<string, unknown>>) expandPath(model, item, rest, path);
    return;
  }
  if (typeof value === 'string') {
    const found = presentById(model, value);
    if (!found) throw invalidRequest(`This property cannot be expanded (${path}).`, 'expand');
    target[name] = found;
  }
  if (rest.length > 0) expandPath(model, target[name] as Record<string, unknown>, rest, path);
}

function isOptional(target: Record<string, unknown>, name: string): boolean {
  return (OPTIONAL_PROPERTIES[String(target['object'])] ?? []).includes(name);
}
