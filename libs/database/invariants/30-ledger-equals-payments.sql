-- What the ledger says of a payment is what the payment, its refunds and its disputes say: money held, and owed to the coach now or once a package is delivered.
select p.coach_id, p.id as payment_id, p.captured_minor, booked.held_minor, booked.owed_minor, given.refunds_minor, given.reversed_minor
from payments p
cross join lateral (
  select coalesce(sum(e.amount_minor) filter (where e.account = 'stripe_clearing'), 0) as held_minor,
         coalesce(-sum(e.amount_minor) filter (where e.account in ('coach', 'deferred_packages')), 0) as owed_minor
  from ledger_transactions t join ledger_entries e on e.coach_id = t.coach_id and e.transaction_id = t.id
  where t.coach_id = p.coach_id and t.payment_id = p.id and t.kind not in ('processing_fee', 'dispute_fee', 'dispute_fee_returned')) booked
cross join lateral (
  select coalesce(sum(r.amount_minor), 0) as refunds_minor, coalesce(sum(r.transfer_reversed_minor), 0) as reversed_minor,
         coalesce(sum(r.fee_returned_minor), 0) as fees_minor
  from refunds r where r.coach_id = p.coach_id and r.payment_id = p.id and r.status = 'succeeded') given
cross join lateral (
  select coalesce(sum(d.withdrawn_minor - d.reinstated_minor), 0) as held_minor,
         coalesce(sum(d.transfer_reversed_minor - d.transfer_returned_minor + d.taken_back_minor), 0) as taken_minor
  from disputes d where d.coach_id = p.coach_id and d.payment_id = p.id) disputed
where booked.held_minor <> p.captured_minor - given.refunds_minor - disputed.held_minor
   or (p.captured_minor > 0
       and booked.owed_minor <> p.captured_minor - p.application_fee_minor - given.reversed_minor + given.fees_minor - disputed.taken_minor);
