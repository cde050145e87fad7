-- What the ledger says of a dispute is what the dispute says: taken and given back by Stripe, its fee, the coach's part.
select d.coach_id, d.id as dispute_id, d.payment_id, d.status, booked.held_minor, booked.fee_minor, booked.taken_minor
from disputes d
cross join lateral (
  select coalesce(-sum(e.amount_minor) filter (where e.account = 'stripe_clearing' and t.kind in ('dispute', 'dispute_won')), 0) as held_minor,
         coalesce(sum(e.amount_minor) filter (where e.account = 'dispute_fee'), 0) as fee_minor,
         coalesce(sum(e.amount_minor) filter (where e.account in ('coach', 'deferred_packages')), 0) as taken_minor
  from ledger_transactions t join ledger_entries e on e.coach_id = t.coach_id and e.transaction_id = t.id
  where t.coach_id = d.coach_id and t.payment_id = d.payment_id
    and t.kind in ('dispute', 'dispute_won', 'dispute_fee', 'dispute_fee_returned') and starts_with(t.reference, d.id::text)) booked
where booked.held_minor <> d.withdrawn_minor - d.reinstated_minor
   or booked.fee_minor <> d.fee_minor - d.fee_returned_minor
   or booked.taken_minor <> d.transfer_reversed_minor - d.transfer_returned_minor + d.taken_back_minor
union all
-- Movements of a dispute belong to one of the payment's disputes.
select t.coach_id, null, t.payment_id, t.kind, null, null, null
from ledger_transactions t
where t.kind in ('dispute', 'dispute_won', 'dispute_fee', 'dispute_fee_returned')
  and not exists (select from disputes d
    where d.coach_id = t.coach_id and d.payment_id = t.payment_id and starts_with(t.reference, d.id::text))
union all
-- Nothing of the coach's part stays undone without a job that is still to do it, or a refusal that is shown.
select d.coach_id, d.id, d.payment_id, d.status, null, null, null
from disputes d
where d.transfer_failure_code is null
  and ((d.transfer_state = 'none' and d.withdrawn_minor > 0
        and d.status in ('needs_response', 'under_review', 'appeal_needs_response', 'appeal_under_review', 'lost'))
    or (d.transfer_state = 'reversed' and d.transfer_reversed_minor > 0 and d.status = 'won')
    or d.transfer_state in ('reversing', 'returning'))
  and not exists (
    select from outbox_messages m
    where m.coach_id = d.coach_id and m.type like 'payments.dispute%' and m.payload ->> 'disputeId' = d.id::text
      and (m.published_at is null or exists (
        select from outbox_deliveries o
        where o.coach_id = m.coach_id and o.message_id = m.id and o.job in ('settle-dispute', 'sync-dispute') and o.done_at is null)));
