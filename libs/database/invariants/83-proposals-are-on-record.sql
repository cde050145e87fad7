-- Each proposal stands in the history and the audit as made once, and as ended once; the change that overtook one says so itself.
select p.coach_id, p.id as proposal_id, p.status, told.made, told.ended, audited.made as audited_made, audited.ended as audited_ended
from reschedule_proposals p
cross join lateral (
  select count(*) filter (where t.kind in ('times_proposed', 'other_times_asked')) as made,
         count(*) filter (where t.kind like 'proposal\_%' and t.kind = 'proposal_' || p.status) as ended,
         count(*) filter (where t.kind like 'proposal\_%') as ends
  from session_timeline t
  where t.coach_id = p.coach_id and t.session_id = p.session_id and t.details ->> 'proposalId' = p.id::text) told
cross join lateral (
  select count(*) filter (where a.object_version = 1) as made, count(*) filter (where a.object_version > 1) as ended
  from audit_entries a
  where a.coach_id = p.coach_id and a.object_type = 'proposal' and a.object_id = p.id) audited
cross join lateral (select case when p.status in ('open', 'superseded') then 0 else 1 end as ends) expected
where (told.made, told.ended, told.ends, audited.made, audited.ended)
  is distinct from (1, expected.ends, expected.ends, 1, expected.ends);
