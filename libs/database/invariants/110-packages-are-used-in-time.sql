-- A session paid by a package that is to be used by its last day begins within it; one day more where the coach has moved to another zone since.
select s.coach_id, s.id as session_id, e.id as entitlement_id, e.expires_on, s.starts_at
from sessions s
join entitlements e on e.coach_id = s.coach_id and e.id = s.entitlement_id
join coaches c on c.coach_id = s.coach_id
where s.status in ('held', 'scheduled') and s.funding = 'package' and e.expiry_meaning = 'useBy'
  and (s.starts_at at time zone c.timezone)::date > e.expires_on + 1;
