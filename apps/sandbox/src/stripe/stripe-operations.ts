import {
  createAccount,
  createAccountLink,
  findAccount,
  updateAccount,
  type AccountLinkParameters,
  type CreateAccountParameters,
  type UpdateAccountParameters,
} from './accounts';
import { presentBalance } from './balances';
import { findCharge } from './charges';
import { findApplicationFee, findTransfer, refundApplicationFee, reverseTransfer } from './connect-reversals';
import {
  attachPaymentMethod,
  createCustomer,
  detachPaymentMethod,
  findCustomer,
  updateCustomer,
  type CustomerParameters,
} from './customers';
import { confirmPaymentIntent, type ConfirmParameters } from './payment-confirmation';
import type { ListParameters } from './lists';
import {
  cancelPaymentIntent,
  createPaymentIntent,
  findPaymentIntent,
  updatePaymentIntent,
  type CreatePaymentIntentParameters,
  type PaymentIntentParameters,
} from './payment-intents';
import {
  presentAccount,
  presentApplicationFee,
  presentBalanceTransaction,
  presentEvent,
  presentFeeRefund,
  presentTransfer,
  presentTransferReversal,
} from './present-connect';
import {
  presentCharge,
  presentCustomer,
  presentPaymentIntent,
  presentPaymentMethod,
  presentRefund,
} from './present-payments';
import { CHECKOUT_HANDLERS } from './checkout-operations';
import { DISPUTE_HANDLERS } from './dispute-operations';
import { createRefund, findRefund, type RefundParameters } from './refunds';
import type { PaymentOperationName, StripeOperationName } from './request-shapes';
import { SETUP_HANDLERS } from './setup-operations';
import { id, matching, page, type StripeCall, type StripeHandler } from './stripe-call';
import { resourceMissing } from './stripe-error';
import { mergeMetadata } from './stripe-model';
import type { Metadata } from './stripe-rows';
import { findPaymentMethod } from './test-methods';

interface OperationParameters {
  createAccount: CreateAccountParameters;
  updateAccount: UpdateAccountParameters;
  createAccountLink: AccountLinkParameters;
  createCustomer: CustomerParameters;
  updateCustomer: CustomerParameters;
  listCustomers: ListParameters & { email?: string };
  listPaymentMethods: ListParameters & { customer?: string };
  attachPaymentMethod: { customer: string };
  createPaymentIntent: CreatePaymentIntentParameters;
  updatePaymentIntent: PaymentIntentParameters;
  confirmPaymentIntent: ConfirmParameters;
  cancelPaymentIntent: { cancellation_reason?: string };
  listPaymentIntents: ListParameters & { customer?: string };
  listCharges: ListParameters & { customer?: string; payment_intent?: string; transfer_group?: string };
  createRefund: RefundParameters;
  updateRefund: { metadata?: Metadata | '' };
  listRefunds: ListParameters & { charge?: string; payment_intent?: string };
  listTransfers: ListParameters & { destination?: string; transfer_group?: string };
  createTransferReversal: ReversalParameters;
  listApplicationFees: ListParameters & { charge?: string };
  createFeeRefund: { amount?: number; metadata?: Metadata };
  listBalanceTransactions: ListParameters & { currency?: string; source?: string; type?: string };
  listEvents: ListParameters & { type?: string; types?: string[] };
}

interface ReversalParameters {
  amount?: number;
  metadata?: Metadata | '';
  refund_application_fee?: boolean;
}

/** Of an operation not named above: none of its own, or those of a plain list. */
type ParametersOf<Name extends PaymentOperationName> = Name extends keyof OperationParameters
  ? OperationParameters[Name]
  : ListParameters;

