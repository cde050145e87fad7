-- A removed connection is ended at its platform and its tokens are overwritten, or that work is open.
select c.coach_id, c.id, c.status
from connections c
where (c.forgotten_at is not null and c.status <> 'revoked')
  or (c.status = 'revoked'
    and c.forgotten_at is null
    and not exists (
      select from outbox_messages o
      left join outbox_deliveries d on d.coach_id = o.coach_id and d.message_id = o.id
      where o.coach_id = c.coach_id
        and o.type = 'connections.removed'
        and o.payload ->> 'connectionId' = c.id::text
        and (o.published_at is null or (d.id is not null and d.done_at is null and d.dead_at is null))));
