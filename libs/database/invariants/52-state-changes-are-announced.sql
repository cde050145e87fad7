-- Each change of a session's state has its message in the outbox and its entry in the audit (domain 18.5).
with moves as (
  select coach_id, session_id, to_status, count(*) as moves
  from session_timeline where to_status is not null
  group by coach_id, session_id, to_status
), announced as (
  select coach_id, (payload ->> 'sessionId')::uuid as session_id, regexp_replace(type, '^sessions\.session_|_by_series$', '', 'g') as status, count(*) as messages
  from outbox_messages where type like 'sessions.session\_%'
  group by 1, 2, 3
), audited as (
  select coach_id, object_id as session_id, after ->> 'status' as status, count(*) as entries
  from audit_entries where object_type = 'session' and after ? 'status'
  group by coach_id, object_id, after ->> 'status'
)
select m.coach_id, m.session_id, m.to_status, m.moves, a.messages, u.entries
from moves m
left join announced a on a.coach_id = m.coach_id and a.session_id = m.session_id and a.status = m.to_status
left join audited u on u.coach_id = m.coach_id and u.session_id = m.session_id and u.status = m.to_status
where a.messages is distinct from m.moves or u.entries is distinct from m.moves;
