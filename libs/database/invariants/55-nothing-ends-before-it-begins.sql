-- No session was completed, or marked as not attended, before it began (I7).
select t.coach_id, t.session_id, t.to_status, t.at, s.starts_at
from session_timeline t
join sessions s on s.coach_id = t.coach_id and s.id = t.session_id
where t.to_status in ('completed', 'no_show') and t.at < s.starts_at;
