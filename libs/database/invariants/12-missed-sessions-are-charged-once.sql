-- A missed session that is paid later has exactly the charge that its own terms name, once the client has accepted them: it is
-- still wanted, or waived, or another one of the session was paid in its place. Nothing else is charged for a no-show.
with steps (currency, step) as (
  values ('ISK', 100), ('UGX', 100), ('BHD', 10), ('JOD', 10), ('KWD', 10), ('OMR', 10), ('TND', 10)
)
select n.coach_id, n.session_id, n.id as no_show_id, n.later_charge_minor, p.amount_minor, p.status
from no_shows n
join sessions s on s.coach_id = n.coach_id and s.id = n.session_id
left join payments p on p.coach_id = n.coach_id and p.id = n.charge_payment_id
left join steps on steps.currency = s.currency
where n.later_charge_minor > 0 and (
  p.id is null or p.session_id <> s.id or p.mode <> 'off_session' or p.reason <> 'no_show'
  or p.amount_minor <> n.later_charge_minor or n.no_show_by <> 'client' or s.policy_accepted_at is null
  or abs(n.later_charge_minor * 100 - s.price_minor * (s.policy_rules ->> 'noShowChargePercent')::int) > 50 * coalesce(steps.step, 1)
  or (n.ended_at is null and n.charge_waived_at is null and (p.status = 'canceled' or p.released_at is not null)
    and not exists (select from payments o where o.coach_id = p.coach_id and o.session_id = p.session_id and o.id <> p.id and o.captured_minor > 0))
)
union all
select p.coach_id, p.session_id, null, null, p.amount_minor, p.status
from payments p
where p.reason = 'no_show'
  and not exists (select from no_shows n where n.coach_id = p.coach_id and n.charge_payment_id = p.id);
