-- Each session that was cancelled after it was paid has a decision about the refund, even when it is none. What is charged
-- for cancelling late is no such payment, and what was paid after it was called off is decided about later (13), unless it
-- was kept.
select s.coach_id, s.id as session_id, s.outcome
from sessions s
where s.status = 'cancelled' and s.outcome in ('in_time', 'late', 'by_coach', 'retroactive')
  and exists (select 1 from payments p where p.coach_id = s.coach_id and p.session_id = s.id and p.captured_minor > 0
    and p.reason is distinct from 'late_cancellation'
    and (p.released_at is null or exists (select from awaited_charges a
      where a.coach_id = p.coach_id and a.payment_id = p.id and a.kept_minor > 0)))
  and not exists (select 1 from refund_decisions d where d.coach_id = s.coach_id and d.session_id = s.id);
