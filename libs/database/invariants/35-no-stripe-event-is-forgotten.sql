-- An event of Stripe that is not processed has a job that is still to be done, or is visible as dead.
select e.id, e.type, e.received_at
from stripe_events e
where e.processed_at is null and not exists (
  select 1 from outbox_messages m
  where m.type = 'payments.stripe_event_received' and m.payload ->> 'eventId' = e.id
    and (m.published_at is null or exists (
      select 1 from outbox_deliveries d
      where d.coach_id = m.coach_id and d.message_id = m.id and d.job = 'process-stripe-event' and d.done_at is null)));
