-- A session that a package pays holds one credit of it while it is to come or took place, and none is open once it was cancelled (I29, I30).
select s.coach_id, s.id as session_id, s.status, s.no_show_by, held.credits, held.final
from sessions s
cross join lateral (
  select count(*) as credits,
    count(*) filter (where exists (select from credit_entries f
      where f.coach_id = t.coach_id and f.session_id = t.session_id and f.turn = t.turn and f.kind = 'forfeit')) as final
  from credit_entries t
  where t.coach_id = s.coach_id and t.session_id = s.id and t.entitlement_id = s.entitlement_id and t.kind = 'debit'
    and not exists (select from credit_entries r
      where r.coach_id = t.coach_id and r.session_id = t.session_id and r.turn = t.turn and r.kind = 'restore')) held
where s.funding = 'package' and case
  when s.status = 'cancelled' then held.credits <> held.final
  when s.status = 'no_show' and s.no_show_by = 'coach' then held.credits <> 0
  else held.credits <> 1
end;
