-- The fee given back on a payment is the sum of what its successful refunds gave back.
select p.coach_id, p.id as payment_id, p.fee_returned_minor, coalesce(sum(r.fee_returned_minor), 0) as sum_minor
from payments p left join refunds r on r.coach_id = p.coach_id and r.payment_id = p.id and r.status = 'succeeded'
group by p.coach_id, p.id, p.fee_returned_minor
having p.fee_returned_minor <> coalesce(sum(r.fee_returned_minor), 0);
