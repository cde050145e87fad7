-- The platform's fee goes back in proportion to what was refunded, and in full with a full refund.
select p.coach_id, p.id as payment_id, p.captured_minor, p.application_fee_minor, p.fee_returned_minor, done.refunds_minor
from payments p
cross join lateral (
  select coalesce(sum(r.amount_minor) filter (where r.status = 'succeeded'), 0)::numeric as refunds_minor,
         -- Under way: Stripe tells the fee as a total. Failed after it was moved, or made by hand: another proportion is right.
         bool_or(r.status in ('pending', 'submitted') or r.requested_by_kind = 'stripe'
                 or (r.status <> 'succeeded' and r.fee_returned_minor is not null)) as unsettled
  from refunds r where r.coach_id = p.coach_id and r.payment_id = p.id) done
where done.unsettled is not true and p.captured_minor > 0
  and (abs(p.fee_returned_minor * p.captured_minor::numeric - p.application_fee_minor * done.refunds_minor) > p.captured_minor
    or (done.refunds_minor = p.captured_minor and p.fee_returned_minor <> p.application_fee_minor));
