-- Each message is published and each delivery done, dead or given to the queue again, within a quarter of an hour (domain 18.6).
select coach_id, id, 'message' as what, created_at as since
from outbox_messages
where published_at is null and created_at < clock_timestamp() - interval '15 minutes'
union all
select coach_id, id, 'delivery', enqueued_at
from outbox_deliveries
where done_at is null and dead_at is null and enqueued_at < clock_timestamp() - interval '15 minutes'
  and created_at < clock_timestamp() - interval '15 minutes';
