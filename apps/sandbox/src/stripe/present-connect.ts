import type Stripe from 'stripe';
import type { StripeModel } from './stripe-model';
import type {
  AccountRow,
  ApplicationFeeRow,
  BalanceTransactionRow,
  EventRow,
  FeeRefundRow,
  TransferReversalRow,
  TransferRow,
} from './stripe-rows';

export const API_VERSION = '2026-10-28.endive';
const APPLICATION = 'ca_sandbox';

/** May the account take transfers (and so be the destination of a charge)? */
export function canReceiveTransfers(row: AccountRow): boolean {
  return isActive(row) && row.requestedCapabilities.includes('transfers');
}

function isActive(row: AccountRow): boolean {
  return row.details_submitted && disabledReason(row) === null;
}

export function presentAccount(row: AccountRow): Stripe.Account {
  const mayTakePayments = isActive(row);
  return {
    id: row.id,
    object: 'account',
    business_profile: presentBusinessProfile(row),
    business_type: row.business_type,
    capabilities: Object.fromEntries(
      row.requestedCapabilities.map((name) => [name, mayTakePayments ? 'active' : 'inactive']),
    ),
    charges_enabled: mayTakePayments,
    controller: {
      fees: { payer: row.controller.feesPayer },
      is_controller: true,
      losses: { payments: row.controller.lossesPayments },
      requirement_collection: row.controller.requirementCollection,
      stripe_dashboard: { type: row.controller.dashboard },
      type: 'application',
    },
    country: row.country,
    created: row.created,
    default_currency: row.default_currency,
    details_submitted: row.details_submitted,
    email: row.email,
    external_accounts: {
      object: 'list',
      data: [],
      has_more: false,
      url: `/v1/accounts/${row.id}/external_accounts`,
    },
    future_requirements: requirements([], [], null),
    metadata: row.metadata,
    payouts_enabled: mayTakePayments,
    requirements: requirements(currentlyDue(row), pastDue(row), disabledReason(row)),
    tos_acceptance: row.details_submitted ? { date: row.created } : {},
    type: row.type,
  };
}

function presentBusinessProfile(row: AccountRow): Stripe.Account.BusinessProfile {
  return {
    mcc: row.business_profile['mcc'] ?? null,
    minority_owned_business_designation: null,
    name: row.business_profile['name'] ?? null,
    product_description: row.business_profile['product_description'] ?? null,
    specified_commercial_transactions_act_url: null,
    support_address: null,
    support_email: row.business_profile['support_email'] ?? null,
    support_phone: row.business_profile['support_phone'] ?? null,
    support_url: row.business_profile['support_url'] ?? null,
    url: row.business_profile['url'] ?? null,
  };
}

const FOR_ONBOARDING = ['external_account', 'individual.id_number', 'tos_acceptance.date'];

function currentlyDue(row: AccountRow): string[] {
  return row.details_submitted ? (row.currentlyDue ?? []) : FOR_ONBOARDING;
}

function pastDue(row: AccountRow): string[] {
  return row.details_submitted ? (row.pastDue ?? []) : FOR_ONBOARDING;
}

function disabledReason(row: AccountRow): Stripe.Account.Requirements.DisabledReason | null {
  if (row.restricted) return 'platform_paused';
  if (pastDue(row).length > 0) return 'requirements.past_due';
  return row.disabledReason ?? null;
}

function requirements(
  due: string[],
  past: string[],
  reason: Stripe.Account.Requirements.DisabledReason | null,
): Stripe.Account.Requirements {
  return {
    alternatives: [],
    current_deadline: null,
    currently_due: due,
    disabled_reason: reason,
    errors: [],
    eventually_due: due,
    past_due: past,
    pending_verification: [],
  };
}

export function presentTransfer(row: TransferRow, model: StripeModel): Stripe.Transfer {
  const reversals = model.tables.transferReversals
    .where((reversal) => reversal.transfer === row.id)
    .toReversed();
  return {
    id: row.id,
    object: 'transfer',
    amount: row.amount,
    amount_reversed: row.amount_reversed,
    balance_transaction: row.balance_transaction,
    created: row.created,
    currency: row.currency,
    description: row.description ?? null,
    destination: row.destination,
    destination_payment: row.destination_payment,
    livemode: false,
    metadata: row.metadata,
    reversals: {
      object: 'list',
      data: reversals.slice(0, 10).map(presentTransferReversal),
      has_more: reversals.length > 10,
      url: `/v1/transfers/${row.id}/reversals`,
    },
    reversed: row.amount_reversed === row.amount,
    source_transaction: row.source_transaction,
    source_type: 'card',
    transfer_group: row.transfer_group,
  };
}

export function presentTransferReversal(row: TransferReversalRow): Stripe.TransferReversal {
  return {
    id: row.id,
    object: 'transfer_reversal',
    amount: row.amount,
    balance_transaction: row.balance_transaction,
    created: row.created,
    currency: row.currency,
    destination_payment_refund: row.destination_payment_refund,
    metadata: row.metadata,
    source_refund: row.source_refund,
    transfer: row.transfer,
  };
}

export function presentApplicationFee(row: ApplicationFeeRow, model: StripeModel): Stripe.ApplicationFee {
  const refunds = model.tables.feeRefunds.where((refund) => refund.fee === row.id).toReversed();
  return {
    id: row.id,
    object: 'application_fee',
    account: row.account,
    amount: row.amount,
    amount_refunded: row.amount_refunded,
    application: APPLICATION,
    balance_transaction: row.balance_transaction,
    charge: row.charge,
    created: row.created,
    currency: row.currency,
    fee_source: { charge: row.charge, type: 'charge' },
    livemode: false,
    originating_transaction: row.originating_transaction,
    refunded: row.amount_refunded === row.amount,
    refunds: {
      object: 'list',
      data: refunds.slice(0, 10).map(presentFeeRefund),
      has_more: refunds.length > 10,
      url: `/v1/application_fees/${row.id}/refunds`,
    },
  };
}

export function presentFeeRefund(row: FeeRefundRow): Stripe.FeeRefund {
  return {
    id: row.id,
    object: 'fee_refund',
    amount: row.amount,
    balance_transaction: row.balance_transaction,
    created: row.created,
    currency: row.currency,
    fee: row.fee,
    metadata: row.metadata,
  };
}

export function presentBalanceTransaction(
  row: BalanceTransactionRow,
  model: StripeModel,
): Stripe.BalanceTransaction {
  return {
    id: row.id,
    object: 'balance_transaction',
    amount: row.amount,
    available_on: row.available_on,
    balance_type: 'payments',
    created: row.created,
    currency: row.currency,
    description: row.description,
    exchange_rate: null,
    fee: row.fee,
    fee_details: row.fee_details.map((detail) => ({
      amount: detail.amount,
      application: detail.type === 'application_fee' ? APPLICATION : null,
      currency: row.currency,
      description: detail.description,
      type: detail.type,
    })),
    net: row.net,
    reporting_category: row.reporting_category,
    source: row.source,
    status: row.available_on <= model.clock.nowSeconds() ? 'available' : 'pending',
    type: row.type,
  };
}

/** As listed, read and delivered: snapshot of the object at the time of the event. */
export function presentEvent(row: EventRow): Stripe.Event {
  const event: unknown = {
    id: row.id,
    object: 'event',
    ...(row.account && { account: row.account }),
    api_version: API_VERSION,
    created: row.created,
    data: { object: row.object },
    livemode: false,
    pending_webhooks: row.isDelivered ? 1 : 0,
    request: { id: row.requestId, idempotency_key: row.idempotencyKey },
    type: row.type,
  };
  return event as Stripe.Event;
}
