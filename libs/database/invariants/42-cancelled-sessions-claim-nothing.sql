-- A cancelled session has given all its time back.
select s.coach_id, s.id as session_id, s.outcome, k.kind, k.blocked
from sessions s
join calendar_claims k on k.coach_id = s.coach_id and k.session_id = s.id
where s.status = 'cancelled';
