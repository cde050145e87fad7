-- The status of a payment says what was captured and what has gone back; of disputed ones 78 tells.
select p.coach_id, p.id as payment_id, p.status, p.captured_minor, done.refunds_minor
from payments p
cross join lateral (
  select coalesce(sum(r.amount_minor), 0) as refunds_minor
  from refunds r where r.coach_id = p.coach_id and r.payment_id = p.id and r.status = 'succeeded') done
where case
  when p.captured_minor = 0 then p.status not in ('requires_payment', 'processing', 'failed', 'canceled')
  when p.status = 'disputed' then false
  when done.refunds_minor = 0 then p.status <> 'paid'
  when done.refunds_minor < p.captured_minor then p.status <> 'partially_refunded'
  else p.status <> 'refunded'
end;
