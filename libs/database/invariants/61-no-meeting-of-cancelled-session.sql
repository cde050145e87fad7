-- No meeting stays live for a session that was called off, unless its removal is under way (I38).
select s.coach_id, s.id as session_id, m.external_id
from meetings m
join sessions s on s.coach_id = m.coach_id and s.id = m.session_id
where m.state = 'ready'
  and m.due_at is null
  and s.status in ('cancelled', 'held')
  and not exists (
    select from outbox_messages o
    left join outbox_deliveries d on d.coach_id = o.coach_id and d.message_id = o.id
    where o.coach_id = s.coach_id
      and o.payload ->> 'sessionId' = s.id::text
      and (o.published_at is null or (d.id is not null and d.done_at is null and d.dead_at is null)));
