-- Once the work is done, both sides of a scheduled session have a message about its present time (I34); what an act on its series changed last is told by the series' digest.
with told as (
  select coach_id, payload ->> 'sessionId' as session_id
  from outbox_deliveries
  where job = 'tell-session'
  group by coach_id, payload ->> 'sessionId'
  having bool_and(done_at is not null)
)
select s.coach_id, s.id
from told
join sessions s on s.coach_id = told.coach_id and s.id = told.session_id::uuid
where s.status = 'scheduled'
  and not exists (
    select 1 from outbox_messages m
    where m.published_at is null and m.type like 'sessions.%' and m.coach_id = s.coach_id and m.payload ->> 'sessionId' = s.id::text
  )
  and (
    select count(distinct n.recipient_kind) from notifications n
    where n.coach_id = s.coach_id and n.session_id = s.id
      and n.kind in ('booking_confirmed', 'session_moved')
      and (n.payload ->> 'sequence')::int = s.calendar_sequence
  ) < 2
  and not coalesce((
    select t.details ? 'seriesId' from session_timeline t
    where t.coach_id = s.coach_id and t.session_id = s.id and t.kind in ('status_changed', 'moved', 'edited')
    order by t.seq desc limit 1
  ), false);
