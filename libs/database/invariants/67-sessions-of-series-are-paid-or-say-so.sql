-- Each scheduled session of a series holds exactly one credit, or has its charge once its terms are accepted, or shows that it is unpaid; what is free costs nothing.
select s.coach_id, s.id as session_id, s.funding, s.payment_status, held.credits, charged.payments
from sessions s
cross join lateral (
  select count(*) as credits from credit_entries t
  where t.coach_id = s.coach_id and t.session_id = s.id and t.kind = 'debit'
    and not exists (select from credit_entries r
      where r.coach_id = t.coach_id and r.session_id = t.session_id and r.turn = t.turn and r.kind = 'restore')) held
cross join lateral (
  select count(*) filter (where p.status <> 'canceled') as payments from payments p
  where p.coach_id = s.coach_id and p.session_id = s.id) charged
where s.series_id is not null and s.status = 'scheduled' and case s.funding
  when 'package' then held.credits <> 1
  when 'pay_later' then held.credits <> 0 or (charged.payments = 0 and s.policy_accepted_at is not null)
  when 'card' then held.credits <> 0 or (charged.payments = 0 and s.payment_status <> 'unpaid')
  else held.credits <> 0 or s.price_minor <> 0
end;
