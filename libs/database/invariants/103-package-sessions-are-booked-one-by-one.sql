-- The ledger has earned for each package session what its revenue says, under the credit that paid it.
select p.coach_id, p.entitlement_id, coalesce(r.entry_id::text, b.subject) as entry_id, r.net_minor, b.minor as booked_minor
from (
  select t.coach_id, t.payment_id, split_part(t.reference, ':', 1) as subject, -sum(e.amount_minor) as minor
  from ledger_transactions t join ledger_entries e on e.coach_id = t.coach_id and e.transaction_id = t.id and e.account = 'coach'
  where t.kind in ('delivery', 'delivery_undone') and t.reference <> 'deferral'
  group by t.coach_id, t.payment_id, split_part(t.reference, ':', 1)) b
full join (
  select r.coach_id, p.id as payment_id, r.entry_id, r.net_minor
  from package_session_revenues r join payments p on p.coach_id = r.coach_id and p.entitlement_id = r.entitlement_id) r
  on r.coach_id = b.coach_id and r.payment_id = b.payment_id and r.entry_id::text = b.subject
join payments p on p.coach_id = coalesce(r.coach_id, b.coach_id) and p.id = coalesce(r.payment_id, b.payment_id)
where coalesce(r.net_minor, 0) <> coalesce(b.minor, 0);
