-- Each version of an entitlement that people or time made, but not those that sessions make by their credits, has its audit entry.
select e.coach_id, e.id as entitlement_id, e.version, acts.entries, draws.entries as draws
from entitlements e
cross join lateral (
  select count(distinct a.object_version) as entries from audit_entries a
  where a.coach_id = e.coach_id and a.object_type = 'entitlement' and a.object_id = e.id) acts
cross join lateral (
  select count(*) as entries from credit_entries t
  where t.coach_id = e.coach_id and t.entitlement_id = e.id and t.kind in ('debit', 'restore')) draws
where acts.entries + draws.entries < e.version
union all
select k.coach_id, k.id, k.version, null, null
from session_packages k
where not exists (select from audit_entries a
  where a.coach_id = k.coach_id and a.object_type = 'package' and a.object_id = k.id and a.object_version = k.version);
