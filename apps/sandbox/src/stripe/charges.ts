import { book, processingFee } from './balances';
import { emit } from './events';
import { presentApplicationFee, presentTransfer } from './present-connect';
import { presentCharge } from './present-payments';
import { resourceMissing } from './stripe-error';
import type { StripeModel } from './stripe-model';
import type {
  ApplicationFeeRow,
  ChargeRow,
  PaymentIntentRow,
  PaymentMethodRow,
  TransferRow,
} from './stripe-rows';
import { behaviourOf } from './test-methods';

export function findCharge(model: StripeModel, id: string, param = 'id'): ChargeRow {
  const row = model.tables.charges.get(id);
  if (!row) throw resourceMissing('charge', id, param);
  return row;
}

/**
 * The money of a successful payment. A destination charge moves the whole amount (or `transfer_data[amount]`) to the
 * connected account and takes the application fee back from there; Stripe's processing fee is the platform's.
 */
export function chargeSucceeded(
  model: StripeModel,
  intent: PaymentIntentRow,
  method: PaymentMethodRow,
): ChargeRow {
  const charge = newCharge(model, intent, method);
  charge.balance_transaction = book(model, {
    account: null,
    type: 'charge',
    amount: charge.amount,
    currency: charge.currency,
    source: charge.id,
    fees: [
      {
        amount: processingFee(model, charge.amount),
        type: 'stripe_fee',
        description: 'Stripe processing fees',
      },
    ],
  }).id;
  const transferred = intent.transfer_data ? (intent.transfer_data.amount ?? charge.amount) : 0;
  if (intent.transfer_data && transferred > 0) {
    transferToDestination(model, charge, intent.transfer_data.destination, transferred);
  }
  model.tables.charges.put(charge);
  emit(model, 'charge.succeeded', presentCharge(charge, model));
  if (behaviourOf(method).dispute) planDispute(model, charge);
  return charge;
}

function planDispute(model: StripeModel, charge: ChargeRow): void {
  model.tables.due.put({
    id: model.ids.text('due_'),
    dueAt: charge.created + model.settings.disputeSeconds,
    action: 'open_dispute',
    subject: charge.id,
  });
}

export function chargeDeclined(
  model: StripeModel,
  intent: PaymentIntentRow,
  method: PaymentMethodRow,
  decline: { code: string; declineCode: string; message: string },
): ChargeRow {
  const charge = newCharge(model, intent, method);
  charge.status = 'failed';
  charge.failure_code = decline.code;
  charge.decline_code = decline.declineCode;
  charge.failure_message = decline.message;
  model.tables.charges.put(charge);
  emit(model, 'charge.failed', presentCharge(charge, model));
  return charge;
}

function newCharge(model: StripeModel, intent: PaymentIntentRow, method: PaymentMethodRow): ChargeRow {
  const { transfer_data: transfer } = intent;
  return {
    id: model.ids.text('ch_3'),
    account: null,
    created: model.clock.nowSeconds(),
    amount: intent.amount,
    amount_refunded: 0,
    currency: intent.currency,
    status: 'succeeded',
    failure_code: null,
    decline_code: null,
    failure_message: null,
    payment_intent: intent.id,
    payment_method: method.id,
    customer: intent.customer,
    balance_transaction: null,
    application_fee: null,
    application_fee_amount: intent.application_fee_amount,
    transfer: null,
    transfer_data: transfer ? { destination: transfer.destination, amount: transfer.amount ?? null } : null,
    transfer_group: intent.transfer_group ?? (transfer ? `group_${intent.id}` : null),
    source_transfer: null,
    on_behalf_of: intent.on_behalf_of,
    description: intent.description,
    receipt_email: intent.receipt_email,
    statement_descriptor_suffix: intent.statement_descriptor_suffix,
    metadata: intent.metadata,
  };
}

function transferToDestination(
  model: StripeModel,
  charge: ChargeRow,
  destination: string,
  amount: number,
): void {
  const transferId = model.ids.text('tr_3');
  const fee = charge.application_fee_amount ?? 0;
  const payment: ChargeRow = {
    ...charge,
    id: model.ids.text('py_1'),
    account: destination,
    amount,
    payment_intent: null,
    payment_method: null,
    customer: null,
    source_transfer: transferId,
    transfer: null,
    transfer_data: null,
    on_behalf_of: null,
    description: null,
    receipt_email: null,
    metadata: {},
  };
  payment.balance_transaction = book(model, {
    account: destination,
    type: 'payment',
    amount,
    currency: charge.currency,
    source: payment.id,
    fees: [{ amount: fee, type: 'application_fee', description: 'Application fee' }],
  }).id;
  const transfer = recordTransfer(model, transferId, charge, payment);
  charge.transfer = transfer.id;
  if (fee > 0) {
    const applicationFee = recordApplicationFee(model, charge, payment, fee);
    charge.application_fee = applicationFee.id;
    payment.application_fee = applicationFee.id;
  }
  model.tables.charges.put(payment);
  emit(model, 'transfer.created', presentTransfer(transfer, model));
}

function recordTransfer(model: StripeModel, id: string, charge: ChargeRow, payment: ChargeRow): TransferRow {
  const booked = book(model, {
    account: null,
    type: 'transfer',
    amount: -payment.amount,
    currency: charge.currency,
    source: id,
  });
  return model.tables.transfers.put({
    id,
    created: charge.created,
    amount: payment.amount,
    amount_reversed: 0,
    currency: charge.currency,
    destination: payment.account ?? '',
    destination_payment: payment.id,
    source_transaction: charge.id,
    transfer_group: charge.transfer_group,
    balance_transaction: booked.id,
    metadata: {},
  });
}

function recordApplicationFee(
  model: StripeModel,
  charge: ChargeRow,
  payment: ChargeRow,
  amount: number,
): ApplicationFeeRow {
  const id = model.ids.text('fee_1');
  const booked = book(model, {
    account: null,
    type: 'application_fee',
    amount,
    currency: charge.currency,
    source: id,
  });
  const fee = model.tables.applicationFees.put({
    id,
    created: charge.created,
    amount,
    amount_refunded: 0,
    currency: charge.currency,
    account: payment.account ?? '',
    charge: payment.id,
    originating_transaction: charge.id,
    balance_transaction: booked.id,
  });
  emit(model, 'application_fee.created', presentApplicationFee(fee, model));
  return fee;
}
