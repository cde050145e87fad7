-- Each session that was to be paid later and was cancelled on its own has a decision about its money; what it charges has
-- exactly its payment, which is still wanted, or waived, or another one of the session was paid in its place.
select s.coach_id, s.id as session_id, s.outcome, c.owed_minor, p.amount_minor, p.status
from sessions s
left join cancellation_charges c on c.coach_id = s.coach_id and c.session_id = s.id
left join payments p on p.coach_id = c.coach_id and p.id = c.payment_id
where s.status = 'cancelled' and s.funding = 'pay_later' and s.series_id is null and (
  (c.session_id is null and not exists (
    select from refund_decisions d where d.coach_id = s.coach_id and d.session_id = s.id))
  or c.owed_minor > s.price_minor
  or (c.owed_minor > 0 and (p.id is null or p.amount_minor <> c.owed_minor or p.session_id <> s.id or p.reason <> 'late_cancellation'))
  or (c.owed_minor > 0 and c.waived_at is null and (p.status = 'canceled' or p.released_at is not null) and not exists (
    select from payments o where o.coach_id = p.coach_id and o.session_id = p.session_id and o.id <> p.id and o.captured_minor > 0)));
