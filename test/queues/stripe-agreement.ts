import { sql } from '@app/database';
import type { TestApp } from '../support/test-app';

interface PaymentRow {
  id: string;
  intentId: string;
  chargeId: string | null;
  status: string;
  capturedMinor: number;
  feeReturnedMinor: number;
  takenMinor: number;
}

const REFUND_STATES: Record<string, string> = {
  succeeded: 'succeeded',
  failed: 'failed',
  canceled: 'failed',
  pending: 'submitted',
};
const CHARGED_BACK: readonly string[] = ['needs_response', 'under_review', 'lost'];

/** Everything in which our books and Stripe's are not one, as sentences; empty when they agree. */
export async function disagreements(app: TestApp): Promise<string[]> {
  return [
    ...(await ofPayments(app)),
    ...(await ofRefunds(app)),
    ...(await ofDisputes(app)),
    ...(await ofAccounts(app)),
  ];
}

async function ofPayments(app: TestApp): Promise<string[]> {
  const { stripe } = app.sandbox;
  const rows = await app.database.many(sql<PaymentRow>`
    select p.id, p.stripe_payment_intent_id as "intentId", p.stripe_charge_id as "chargeId", p.status,
      p.captured_minor as "capturedMinor", p.fee_returned_minor as "feeReturnedMinor",
      ((select coalesce(sum(transfer_reversed_minor), 0) from refunds where coach_id = p.coach_id and payment_id = p.id)
        + (select coalesce(sum(transfer_reversed_minor), 0) from disputes where coach_id = p.coach_id and payment_id = p.id))::bigint
        as "takenMinor"
    from payments p where p.stripe_payment_intent_id is not null`);
  const intents = new Map(stripe.paymentIntents.map((intent) => [intent.id, intent]));
  const charges = new Map(stripe.charges.map((charge) => [charge.id, charge]));
  const transfers = new Map(stripe.transfers.map((transfer) => [transfer.source_transaction, transfer]));
  const fees = new Map(stripe.applicationFees.map((fee) => [fee.originating_transaction, fee]));
  const failedCharges = new Set(
    stripe.refunds.filter(({ status }) => status === 'failed').map(({ charge }) => charge),
  );
  const disputedCharges = new Set(
    stripe.disputes.filter(({ status }) => CHARGED_BACK.includes(status)).map(({ charge }) => charge),
  );
  return rows.flatMap((row) => {
    const intent = intents.get(row.intentId);
    const found: string[] = [];
    const compare = (what: string, ours: unknown, theirs: unknown): void => {
      if (ours !== theirs)
        found.push(`payment ${row.id}: ${what} ${String(ours)}, at Stripe ${String(theirs)}`);
    };
    const isPaid = intent?.status === 'succeeded';
    compare('captured', row.capturedMinor, isPaid ? intent.amount_received : 0);
    if (!isPaid || row.chargeId === null) {
      if (intent?.status === 'canceled') compare('status', row.status, 'canceled');
      return found;
    }
    const gone = charges.get(row.chargeId)?.amount_refunded ?? 0;
    const back = gone === 0 ? 'paid' : gone < row.capturedMinor ? 'partially_refunded' : 'refunded';
    compare('status', row.status, disputedCharges.has(row.chargeId) ? 'disputed' : back);
    // What a refund that fails later had moved stays where it is; our sums follow those that stand.
    if (failedCharges.has(row.chargeId)) return found;
    compare('fee returned', row.feeReturnedMinor, fees.get(row.chargeId)?.amount_refunded ?? 0);
    compare('taken from the coach', row.takenMinor, transfers.get(row.chargeId)?.amount_reversed ?? 0);
    return found;
  });
}

async function ofRefunds(app: TestApp): Promise<string[]> {
  const rows = await app.database.many(sql<{ id: string; status: string; amountMinor: number }>`
    select stripe_refund_id as id, status, amount_minor as "amountMinor" from refunds where stripe_refund_id is not null`);
  const ours = new Map(rows.map((row) => [row.id, row]));
  return app.sandbox.stripe.refunds.flatMap(({ id, status, amount }) => {
    const row = ours.get(id);
    if (row !== undefined && row.status === REFUND_STATES[String(status)] && row.amountMinor === amount)
      return [];
    return [`refund ${id}: ${row?.status ?? 'none'}, at Stripe ${String(status)} of ${amount}`];
  });
}

async function ofDisputes(app: TestApp): Promise<string[]> {
  const rows = await app.database.many(sql<{
    id: string;
    status: string;
    amountMinor: number;
    givenMinor: number;
  }>`
    select stripe_dispute_id as id, status, amount_minor as "amountMinor", transfer_returned_minor as "givenMinor" from disputes`);
  const ours = new Map(rows.map((row) => [row.id, row]));
  return app.sandbox.stripe.disputes.flatMap(({ id, status, amount }) => {
    const row = ours.get(id);
    if (row?.status === status && row.amountMinor === amount) return [];
    return [
      `dispute ${id}: ${row?.status ?? 'none'} of ${row?.amountMinor ?? 0}, at Stripe ${status} of ${amount}`,
    ];
  });
}

async function ofAccounts(app: TestApp): Promise<string[]> {
  const rows = await app.database.many(sql<{ id: string; due: string[]; isActive: boolean }>`
    select stripe_account_id as id, requirements_due as due, transfers_active as "isActive" from payout_accounts`);
  return rows.flatMap(({ id, due, isActive }) => {
    const account = app.sandbox.stripe.accounts.find((each) => each.id === id);
    const theirs = JSON.stringify([
      sorted(account?.requirements?.currently_due ?? []),
      account?.capabilities?.transfers === 'active',
    ]);
    const seen = JSON.stringify([sorted(due), isActive]);
    return seen === theirs ? [] : [`account ${id}: ${seen}, at Stripe ${theirs}`];
  });
}

function sorted(names: readonly string[]): string[] {
  return [...names].sort();
}
