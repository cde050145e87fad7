-- The credits that an entitlement has left are the sum of its ledger (domain 18.3), and none is left unless it can be spent.
select e.coach_id, e.id as entitlement_id, e.status, e.remaining, booked.credits
from entitlements e
cross join lateral (
  select coalesce(sum(t.amount), 0) as credits from credit_entries t
  where t.coach_id = e.coach_id and t.entitlement_id = e.id) booked
where e.remaining <> booked.credits or (e.remaining > 0 and e.status <> 'active');
