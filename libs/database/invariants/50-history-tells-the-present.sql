-- The last entry of a session's timeline is the state that it is in (I8).
select s.coach_id, s.id as session_id, s.status, s.outcome, last.to_status, last.outcome as told_outcome
from sessions s
left join lateral (
  select t.to_status, t.outcome from session_timeline t
  where t.coach_id = s.coach_id and t.session_id = s.id and t.to_status is not null
  order by t.seq desc limit 1) last on true
where (last.to_status, last.outcome) is distinct from (s.status, s.outcome);
