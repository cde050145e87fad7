-- A series that has ended or was cancelled has no session to come (I12).
select r.coach_id, r.id as series_id, r.state, s.id as session_id, s.starts_at
from series r
join sessions s on s.coach_id = r.coach_id and s.series_id = r.id
where r.state in ('ended', 'cancelled') and s.status in ('held', 'scheduled') and s.starts_at > app_now();
