-- Whoever paid for a package has it, granted once as bought, or the work that grants it is still to be done; what was not paid, or went back before it was granted, grants nothing.
select e.coach_id, e.id as entitlement_id, e.status, e.session_count, booked.granted, paid.captured_minor
from entitlements e
cross join lateral (
  select coalesce(sum(t.amount), 0) as granted from credit_entries t
  where t.coach_id = e.coach_id and t.entitlement_id = e.id and t.kind = 'grant') booked
cross join lateral (
  select coalesce(sum(p.captured_minor), 0) as captured_minor,
    coalesce(bool_and(greatest(p.refunded_minor, p.stripe_refunded_minor) >= p.captured_minor), false) as went_back from payments p
  where p.coach_id = e.coach_id and p.entitlement_id = e.id) paid
where case
  when e.status in ('active', 'expired', 'refunded') then booked.granted <> e.session_count or paid.captured_minor <> e.price_minor
  else booked.granted <> 0 or (paid.captured_minor > 0 and not paid.went_back and not exists (
    select from payments p
    join outbox_messages m on m.coach_id = p.coach_id and m.type = 'payments.payment_paid' and m.payload ->> 'paymentId' = p.id::text
    left join outbox_deliveries d on d.coach_id = m.coach_id and d.message_id = m.id and d.job = 'follow-payment'
    where p.coach_id = e.coach_id and p.entitlement_id = e.id
      and (m.published_at is null or (d.id is not null and d.done_at is null))))
end;
