-- What was taken back from the coach for refunds that succeeded is no more than those refunds, nor than what was transferred.
select p.coach_id, p.id as payment_id, p.captured_minor, done.refunds_minor, done.reversed_minor
from payments p
cross join lateral (
  select coalesce(sum(r.amount_minor) filter (where r.status = 'succeeded'), 0) as refunds_minor,
         coalesce(sum(r.transfer_reversed_minor) filter (where r.status = 'succeeded'), 0) as reversed_minor,
         -- Stripe tells a total: while another refund is under way, or failed after it was moved, it may stand with the wrong one.
         coalesce(bool_or(r.status in ('pending', 'submitted')
                          or (r.status <> 'succeeded' and r.transfer_reversed_minor is not null)), false) as unsettled
  from refunds r where r.coach_id = p.coach_id and r.payment_id = p.id) done
where done.reversed_minor > p.captured_minor
   or (not done.unsettled and done.reversed_minor > done.refunds_minor);
