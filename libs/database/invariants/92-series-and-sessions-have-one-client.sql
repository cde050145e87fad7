-- Sessions of a series are its client's.
select s.coach_id, s.id as session_id, s.client_id, r.client_id as client_of_series
from sessions s
join series r on r.coach_id = s.coach_id and r.id = s.series_id
where s.client_id <> r.client_id;
