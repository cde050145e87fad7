-- A client's count and the start of the latest session are those of the completed ones (A29, A30).
select c.coach_id, c.id as client_id, c.completed_sessions, c.last_session_at, done.sessions, done.latest
from clients c
cross join lateral (
  select count(*) as sessions, max(s.starts_at) as latest
  from sessions s where s.coach_id = c.coach_id and s.client_id = c.id and s.status = 'completed') done
where (c.completed_sessions, c.last_session_at) is distinct from (done.sessions, done.latest);
