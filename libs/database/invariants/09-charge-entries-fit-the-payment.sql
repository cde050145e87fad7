-- What fell due is booked as owed, once, and given up again once it is canceled; nothing else is.
select p.coach_id, p.id as payment_id, p.status, p.fell_due_at, booked.charged, booked.released
from payments p
cross join lateral (
  select (count(*) filter (where t.kind = 'charge'))::int as charged,
         (count(*) filter (where t.kind = 'charge_released'))::int as released
  from ledger_transactions t where t.coach_id = p.coach_id and t.payment_id = p.id) booked
where booked.charged <> case when p.fell_due_at is null then 0 else 1 end
   or booked.released > booked.charged
   or (booked.released = 1 and p.status <> 'canceled' and p.captured_minor = 0)
   or (booked.released = 0 and booked.charged = 1 and p.status = 'canceled');
