-- Each bought credit has a place of its own that is taken only while it is free, and freed only while it is not; what remains holds all free places.
with moves as (
  select t.coach_id, t.entitlement_id, t.id, place,
    t.kind in ('grant', 'restore', 'revive') or (t.kind = 'adjust' and t.amount > 0) as frees
  from credit_entries t cross join unnest(t.places) as place),
turns as (
  select coach_id, entitlement_id, id, place, frees,
    lag(frees, 1, false) over (partition by coach_id, entitlement_id, place order by id) as was_free,
    lead(id) over (partition by coach_id, entitlement_id, place order by id) is null as is_last
  from moves)
select coach_id, entitlement_id, id as entry_id, place, 'moved twice' as what from turns where frees = was_free
union all
select t.coach_id, t.entitlement_id, t.id, null, 'wrong number of places'
from credit_entries t
where case t.kind
  when 'grant' then t.places <> array(select generate_series(1, t.amount))
  when 'forfeit' then cardinality(t.places) > 0
  when 'restore' then t.places is distinct from (
    select d.places from credit_entries d
    where d.coach_id = t.coach_id and d.session_id = t.session_id and d.turn = t.turn and d.kind = 'debit')
  else cardinality(t.places) > abs(t.amount)
end
union all
select e.coach_id, e.id, null, free.places, 'free beyond what remains'
from entitlements e
join (select coach_id, entitlement_id, count(*)::int as places from turns where is_last and frees group by 1, 2) free
  on free.coach_id = e.coach_id and free.entitlement_id = e.id
where free.places > e.remaining;
