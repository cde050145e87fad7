-- What was captured or given back names its object at Stripe.
select p.coach_id, p.id, p.status
from payments p
where p.captured_minor > 0 and (p.stripe_payment_intent_id is null or p.stripe_charge_id is null or p.paid_at is null)
union all
select r.coach_id, r.id, r.status
from refunds r
where r.status in ('submitted', 'succeeded')
  and (r.stripe_refund_id is null or r.fee_returned_minor is null or r.transfer_reversed_minor is null);
