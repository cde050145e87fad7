-- A payment is disputed exactly while a client's bank has its money: the dispute is open, or was lost. It names its last dispute, and each dispute has its audit entry.
select p.coach_id, p.id as payment_id, p.status, p.dispute_id
from payments p
where (p.status = 'disputed') <> exists (
  select from disputes d where d.coach_id = p.coach_id and d.payment_id = p.id
    and d.status in ('needs_response', 'under_review', 'appeal_needs_response', 'appeal_under_review', 'lost'))
union all
select d.coach_id, d.payment_id, d.status, d.id
from disputes d join payments p on p.coach_id = d.coach_id and p.id = d.payment_id
where p.dispute_id is null or p.captured_minor = 0
   or not exists (select from audit_entries a
     where a.coach_id = d.coach_id and a.object_type = 'dispute' and a.object_id = d.id and a.action = 'dispute.open');
