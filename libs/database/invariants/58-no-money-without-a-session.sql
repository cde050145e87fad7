-- What was paid for a hold that ended goes back in full: refunded, a failure that people see, or work still to be done (A175).
select s.coach_id, s.id as session_id, s.outcome, p.captured_minor, p.refunded_minor
from sessions s
join payments p on p.coach_id = s.coach_id and p.session_id = s.id
where s.status = 'cancelled' and s.outcome in ('hold_expired', 'abandoned') and p.refunded_minor < p.captured_minor
  and not exists (
    select from refunds r where r.coach_id = p.coach_id and r.payment_id = p.id and r.status in ('failed', 'needs_attention'))
  and not exists (
    select from outbox_messages m
    left join outbox_deliveries d on d.coach_id = m.coach_id and d.message_id = m.id and d.job = 'follow-payment'
    where m.coach_id = s.coach_id and m.payload ->> 'sessionId' = s.id::text and m.type = 'payments.payment_paid'
      and (m.published_at is null or (d.id is not null and d.done_at is null)));
