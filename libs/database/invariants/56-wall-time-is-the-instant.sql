-- The instant of a session is the wall time that was chosen, in its zone, unless the clocks skipped that time (I3).
select coach_id, id as session_id, starts_at, local_start, timezone
from sessions
where not gap_shifted and local_start <> starts_at at time zone timezone;
