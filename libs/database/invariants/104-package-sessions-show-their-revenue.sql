-- Lists sort a session that a package pays by what it has earned, or the work that writes it is still to be done.
select s.coach_id, s.id as session_id, s.net_minor, r.net_minor as earned_minor
from sessions s
join payments p on p.coach_id = s.coach_id and p.entitlement_id = s.entitlement_id
left join package_session_revenues r on r.coach_id = s.coach_id and r.session_id = s.id
where s.funding = 'package' and s.net_minor <> coalesce(r.net_minor, 0)
  and not exists (
    select from outbox_messages m
    left join outbox_deliveries d on d.coach_id = m.coach_id and d.message_id = m.id and d.job = 'settle-package-revenue'
    where m.coach_id = p.coach_id and (m.payload ->> 'entitlementId' = p.entitlement_id::text or m.payload ->> 'paymentId' = p.id::text)
      and (m.published_at is null or (d.id is not null and d.done_at is null)));
