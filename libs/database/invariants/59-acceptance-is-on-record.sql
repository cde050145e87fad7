-- Terms accepted after the booking have one entry in the timeline and one in the audit, and nothing else has (A89).
with accepted as (
  select coach_id, id as session_id, 1::bigint as expected from sessions where policy_accepted_at > booked_at
), told as (
  select coach_id, session_id, count(*) as entries from session_timeline where kind = 'terms_accepted'
  group by coach_id, session_id
), audited as (
  select coach_id, object_id as session_id, count(*) as acts from audit_entries
  where object_type = 'session' and action = 'session.accept_terms'
  group by coach_id, object_id
)
select coach_id, session_id, expected, entries, acts
from accepted full join told using (coach_id, session_id) full join audited using (coach_id, session_id)
where entries is distinct from expected or acts is distinct from expected;
