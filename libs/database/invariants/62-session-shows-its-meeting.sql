-- What a session shows of its meeting is what the meeting is.
select s.coach_id, s.id as session_id, s.meeting_state, m.state
from sessions s
left join meetings m on m.coach_id = s.coach_id and m.session_id = s.id
where (m.id is null and s.meeting_state not in ('none', 'pending'))
  or (m.state in ('ready', 'failed', 'deleted') and s.meeting_state <> m.state)
  or (m.state = 'pending' and s.meeting_state in ('ready', 'failed'))
  or (m.state = 'ready' and s.meeting_join_url is distinct from m.join_url)
  or (s.meeting_state <> 'ready' and s.meeting_join_url is not null);
