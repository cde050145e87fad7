-- What the ledger says of a payment is what the payment and its refunds say: money held, and owed to the coach.
select p.coach_id, p.id as payment_id, p.captured_minor, booked.held_minor, booked.owed_minor, given.refunds_minor, given.reversed_minor
from payments p
cross join lateral (
  select coalesce(sum(e.amount_minor) filter (where e.account = 'stripe_clearing'), 0) as held_minor,
         coalesce(-sum(e.amount_minor) filter (where e.account = 'coach'), 0) as owed_minor
  from ledger_transactions t join ledger_entries e on e.coach_id = t.coach_id and e.transaction_id = t.id
  where t.coach_id = p.coach_id and t.payment_id = p.id and t.kind <> 'processing_fee') booked
cross join lateral (
  select coalesce(sum(r.amount_minor), 0) as refunds_minor, coalesce(sum(r.transfer_reversed_minor), 0) as reversed_minor,
         coalesce(sum(r.fee_returned_minor), 0) as fees_minor
  from refunds r where r.coach_id = p.coach_id and r.payment_id = p.id and r.status = 'succeeded') given
where booked.held_minor <> p.captured_minor - given.refunds_minor
   or (p.captured_minor > 0
       and booked.owed_minor <> p.captured_minor - p.application_fee_minor - given.reversed_minor + given.fees_minor);
