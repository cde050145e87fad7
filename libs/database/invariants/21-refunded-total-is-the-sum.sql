-- The refunded total of a payment is the sum of its refunds that did not fail.
select p.coach_id, p.id as payment_id, p.refunded_minor, coalesce(sum(r.amount_minor), 0) as refunds_minor
from payments p left join refunds r on r.coach_id = p.coach_id and r.payment_id = p.id and r.status <> 'failed'
group by p.coach_id, p.id, p.refunded_minor
having p.refunded_minor <> coalesce(sum(r.amount_minor), 0);