const PAYMENT_HANDLERS: { [Name in PaymentOperationName]: StripeHandler<ParametersOf<Name>> } = {
  createAccount: (call) => presentAccount(createAccount(call.model, call.parameters)),
  retrieveAccount: (call) => presentAccount(findAccount(call.model, id(call))),
  updateAccount: (call) =>
    presentAccount(updateAccount(call.model, findAccount(call.model, id(call)), call.parameters)),
  listAccounts: (call) => page(call, call.model.tables.accounts.all(), presentAccount),
  createAccountLink: (call) => createAccountLink(call.model, call.parameters),

  createCustomer: (call) => presentCustomer(createCustomer(call.model, call.parameters)),
  retrieveCustomer: (call) => presentCustomer(findCustomer(call.model, id(call))),
  updateCustomer: (call) =>
    presentCustomer(updateCustomer(call.model, findCustomer(call.model, id(call)), call.parameters)),
  listCustomers: (call) => {
    const { email } = call.parameters;
    return page(call, matching(call.model.tables.customers.all(), { email }), presentCustomer);
  },

  retrievePaymentMethod: (call) => presentPaymentMethod(findPaymentMethod(call.model, id(call))),
  listPaymentMethods: (call) => {
    const { customer } = call.parameters;
    return page(call, matching(call.model.tables.paymentMethods.all(), { customer }), presentPaymentMethod);
  },
  attachPaymentMethod: (call) =>
    presentPaymentMethod(attachPaymentMethod(call.model, id(call), call.parameters.customer)),
  detachPaymentMethod: (call) => presentPaymentMethod(detachPaymentMethod(call.model, id(call))),

  createPaymentIntent: (call) =>
    presentPaymentIntent(createPaymentIntent(call.model, call.parameters), call.model),
  retrievePaymentIntent: (call) => presentPaymentIntent(findPaymentIntent(call.model, id(call)), call.model),
  updatePaymentIntent: (call) => {
    const row = findPaymentIntent(call.model, id(call));
    return presentPaymentIntent(updatePaymentIntent(call.model, row, call.parameters), call.model);
  },
  listPaymentIntents: (call) => {
    const { customer } = call.parameters;
    const rows = matching(call.model.tables.paymentIntents.all(), { customer });
    return page(call, rows, (row) => presentPaymentIntent(row, call.model));
  },
  confirmPaymentIntent: (call) => {
    const row = findPaymentIntent(call.model, id(call));
    return presentPaymentIntent(confirmPaymentIntent(call.model, row, call.parameters), call.model);
  },
  cancelPaymentIntent: (call) => {
    const { cancellation_reason: reason } = call.parameters;
    const row = findPaymentIntent(call.model, id(call));
    return presentPaymentIntent(cancelPaymentIntent(call.model, row, reason), call.model);
  },

  retrieveCharge: (call) => presentCharge(findCharge(call.model, id(call)), call.model),
  listCharges: (call) => {
    const { customer, payment_intent, transfer_group } = call.parameters;
    const filters = { account: call.account, customer, payment_intent, transfer_group };
    return page(call, matching(call.model.tables.charges.all(), filters), (row) =>
      presentCharge(row, call.model),
    );
  },

  createRefund: (call) => presentRefund(createRefund(call.model, call.parameters)),
  retrieveRefund: (call) => presentRefund(findRefund(call.model, id(call))),
  updateRefund: (call) => {
    const row = findRefund(call.model, id(call));
    row.metadata = mergeMetadata(row.metadata, call.parameters.metadata);
    return presentRefund(call.model.tables.refunds.put(row));
  },
  listRefunds: (call) => {
    const { charge, payment_intent } = call.parameters;
    const filters = { account: call.account, charge, payment_intent };
    return page(call, matching(call.model.tables.refunds.all(), filters), presentRefund);
  },

  retrieveTransfer: (call) => presentTransfer(findTransfer(call.model, id(call)), call.model),
  listTransfers: (call) => {
    const { destination, transfer_group } = call.parameters;
    const rows = matching(call.model.tables.transfers.all(), { destination, transfer_group });
    return page(call, rows, (row) => presentTransfer(row, call.model));
  },
  createTransferReversal: (call) => presentTransferReversal(reverseByRequest(call)),
  listTransferReversals: (call) => {
    const transfer = findTransfer(call.model, id(call)).id;
    return page(
      call,
      matching(call.model.tables.transferReversals.all(), { transfer }),
      presentTransferReversal,
    );
  },
  retrieveTransferReversal: (call) => {
    const row = call.model.tables.transferReversals.get(id(call));
    if (!row || row.transfer !== call.ids['transferId']) throw resourceMissing('transfer_reversal', id(call));
    return presentTransferReversal(row);
  },

  retrieveApplicationFee: (call) =>
    presentApplicationFee(findApplicationFee(call.model, id(call)), call.model),
  listApplicationFees: (call) => {
    const { charge } = call.parameters;
    const rows = call.model.tables.applicationFees.where(
      (fee) => charge === undefined || fee.charge === charge || fee.originating_transaction === charge,
    );
    return page(call, rows, (row) => presentApplicationFee(row, call.model));
  },
  createFeeRefund: (call) => {
    const fee = findApplicationFee(call.model, id(call));
    const { amount, metadata } = call.parameters;
    const rest = fee.amount - fee.amount_refunded;
    return presentFeeRefund(refundApplicationFee(call.model, fee, amount ?? rest, metadata ?? {}, null));
  },
  listFeeRefunds: (call) => {
    const fee = findApplicationFee(call.model, id(call)).id;
    return page(call, matching(call.model.tables.feeRefunds.all(), { fee }), presentFeeRefund);
  },
  retrieveFeeRefund: (call) => {
    const row = call.model.tables.feeRefunds.get(id(call));
    if (!row || row.fee !== call.ids['feeId']) throw resourceMissing('fee_refund', id(call));
    return presentFeeRefund(row);
  },

  retrieveBalance: (call) => presentBalance(call.model, call.account),
  retrieveBalanceTransaction: (call) => {
    const row = call.model.tables.balanceTransactions.get(id(call));
    if (row?.account !== call.account) throw resourceMissing('balance transaction', id(call));
    return presentBalanceTransaction(row, call.model);
  },
  listBalanceTransactions: (call) => {
    const { currency, source, type } = call.parameters;
    const filters = { account: call.account, currency, source, type };
    const rows = matching(call.model.tables.balanceTransactions.all(), filters);
    return page(call, rows, (row) => presentBalanceTransaction(row, call.model));
  },

  retrieveEvent: (call) => {
    const row = call.model.tables.events.get(id(call));
    if (row?.account !== call.account) throw resourceMissing('event', id(call));
    return presentEvent(row);
  },
  listEvents: (call) => {
    const { type, types } = call.parameters;
    const rows = call.model.tables.events.where(
      (row) =>
        row.account === call.account &&
        (type === undefined || typeMatches(type, row.type)) &&
        (types === undefined || types.some((wanted) => typeMatches(wanted, row.type))),
    );
    return page(call, rows, presentEvent);
  },
};

