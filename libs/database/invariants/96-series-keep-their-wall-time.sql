-- What a series made stands at the wall time of the series, unless the clocks skipped it, the day has another rule
-- (several weekdays keep the time too), somebody moved it or it was added.
select o.coach_id, o.series_id, o.original_starts_at, s.local_start, r.local_start as local_start_of_series
from series_occurrences o
join series r on r.coach_id = o.coach_id and r.id = o.series_id
join sessions s on s.coach_id = o.coach_id and s.id = o.session_id
where not o.added and s.starts_at = o.original_starts_at and s.timezone = r.timezone and not s.gap_shifted
  and s.local_start::time <> r.local_start::time;
