import { sql } from '@app/database';
import type { TestApp } from '../support/test-app';

/** One fact as both sides have it, keyed alike, so that a difference names the payment, refund or account. */
export interface Compared {
  ours: Record<string, unknown>;
  theirs: Record<string, unknown>;
}

/**
 * Every payment that was captured: amount, fee, what went back of both, by the id at Stripe. A refund that waited for a dispute
 * which was lost then keeps its amount reserved.
 */
export async function comparePayments(app: TestApp): Promise<Compared> {
  const rows = await app.database.many(sql<{ id: string; facts: unknown }>`
    select stripe_payment_intent_id as id, jsonb_build_array(captured_minor, refunded_minor - kept.minor, application_fee_minor,
      fee_returned_minor, processing_fee_minor) as facts
    from payments p cross join lateral (select coalesce(sum(amount_minor), 0)::bigint as minor from refunds r
      where r.coach_id = p.coach_id and r.payment_id = p.id and r.status = 'needs_attention' and r.failure_code = 'dispute_lost') kept
    where captured_minor > 0`);
  const { charges, applicationFees, balanceTransactions, paymentIntents } = app.sandbox.stripe;
  const feeOf = new Map(applicationFees.map((fee) => [idOf(fee.originating_transaction), fee]));
  const kept = new Map(balanceTransactions.map(({ id, fee }) => [id, fee]));
  const chargeOf = new Map(charges.map((charge) => [charge.id, charge]));
  const theirs: [string, unknown][] = [];
  for (const intent of paymentIntents) {
    const charge = chargeOf.get(idOf(intent.latest_charge) ?? '');
    if (intent.status !== 'succeeded' || charge === undefined) continue;
    const fee = feeOf.get(charge.id);
    const processing = kept.get(idOf(charge.balance_transaction) ?? '');
    theirs.push([
      intent.id,
      [
        intent.amount_received,
        charge.amount_refunded,
        fee?.amount ?? 0,
        fee?.amount_refunded ?? 0,
        processing,
      ],
    ]);
  }
  return { ours: byId(rows.map(({ id, facts }) => [id, facts])), theirs: byId(theirs) };
}

/** Every refund that succeeded, by the id at Stripe: payment and amount. */
export async function compareRefunds(app: TestApp): Promise<Compared> {
  const rows = await app.database.many(sql<{ id: string; facts: unknown }>`
    select r.stripe_refund_id as id, jsonb_build_array(p.stripe_payment_intent_id, r.amount_minor) as facts
    from refunds r join payments p on p.coach_id = r.coach_id and p.id = r.payment_id where r.status = 'succeeded'`);
  const theirs = app.sandbox.stripe.refunds.filter(({ status }) => status === 'succeeded');
  return {
    ours: byId(rows.map(({ id, facts }) => [id, facts])),
    theirs: byId(theirs.map((refund) => [refund.id, [idOf(refund.payment_intent), refund.amount]])),
  };
}

/**
 * Every dispute, by the id at Stripe: how it stands, and whether all that was taken from the coach for it was given again, or is
 * still with the platform. One that was won before we heard of it has taken nothing.
 */
export async function compareDisputes(app: TestApp): Promise<Compared> {
  const rows = await app.database.many(sql<{ id: string; status: string; isSettled: boolean }>`
    select stripe_dispute_id as id, status,
      case when status = 'won' then transfer_asked_minor is null and transfer_reversed_minor = transfer_returned_minor
        else transfer_state = 'reversed' end as "isSettled"
    from disputes`);
  return {
    ours: byId(rows.map(({ id, status, isSettled }) => [id, [status, isSettled ? 'settled' : 'unsettled']])),
    theirs: byId(app.sandbox.stripe.disputes.map(({ id, status }) => [id, [status, 'settled']])),
  };
}

