-- What an occurrence is, its session is too; and each session of a series has its row (domain 18.7).
select o.coach_id, o.series_id, o.original_starts_at, o.state, s.id as session_id, s.status, s.outcome
from series_occurrences o
left join sessions s on s.coach_id = o.coach_id and s.id = o.session_id
where (o.session_id is not null and (s.series_id, s.original_starts_at) is distinct from (o.series_id, o.original_starts_at))
   or (o.state = 'session' and coalesce(s.outcome in ('skipped', 'paused'), false))
   or (o.state in ('skipped', 'paused', 'unscheduled') and s.id is not null and coalesce(s.outcome, '') not in ('skipped', 'paused'))
union all
select s.coach_id, s.series_id, s.original_starts_at, null, s.id, s.status, s.outcome
from sessions s
where s.series_id is not null
  and not exists (select from series_occurrences o where o.coach_id = s.coach_id and o.session_id = s.id);
