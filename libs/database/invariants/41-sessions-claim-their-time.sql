-- Each session that is held or scheduled claims exactly its time with the buffers it was booked with; what ended claims no other.
select s.coach_id, s.id as session_id, s.status, k.blocked
from sessions s
left join calendar_claims k on k.coach_id = s.coach_id and k.session_id = s.id and k.kind = 'session'
where (s.status in ('held', 'scheduled') and k.id is null)
   or k.blocked <> tstzrange(s.starts_at - make_interval(mins => s.before_minutes), s.ends_at + make_interval(mins => s.after_minutes));
