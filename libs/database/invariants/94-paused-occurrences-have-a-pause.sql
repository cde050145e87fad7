-- Nothing that is to come waits for the end of a pause in a series that has none. One that was moved into the pause was to take place in it.
select o.coach_id, o.series_id, o.original_starts_at
from series_occurrences o
join series r on r.coach_id = o.coach_id and r.id = o.series_id
left join sessions s on s.coach_id = o.coach_id and s.id = o.session_id
where o.state = 'paused' and r.state = 'active' and coalesce(s.starts_at, o.original_starts_at) > app_now();
