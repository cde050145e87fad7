-- Each time of a coach's open offer is held until the offer's end, and no time is held but for an open offer (A75, A76).
select p.coach_id, p.id as proposal_id, p.session_id, p.times, held.blocked
from reschedule_proposals p
cross join lateral (
  select array_agg(k.blocked) as blocked from calendar_claims k
  where k.coach_id = p.coach_id and k.session_id = p.session_id and k.kind = 'proposed_time' and k.expires_at = p.expires_at) held
where p.status = 'open' and p.made_by = 'coach'
  and (cardinality(held.blocked) is distinct from cardinality(p.times)
    or exists (select from unnest(p.times) as offered (starts_at)
      where not exists (select from unnest(held.blocked) as claim (blocked) where claim.blocked @> offered.starts_at)))
union all
select k.coach_id, p.id, k.session_id, p.times, array[k.blocked]
from calendar_claims k
left join reschedule_proposals p on p.coach_id = k.coach_id and p.session_id = k.session_id
  and p.status = 'open' and p.made_by = 'coach' and p.expires_at = k.expires_at
where k.kind = 'proposed_time'
  and not exists (select from unnest(p.times) as offered (starts_at) where k.blocked @> offered.starts_at);
