-- Terms accepted after the booking, or after an edit brought other terms, have one entry in the timeline since then; each acceptance has its entry in the audit, and nothing else has (A89).
with others as (
  select coach_id, session_id, max(seq) as seq, max(at) as at from session_timeline where details ? 'newPolicyId'
  group by coach_id, session_id
), accepted as (
  select s.coach_id, s.id as session_id, 1::bigint as expected
  from sessions s left join others o on o.coach_id = s.coach_id and o.session_id = s.id
  where s.policy_accepted_at > coalesce(o.at, s.booked_at)
), told as (
  select t.coach_id, t.session_id, count(*) as entries, nullif(count(*) filter (where t.seq > coalesce(o.seq, 0)), 0) as present
  from session_timeline t left join others o on o.coach_id = t.coach_id and o.session_id = t.session_id
  where t.kind = 'terms_accepted'
  group by t.coach_id, t.session_id
), audited as (
  select coach_id, object_id as session_id, count(*) as acts from audit_entries
  where object_type = 'session' and action = 'session.accept_terms'
  group by coach_id, object_id
)
select coach_id, session_id, expected, present, entries, acts
from accepted full join told using (coach_id, session_id) full join audited using (coach_id, session_id)
where present is distinct from expected or acts is distinct from entries;
