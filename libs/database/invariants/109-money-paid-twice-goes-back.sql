-- Money that came a second time belongs to a payment that was made, of the same client, and goes back whole: by a refund, or a failure that people see. Nothing else is refunded for that reason.
select p.coach_id, p.id as payment_id, p.captured_minor, p.refunded_minor
from payments p left join payments f on f.coach_id = p.coach_id and f.id = p.paid_twice_of
where p.paid_twice_of is not null
  and (f.captured_minor = 0 or f.client_id <> p.client_id or f.currency <> p.currency or f.paid_twice_of is not null
    or (p.refunded_minor + p.stripe_refunded_minor < p.captured_minor
      and not exists (select from refunds r where r.coach_id = p.coach_id and r.payment_id = p.id and r.status = 'failed')))
union all
select r.coach_id, r.payment_id, r.amount_minor, 0
from refunds r join payments p on p.coach_id = r.coach_id and p.id = r.payment_id
where r.reason = 'paid_twice' and p.paid_twice_of is null;
