-- No session is paid twice: what was paid before is given back, or its refund waits for a person who can see it.
select p.coach_id, p.session_id, count(*) as payments
from payments p
where p.captured_minor > p.refunded_minor and p.session_id is not null
  and not exists (select from refunds r where r.coach_id = p.coach_id and r.payment_id = p.id and r.status = 'failed')
group by p.coach_id, p.session_id having count(*) > 1;
