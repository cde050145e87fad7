-- Refunds of a payment that did not fail never sum to more than was captured.
select p.coach_id, p.id as payment_id, p.captured_minor, sum(r.amount_minor) as refunds_minor
from payments p join refunds r on r.coach_id = p.coach_id and r.payment_id = p.id and r.status <> 'failed'
group by p.coach_id, p.id, p.captured_minor
having sum(r.amount_minor) > p.captured_minor;
