-- Whatever a plan skipped or paused gave back its credit whole, and owes nothing any more (A111).
select s.coach_id, s.id as session_id, s.outcome, t.turn, null::uuid as payment_id
from sessions s
join credit_entries t on t.coach_id = s.coach_id and t.session_id = s.id and t.kind = 'debit'
where s.status = 'cancelled' and s.outcome in ('skipped', 'paused')
  and not exists (select from credit_entries r
    where r.coach_id = t.coach_id and r.session_id = t.session_id and r.turn = t.turn and r.kind = 'restore')
union all
select s.coach_id, s.id, s.outcome, null, p.id
from sessions s
join payments p on p.coach_id = s.coach_id and p.session_id = s.id and p.mode = 'off_session'
where s.status = 'cancelled' and s.outcome in ('skipped', 'paused')
  and p.status in ('requires_payment', 'processing', 'failed') and p.released_at is null;
