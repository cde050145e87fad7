-- A session holds one credit at a time, of its own client's package, and a credit that came back or is final was drawn before.
select t.coach_id, t.session_id, 'two open debits' as what
from credit_entries t
where t.kind = 'debit' and not exists (
  select from credit_entries r where r.coach_id = t.coach_id and r.session_id = t.session_id and r.turn = t.turn and r.kind = 'restore')
group by t.coach_id, t.session_id having count(*) > 1
union all
select r.coach_id, r.session_id, 'ended without a debit'
from credit_entries r
where r.kind in ('restore', 'forfeit') and not exists (
  select from credit_entries t
  where t.coach_id = r.coach_id and t.session_id = r.session_id and t.turn = r.turn and t.entitlement_id = r.entitlement_id
    and t.kind = 'debit')
union all
select t.coach_id, t.session_id, 'of another client'
from credit_entries t
join entitlements e on e.coach_id = t.coach_id and e.id = t.entitlement_id
join sessions s on s.coach_id = t.coach_id and s.id = t.session_id
where t.kind = 'debit' and s.client_id <> e.client_id;
