-- Every notification ends (I35): a queued one has work left to send it, or a dead letter that an admin sees.
select n.coach_id, n.id, n.kind
from notifications n
where n.state = 'queued'
  and not exists (
    select 1
    from outbox_messages m
    left join outbox_deliveries d on d.coach_id = m.coach_id and d.message_id = m.id
    where m.coach_id = n.coach_id
      and m.type = 'notifications.notification_queued'
      and m.payload ->> 'notificationId' = n.id::text
      and (m.published_at is null or (d.id is not null and d.done_at is null))
  );
