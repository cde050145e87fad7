-- Each session to come has its meeting at its time, or work on it is open, or it failed visibly (I37).
select s.coach_id, s.id as session_id, s.starts_at, m.state, m.applied_starts_at
from sessions s
left join meetings m on m.coach_id = s.coach_id and m.session_id = s.id
where s.status = 'scheduled'
  and s.starts_at > app_now()
  and m.due_at is null
  and (m.id is null
    or m.state in ('pending', 'deleted')
    or (m.state = 'ready'
      and (m.applied_starts_at <> s.starts_at
        or m.applied_minutes <> ceil(extract(epoch from s.ends_at - s.starts_at) / 60))))
  and not exists (
    select from outbox_messages o
    left join outbox_deliveries d on d.coach_id = o.coach_id and d.message_id = o.id
    where o.coach_id = s.coach_id
      and o.payload ->> 'sessionId' = s.id::text
      and (o.published_at is null or (d.id is not null and d.done_at is null and d.dead_at is null)));
