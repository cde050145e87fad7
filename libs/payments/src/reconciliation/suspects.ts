import { sql, type RawBuilder } from '@app/database';
import type { Window } from './stripe-listing.service';

/** What has gone back of a payment `p`, by all that we know. */
const OUR_SUMS = sql`
  select coalesce((select sum(r.amount_minor) from refunds r
           where r.coach_id = p.coach_id and r.payment_id = p.id and r.status in ('submitted', 'succeeded')), 0) as refunded,
         coalesce((select sum(r.fee_returned_minor) from refunds r where r.coach_id = p.coach_id and r.payment_id = p.id), 0) as fee_returned,
         coalesce((select sum(r.transfer_reversed_minor) from refunds r where r.coach_id = p.coach_id and r.payment_id = p.id), 0)
         + coalesce((select sum(d.transfer_reversed_minor) from disputes d where d.coach_id = p.coach_id and d.payment_id = p.id), 0)
           as transfer_reversed,
         coalesce(sum(e.amount_minor), 0) as kept, max(e.currency) as kept_in
  from ledger_transactions t join ledger_entries e on e.coach_id = t.coach_id and e.transaction_id = t.id
  where t.coach_id = p.coach_id and t.payment_id = p.id and t.kind = 'processing_fee' and e.account = 'processing_fee'`;

/**
 * PaymentIntents of which Stripe's list and our rows may differ, and those that still have an open difference, in the
 * order of their ids. It may name too many, never too few: each is then read again on both sides.
 *
 * @param after id of the last one seen; the first page begins with ''
 */
export function suspects(
  runId: string,
  window: Window,
  after: string,
  most: number,
): RawBuilder<{ intentId: string }> {
  const { from, to } = window;
  return sql<{ intentId: string }>`
    select distinct intent_id as "intentId" from (
      -- Payments there.
      select l.stripe_id as intent_id
      from reconciliation_listing l
      left join payments p on p.stripe_payment_intent_id = l.stripe_id
      left join lateral (${OUR_SUMS}) own on p.id is not null
      where l.run_id = ${runId} and l.kind = 'payment' and case
        when p.id is null then l.payment_id is not null and l.status = 'paid'
        else (l.status = 'paid') <> (p.captured_minor > 0)
          or (l.status = 'canceled') <> (p.status = 'canceled')
          or (l.status = 'paid' and (l.amount_minor, l.currency) <> (p.captured_minor, p.currency))
          or (l.refunded_minor, l.fee_returned_minor, l.transfer_reversed_minor)
             <> (own.refunded, own.fee_returned, own.transfer_reversed)
          or (l.processing_fee_minor, case when l.processing_fee_minor > 0 then l.processing_fee_currency end)
             is distinct from (case when l.processing_fee_minor is not null then own.kept end,
               case when l.processing_fee_minor is not null then own.kept_in end)
      end
      union all
      -- Refunds and disputes there, of payments that we have.
      select l.stripe_payment_intent_id
      from reconciliation_listing l
      join payments p on p.stripe_payment_intent_id = l.stripe_payment_intent_id
      left join refunds r on l.kind = 'refund' and r.stripe_refund_id = l.stripe_id
      left join disputes d on l.kind = 'dispute' and d.stripe_dispute_id = l.stripe_id
      where l.run_id = ${runId} and l.kind <> 'payment' and case
        when l.kind = 'dispute' then d.status is distinct from l.status
        when r.id is null then l.status <> 'failed'
        else (r.status, r.amount_minor, r.currency) <> (l.status, l.amount_minor, l.currency)
      end
      union all
      -- What we have in the window, and Stripe did not list.
      select p.stripe_payment_intent_id from payments p
      where p.paid_at >= ${from}::timestamptz and p.paid_at <= ${to}::timestamptz and p.stripe_payment_intent_id is not null
        and not exists (select from reconciliation_listing l
          where l.run_id = ${runId} and l.kind = 'payment' and l.stripe_id = p.stripe_payment_intent_id)
      union all
      select p.stripe_payment_intent_id from refunds r
      join payments p on p.coach_id = r.coach_id and p.id = r.payment_id
      where r.submitted_at >= ${from}::timestamptz and r.submitted_at <= ${to}::timestamptz and r.stripe_refund_id is not null
        and not exists (select from reconciliation_listing l
          where l.run_id = ${runId} and l.kind = 'refund' and l.stripe_id = r.stripe_refund_id)
      union all
      select p.stripe_payment_intent_id from disputes d
      join payments p on p.coach_id = d.coach_id and p.id = d.payment_id
      where d.opened_at >= ${from}::timestamptz and d.opened_at <= ${to}::timestamptz
        and not exists (select from reconciliation_listing l
          where l.run_id = ${runId} and l.kind = 'dispute' and l.stripe_id = d.stripe_dispute_id)
      union all
      -- Refunds that should have been sent by now, whenever they were asked for.
      select p.stripe_payment_intent_id from refunds r
      join payments p on p.coach_id = r.coach_id and p.id = r.payment_id
      where r.status = 'pending' and r.requested_at < ${to}::timestamptz - interval '24 hours'
      union all
      select stripe_payment_intent_id from reconciliation_differences where state in ('found', 'raised')
    ) named
    where intent_id > ${after} order by 1 limit ${most}`;
}

/** How many rows were compared, on both sides, is noted on the run. */
export function countCompared(runId: string, { from, to }: Window): RawBuilder<unknown> {
  const listed = (kind: string): RawBuilder<unknown> =>
    sql`(select count(*) from reconciliation_listing where run_id = ${runId} and kind = ${kind})`;
  return sql`
    update reconciliation_runs set
      payments_there = ${listed('payment')}, refunds_there = ${listed('refund')}, disputes_there = ${listed('dispute')},
      payments_here = (select count(*) from payments where paid_at >= ${from}::timestamptz and paid_at <= ${to}::timestamptz),
      refunds_here = (select count(*) from refunds where submitted_at >= ${from}::timestamptz and submitted_at <= ${to}::timestamptz),
      disputes_here = (select count(*) from disputes where opened_at >= ${from}::timestamptz and opened_at <= ${to}::timestamptz)
    where id = ${runId}`;
}
