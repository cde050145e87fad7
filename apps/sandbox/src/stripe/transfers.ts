import { book } from './balances';
import { findCharge } from './charges';
import { emit } from './events';
import { canReceiveTransfers, presentTransfer } from './present-connect';
import { invalidRequest, resourceMissing } from './stripe-error';
import { mergeMetadata, type StripeModel } from './stripe-model';
import type { ChargeRow, Metadata, TransferRow } from './stripe-rows';

export interface CreateTransferParameters {
  amount: number;
  currency: string;
  description?: string;
  destination: string;
  metadata?: Metadata;
  source_transaction?: string;
  transfer_group?: string;
}

/**
 * Moves money of the platform to a connected account, beside any charge or out of one. The sandbox lets the
 * platform's balance go below zero where Stripe would answer `balance_insufficient`.
 *
 * @throws StripeError 400 for a destination that may not take it, or more than the source charge has left
 */
export function createTransfer(model: StripeModel, body: CreateTransferParameters): TransferRow {
  const account = model.tables.accounts.get(body.destination);
  if (!account) throw resourceMissing('destination', body.destination, 'destination');
  if (!canReceiveTransfers(account)) {
    throw invalidRequest(
      'Your destination account needs to have at least one of the following capabilities enabled: transfers, legacy_payments',
      'destination',
      'insufficient_capabilities_for_transfer',
    );
  }
  const source = body.source_transaction
    ? findCharge(model, body.source_transaction, 'source_transaction')
    : null;
  if (source) assertWithin(model, source, body);
  const currency = body.currency.toLowerCase();
  const id = model.ids.text('tr_1');
  const booked = book(model, { account: null, type: 'transfer', amount: -body.amount, currency, source: id });
  const payment = payAtDestination(model, { ...body, currency }, id);
  const transfer = model.tables.transfers.put({
    id,
    created: payment.created,
    amount: body.amount,
    amount_reversed: 0,
    currency,
    description: body.description ?? null,
    destination: account.id,
    destination_payment: payment.id,
    source_transaction: source?.id ?? null,
    transfer_group: body.transfer_group ?? source?.transfer_group ?? null,
    balance_transaction: booked.id,
    metadata: mergeMetadata({}, body.metadata),
  });
  emit(model, 'transfer.created', presentTransfer(transfer, model));
  return transfer;
}

function assertWithin(model: StripeModel, source: ChargeRow, body: CreateTransferParameters): void {
  const moved = model.tables.transfers
    .where((transfer) => transfer.source_transaction === source.id)
    .reduce((sum, transfer) => sum + transfer.amount - transfer.amount_reversed, 0);
  if (source.status !== 'succeeded' || source.currency !== body.currency.toLowerCase()) {
    throw invalidRequest(
      'The source_transaction is not a paid charge of this currency.',
      'source_transaction',
    );
  }
  if (moved + body.amount <= source.amount) return;
  throw invalidRequest(
    `The transfers of ${source.id} would be larger than the charge.`,
    'amount',
    'amount_too_large',
  );
}

function payAtDestination(model: StripeModel, body: CreateTransferParameters, transferId: string): ChargeRow {
  const id = model.ids.text('py_1');
  const booked = book(model, {
    account: body.destination,
    type: 'payment',
    amount: body.amount,
    currency: body.currency,
    source: id,
  });
  return model.tables.charges.put({
    id,
    account: body.destination,
    created: booked.created,
    amount: body.amount,
    amount_refunded: 0,
    currency: body.currency,
    status: 'succeeded',
    failure_code: null,
    decline_code: null,
    failure_message: null,
    payment_intent: null,
    payment_method: null,
    customer: null,
    balance_transaction: booked.id,
    application_fee: null,
    application_fee_amount: null,
    transfer: null,
    transfer_data: null,
    transfer_group: body.transfer_group ?? null,
    source_transfer: transferId,
    on_behalf_of: null,
    description: null,
    receipt_email: null,
    statement_descriptor_suffix: null,
    metadata: {},
  });
}
