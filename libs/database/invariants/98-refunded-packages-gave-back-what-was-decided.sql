-- Each refunded package has its decision, with all its credits and exactly the refund that was decided; no other package has one.
select e.coach_id, e.id as entitlement_id, e.status, d.credits, lost.credits as lost, d.due_minor, r.amount_minor
from entitlements e
left join entitlement_refunds d on d.coach_id = e.coach_id and d.entitlement_id = e.id
left join refunds r on r.coach_id = d.coach_id and r.id = d.refund_id and r.reason = 'entitlement_refunded'
left join payments p on p.coach_id = r.coach_id and p.id = r.payment_id and p.entitlement_id = e.id
cross join lateral (
  select coalesce(-sum(t.amount), 0) as credits from credit_entries t
  where t.coach_id = e.coach_id and t.entitlement_id = e.id and t.kind = 'expire' and t.cause = 'refund') lost
where (e.status = 'refunded') <> (d.entitlement_id is not null)
  or (d.entitlement_id is not null and (lost.credits < d.credits
    or (d.due_minor > 0 and (r.amount_minor is distinct from d.due_minor or p.id is null))));
