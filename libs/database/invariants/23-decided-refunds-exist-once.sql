-- Each cancellation that decided on a refund has exactly one, of exactly that sum.
select d.coach_id, d.session_id, d.due_minor, count(r.id) as refunds, sum(r.amount_minor) as refunds_minor
from refund_decisions d
left join refunds r on r.coach_id = d.coach_id and r.session_id = d.session_id and r.payment_id = d.payment_id
  and r.reason = 'session_cancelled'
group by d.coach_id, d.session_id, d.due_minor
having (d.due_minor > 0 and (count(r.id) <> 1 or sum(r.amount_minor) <> d.due_minor)) or (d.due_minor = 0 and count(r.id) > 0);
