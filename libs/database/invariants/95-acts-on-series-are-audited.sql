-- Each plan that was carried out has its entry in the audit and its one event.
select p.coach_id, p.id as plan_id, p.series_id, audited.entries, told.messages
from series_plans p
cross join lateral (
  select count(*) as entries from audit_entries a
  where a.coach_id = p.coach_id and a.object_type = 'series' and a.cause = p.id::text) audited
cross join lateral (
  select count(*) as messages from outbox_messages m
  where m.coach_id = p.coach_id and m.type like 'series.%' and m.payload ->> 'planId' = p.id::text) told
where p.used_at is not null and (audited.entries < 1 or told.messages <> 1);