/** Every page of Checkout: what was paid on it, and for which payment; by its PaymentIntent. Those that are still open, by name. */
export async function compareCheckout(app: TestApp): Promise<Compared> {
  const pages = app.sandbox.stripe.checkoutSessions;
  const theirs: [string, unknown][] = pages
    .filter(({ payment_status: status }) => status === 'paid')
    .map((page) => [idOf(page.payment_intent) ?? page.id, [page.client_reference_id, page.amount_total]]);
  const intents = pages.flatMap((page) => idOf(page.payment_intent) ?? []);
  const rows = await app.database.many(sql<{ id: string; facts: unknown }>`
    select stripe_payment_intent_id as id, jsonb_build_array(coalesce(paid_twice_of, id), captured_minor) as facts
    from payments where captured_minor > 0 and stripe_payment_intent_id = any(${intents}::text[])`);
  const open = await app.database.many(sql<{ id: string }>`
    select stripe_checkout_session_id as id from payments where stripe_checkout_session_id is not null`);
  const openThere = pages.filter(({ status }) => status === 'open');
  return {
    ours: { ...byId(rows.map(({ id, facts }) => [id, facts])), open: open.map(({ id }) => id).sort() },
    theirs: { ...byId(theirs), open: openThere.map(({ id }) => id).sort() },
  };
}

/** What was paid more than once: how often, and how much in all, by the id of the payment. All but one of them goes back. */
export async function comparePaidTwice(app: TestApp): Promise<Compared> {
  const rows = await app.database.many(sql<{ id: string; facts: unknown }>`
    select coalesce(paid_twice_of, id)::text as id, jsonb_build_array(count(*), sum(captured_minor)) as facts
    from payments where captured_minor > 0 group by 1 having count(*) > 1`);
  const amounts = new Map<string, number[]>();
  for (const { status, metadata, amount_received: amount } of app.sandbox.stripe.paymentIntents) {
    const id = metadata['paymentId'];
    if (status === 'succeeded' && id !== undefined) amounts.set(id, [...(amounts.get(id) ?? []), amount]);
  }
  const several = [...amounts].filter(([, each]) => each.length > 1);
  return {
    ours: byId(rows.map(({ id, facts }) => [id, facts])),
    theirs: byId(several.map(([id, each]) => [id, [each.length, each.reduce((sum, one) => sum + one, 0)]])),
  };
}

/**
 * The balance of each coach's account at Stripe and the platform's own, against our ledger: what is owed to the coach, earned
 * or not yet; what the platform earned less what Stripe charged it. What clients still owe is at neither.
 */
export async function compareBalances(app: TestApp): Promise<Compared> {
  const rows = await app.database.many(sql<{ id: string; balance: number }>`
    select a.stripe_account_id as id,
      coalesce(-sum(e.amount_minor) filter (where e.account in ('coach', 'deferred_packages')), 0)::bigint as balance
    from payout_accounts a left join (${settledEntries}) e on e.coach_id = a.coach_id
    group by a.stripe_account_id
    union all
    select 'platform',
      coalesce(-sum(amount_minor) filter (where account in ('platform_fee', 'processing_fee', 'dispute_fee')), 0)::bigint
    from (${settledEntries}) e`);
  const { stripe } = app.sandbox;
  const theirs: [string, unknown][] = stripe.accounts.map(({ id }) => [id, stripe.balance(id)['eur'] ?? 0]);
  theirs.push(['platform', stripe.balance()['eur'] ?? 0]);
  return { ours: byId(rows.map(({ id, balance }) => [id, balance])), theirs: byId(theirs) };
}

/** Entries of payments that Stripe has taken. */
const settledEntries = sql`select e.coach_id, e.account, e.amount_minor from ledger_entries e
  join ledger_transactions t on t.coach_id = e.coach_id and t.id = e.transaction_id
  join payments p on p.coach_id = t.coach_id and p.id = t.payment_id
  where p.captured_minor > 0`;

function idOf(reference: string | { id: string } | null | undefined): string | undefined {
  return typeof reference === 'object' ? reference?.id : reference;
}

function byId(rows: [string, unknown][]): Record<string, unknown> {
  return Object.fromEntries(rows.sort(([a], [b]) => (a < b ? -1 : 1)));
}
