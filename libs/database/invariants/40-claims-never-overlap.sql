-- No two claims on one coach's time overlap, buffers included, but those of one session (I1).
select a.coach_id, a.session_id, b.session_id as other_session_id, a.blocked, b.blocked as other_blocked
from calendar_claims a
join calendar_claims b on b.coach_id = a.coach_id and b.session_id > a.session_id and b.blocked && a.blocked;
