-- A series that goes on has its occurrences up to its horizon, two days at most behind it; one that was moved is extended by the next sweep.
select coach_id, id as series_id, materialised_until, horizon_days
from series
where state in ('active', 'paused') and materialised_until < app_now() + make_interval(days => horizon_days - 2)
  and updated_at < app_now() - interval '5 minutes';
