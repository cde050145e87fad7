-- Nothing that is to come waits for the end of a pause in a series that has none.
select o.coach_id, o.series_id, o.original_starts_at
from series_occurrences o
join series r on r.coach_id = o.coach_id and r.id = o.series_id
where o.state = 'paused' and r.state = 'active' and o.original_starts_at > app_now();
