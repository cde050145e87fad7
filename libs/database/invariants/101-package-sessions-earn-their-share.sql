-- What a package session has earned is its place's share of price and fee, less what went back; the shares of a package sum to its price.
select e.coach_id, e.id as entitlement_id, null::uuid as session_id, 'shares off the price' as what
from entitlements e
cross join lateral (
  select sum(share_of_place(e.price_minor, e.session_count, place)) as minor from generate_series(1, e.session_count) place) shares
where shares.minor <> e.price_minor
union all
select r.coach_id, r.entitlement_id, r.session_id, 'not its share'
from package_session_revenues r
join entitlements e on e.coach_id = r.coach_id and e.id = r.entitlement_id
join payments p on p.coach_id = e.coach_id and p.entitlement_id = e.id
left join credit_entries t on t.coach_id = r.coach_id and t.id = r.entry_id and t.kind = 'debit'
  and t.session_id = r.session_id and t.entitlement_id = r.entitlement_id
where (t.id is null
    or r.gross_minor is distinct from share_of_place(e.price_minor, e.session_count, t.places[1])
    or r.fee_minor > share_of_place(p.application_fee_minor, e.session_count, t.places[1]))
  and not exists (
    select from outbox_messages m
    left join outbox_deliveries d on d.coach_id = m.coach_id and d.message_id = m.id and d.job = 'settle-package-revenue'
    where m.coach_id = p.coach_id and (m.payload ->> 'entitlementId' = p.entitlement_id::text or m.payload ->> 'paymentId' = p.id::text)
      and (m.published_at is null or (d.id is not null and d.done_at is null)))
union all
select t.coach_id, t.entitlement_id, t.session_id, 'delivered, and has earned nothing'
from credit_entries t
join payments p on p.coach_id = t.coach_id and p.entitlement_id = t.entitlement_id
where t.kind = 'debit' and cardinality(t.places) = 1
  and not exists (select from credit_entries r
    where r.coach_id = t.coach_id and r.session_id = t.session_id and r.turn = t.turn and r.kind = 'restore')
  and (exists (select from credit_entries f
      where f.coach_id = t.coach_id and f.session_id = t.session_id and f.turn = t.turn and f.kind = 'forfeit')
    or exists (select from sessions s
      where s.coach_id = t.coach_id and s.id = t.session_id and s.status in ('completed', 'no_show')))
  and not exists (select from package_session_revenues r where r.coach_id = t.coach_id and r.entry_id = t.id)
  and not exists (
    select from outbox_messages m
    left join outbox_deliveries d on d.coach_id = m.coach_id and d.message_id = m.id and d.job = 'settle-package-revenue'
    where m.coach_id = p.coach_id and (m.payload ->> 'entitlementId' = p.entitlement_id::text or m.payload ->> 'paymentId' = p.id::text)
      and (m.published_at is null or (d.id is not null and d.done_at is null)));
