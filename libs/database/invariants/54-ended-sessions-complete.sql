-- Nothing is still scheduled more than five minutes after its end and the coach's grace (I6, domain 18.8).
select s.coach_id, s.id as session_id, s.ends_at
from sessions s
join coaches c on c.coach_id = s.coach_id
where s.status = 'scheduled'
  and s.ends_at + make_interval(mins => c.completion_grace_minutes) < app_now() - interval '5 minutes';
