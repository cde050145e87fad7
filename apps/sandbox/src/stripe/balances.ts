import type Stripe from 'stripe';
import type { StripeModel } from './stripe-model';
import type { BalanceTransactionRow } from './stripe-rows';

/** Business seconds until money of a payment becomes available. */
const SETTLEMENT_SECONDS = 2 * 24 * 3_600;

export interface Movement {
  /** The connected account, or null for the platform. */
  account: string | null;
  type:
    | 'charge'
    | 'payment'
    | 'refund'
    | 'payment_refund'
    | 'refund_failure'
    | 'transfer'
    | 'transfer_refund'
    | 'application_fee'
    | 'application_fee_refund'
    | 'adjustment';
  /** Signed minor units before fees. */
  amount: number;
  currency: string;
  source: string;
  /** Where it is not the type's own. */
  reportingCategory?: 'dispute' | 'dispute_reversal';
  fees?: BalanceTransactionRow['fee_details'];
  description?: string;
}

/** Books one movement on an account's balance. */
export function book(model: StripeModel, movement: Movement): BalanceTransactionRow {
  const created = model.clock.nowSeconds();
  const fees = (movement.fees ?? []).filter((detail) => detail.amount !== 0);
  const fee = fees.reduce((sum, detail) => sum + detail.amount, 0);
  return model.tables.balanceTransactions.put({
    id: model.ids.text('txn_'),
    account: movement.account,
    created,
    available_on: movement.amount > 0 ? created + SETTLEMENT_SECONDS : created,
    amount: movement.amount,
    fee,
    net: movement.amount - fee,
    currency: movement.currency,
    type: movement.type,
    reporting_category:
      movement.reportingCategory ?? (movement.type === 'payment' ? 'charge' : movement.type),
    source: movement.source,
    description: movement.description ?? null,
    fee_details: fees,
  });
}

/** Stripe's own fee for a charge, rounded half up. Source: StripeSettings.processingFee. */
export function processingFee(model: StripeModel, amountMinor: number): number {
  const { basisPoints, fixedMinor } = model.settings.processingFee;
  return Math.floor((amountMinor * basisPoints + 5_000) / 10_000) + fixedMinor;
}

/** Sum of net movements per currency, pending and available together; minor units. */
export function balanceTotals(model: StripeModel, account: string | null): Record<string, number> {
  const totals: Record<string, number> = {};
  for (const row of model.tables.balanceTransactions.where((movement) => movement.account === account)) {
    totals[row.currency] = (totals[row.currency] ?? 0) + row.net;
  }
  return totals;
}

export function presentBalance(model: StripeModel, account: string | null): Stripe.Balance {
  const now = model.clock.nowSeconds();
  const rows = model.tables.balanceTransactions.where((row) => row.account === account);
  const sum = (isWanted: (row: BalanceTransactionRow) => boolean) => {
    const amounts = new Map<string, number>([['usd', 0]]);
    for (const row of rows)
      amounts.set(row.currency, (amounts.get(row.currency) ?? 0) + (isWanted(row) ? row.net : 0));
    return [...amounts].map(([currency, amount]) => ({ amount, currency, source_types: { card: amount } }));
  };
  return {
    object: 'balance',
    available: sum((row) => row.available_on <= now),
    livemode: false,
    pending: sum((row) => row.available_on > now),
  };
}
