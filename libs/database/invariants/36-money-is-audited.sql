-- Every refund, and every payment that is no longer as it was opened, has its audit entries.
select r.coach_id, r.id, 'refund' as what
from refunds r
where not exists (select 1 from audit_entries a
  where a.coach_id = r.coach_id and a.object_type = 'refund' and a.object_id = r.id)
union all
select p.coach_id, p.id, 'payment'
from payments p
where p.status <> 'requires_payment' and not exists (select 1 from audit_entries a
  where a.coach_id = p.coach_id and a.object_type = 'payment' and a.object_id = p.id);
