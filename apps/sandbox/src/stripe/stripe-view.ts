import type { StripeView } from '../sandbox.types';
import { balanceTotals } from './balances';
import {
  presentAccount,
  presentApplicationFee,
  presentBalanceTransaction,
  presentEvent,
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
import type { StripeModel } from './stripe-model';

/** Stripe's state as plain objects of the API, made at each reading. */
export function viewStripe(model: StripeModel): StripeView {
  const { tables } = model;
  return {
    get accounts() {
      return tables.accounts.all().map(presentAccount);
    },
    get customers() {
      return tables.customers.all().map(presentCustomer);
    },
    get paymentMethods() {
      return tables.paymentMethods.all().map(presentPaymentMethod);
    },
    get paymentIntents() {
      return tables.paymentIntents.all().map((row) => presentPaymentIntent(row, model));
    },
    get charges() {
      return tables.charges.where((row) => row.account === null).map((row) => presentCharge(row, model));
    },
    get setupIntents() {
      return tables.setupIntents.all().map((row) => presentSetupIntent(row, model));
    },
    get checkoutSessions() {
      return tables.checkoutSessions.all().map((row) => presentCheckoutSession(row, model));
    },
    get disputes() {
      return tables.disputes.all().map((row) => presentDispute(row, model));
    },
    get refunds() {
      return tables.refunds.where((row) => row.account === null).map(presentRefund);
    },
    get transfers() {
      return tables.transfers.all().map((row) => presentTransfer(row, model));
    },
    get transferReversals() {
      return tables.transferReversals.all().map(presentTransferReversal);
    },
    get applicationFees() {
      return tables.applicationFees.all().map((row) => presentApplicationFee(row, model));
    },
    get feeRefunds() {
      return tables.feeRefunds.all().map(presentFeeRefund);
    },
    get balanceTransactions() {
      return tables.balanceTransactions
        .all()
        .map((row) => ({ ...presentBalanceTransaction(row, model), account: row.account }));
    },
    get events() {
      return tables.events.all().map(presentEvent);
    },
    get idempotency() {
      return tables.idempotency.all();
    },
    balance: (account) => balanceTotals(model, account ?? null),
  };
}