/** What answers each operation of the same name in `STRIPE_OPERATIONS`. */
export const STRIPE_HANDLERS: Record<StripeOperationName, StripeHandler> = {
  ...PAYMENT_HANDLERS,
  ...SETUP_HANDLERS,
  ...CHECKOUT_HANDLERS,
  ...DISPUTE_HANDLERS,
};

function reverseByRequest(call: StripeCall<ReversalParameters>) {
  const transfer = findTransfer(call.model, id(call));
  const body = call.parameters;
  const amount = body.amount ?? transfer.amount - transfer.amount_reversed;
  const reversal = reverseTransfer(call.model, transfer, amount, mergeMetadata({}, body.metadata), null);
  const fee = call.model.tables.applicationFees.where(
    (row) => row.charge === transfer.destination_payment,
  )[0];
  if (body.refund_application_fee && fee) {
    const share = Math.min(
      Math.floor((fee.amount * amount) / transfer.amount),
      fee.amount - fee.amount_refunded,
    );
    if (share > 0) refundApplicationFee(call.model, fee, share, {}, null);
  }
  return reversal;
}

/** `charge.*` means every type that begins with `charge.`. */
function typeMatches(wanted: string, type: string): boolean {
  return wanted === type || (wanted.endsWith('.*') && type.startsWith(wanted.slice(0, -1)));
}
