-- Of a package's money the coach has earned the shares of what was delivered, expired or given up, and deferred is the rest, less what went back: first of what was given back, then of what is still to come, then of what was earned.
with booked as (
  select p.coach_id, p.id, coalesce(sum(e.amount_minor) filter (where e.account = 'coach'), 0) as coach_minor, sum(e.amount_minor) as minor
  from payments p
  join ledger_transactions t on t.coach_id = p.coach_id and t.payment_id = p.id
  join ledger_entries e on e.coach_id = t.coach_id and e.transaction_id = t.id and e.account in ('coach', 'deferred_packages')
  where p.entitlement_id is not null and p.captured_minor > 0
  group by p.coach_id, p.id),
refunding as (
  select r.coach_id, r.payment_id, sum(r.amount_minor - r.estimated_fee_returned_minor) as minor
  from refunds r where r.status not in ('succeeded', 'failed') group by r.coach_id, r.payment_id),
money as (
  select p.coach_id, p.id, p.entitlement_id, e.session_count, p.captured_minor, p.application_fee_minor, -b.coach_minor as earned_minor,
    p.captured_minor - p.application_fee_minor + b.minor + coalesce(g.minor, 0) as borne_minor
  from booked b
  join payments p on p.coach_id = b.coach_id and p.id = b.id
  join entitlements e on e.coach_id = p.coach_id and e.id = p.entitlement_id
  left join refunding g on g.coach_id = p.coach_id and g.payment_id = p.id),
shares as (
  select m.coach_id, m.id, m.borne_minor, l.turn, n.minor,
    sum(n.minor) over (partition by m.coach_id, m.id order by l.turn, l.place desc) - n.minor as before_minor
  from money m
  -- Package by package, by the index: joined as a whole, a planner without estimates pairs each package with all places.
  cross join lateral (
    select distinct on (place) place, case
      when t.kind = 'expire' and t.cause = 'refund' then 0
      when t.kind = 'expire' or (t.kind = 'adjust' and t.amount < 0) then 2
      when t.kind = 'debit' and (
        exists (select from credit_entries f
          where f.coach_id = t.coach_id and f.session_id = t.session_id and f.turn = t.turn and f.kind = 'forfeit')
        or exists (select from sessions s
          where s.coach_id = t.coach_id and s.id = t.session_id and s.status in ('completed', 'no_show'))) then 2
      else 1 end as turn
    from credit_entries t cross join unnest(t.places) as place
    where t.coach_id = m.coach_id and t.entitlement_id = m.entitlement_id
    order by place, t.id desc) l
  cross join lateral (
    select share_of_place(m.captured_minor, m.session_count, l.place)
      - share_of_place(m.application_fee_minor, m.session_count, l.place) as minor) n),
ought as (
  select coach_id, id, sum(minor - least(minor, greatest(0, borne_minor - before_minor))) as minor
  from shares where turn <> 1 group by coach_id, id)
select p.coach_id, p.entitlement_id, p.id as payment_id, p.earned_minor, o.minor as ought_minor
from money p left join ought o on o.coach_id = p.coach_id and o.id = p.id
-- What is taken beyond all of the coach's part is the coach's loss.
where p.earned_minor <> coalesce(o.minor, 0) - greatest(0, p.borne_minor - (p.captured_minor - p.application_fee_minor))
  and not exists (
    select from outbox_messages m
    left join outbox_deliveries d on d.coach_id = m.coach_id and d.message_id = m.id and d.job = 'settle-package-revenue'
    where m.coach_id = p.coach_id and (m.payload ->> 'entitlementId' = p.entitlement_id::text or m.payload ->> 'paymentId' = p.id::text)
      and (m.published_at is null or (d.id is not null and d.done_at is null)));
